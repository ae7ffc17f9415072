import { expect, test } from 'vitest';
import { shortfallOf, type WorkedLeg } from '../../../src/execution/shortfall.ts';
import { plannedOrder } from './orders.ts';

const leg = ({ fee = '100', feeCurrency = 'USD', ...rest }: Partial<Paid> = {}): WorkedLeg => ({
  ...{ leg: 0, terms: plannedOrder(), quantity: '2', filled: '2', averagePrice: '100030' },
  ...{ fees: [{ fee, feeCurrency }], coin: 100_000, ...rest },
});
type Paid = WorkedLeg & WorkedLeg['fees'][number];

test('two bitcoin bought 30 above the middle: 20 of spread, 40 of impact, 100 of fees', () => {
  expect(shortfallOf(leg())).toEqual({
    ...{ leg: 0, symbol: 'spot:BTC/USD', currency: 'USD', arrivalPrice: '100000', averagePrice: '100030' },
    ...{ filledNotional: '200000', spread: '20', impact: '40', fee: '100', total: '160', bps: 8 },
    ...{ expectedBps: 7.5, unfilled: '0', unpricedFees: [] },
  });
});

test('a market that came towards the order is a negative impact', () => {
  expect(shortfallOf(leg({ averagePrice: '99990' }))).toMatchObject({ spread: '-20', impact: '0', total: '80' });
  expect(shortfallOf(leg({ averagePrice: '100005' }))).toMatchObject({ spread: '10', impact: '0', total: '110' });
});

test('a sale below the middle costs', () => {
  const sold = leg({ terms: plannedOrder({ side: 'sell' }), averagePrice: '99970' });
  expect(shortfallOf(sold)).toMatchObject({ spread: '20', impact: '40', total: '160' });
});

test('of an inverse contract it is in coin', () => {
  const terms = plannedOrder({
    terms: { kind: 'perpetual', underlying: 'BTC', quote: 'USD', settlement: 'inverse' },
    quantity: '100000',
  });
  const told = shortfallOf(
    leg({ terms, quantity: '100000', filled: '50000', averagePrice: '100100', fee: '0.00025', feeCurrency: 'BTC' }),
  )!;
  // 50,000 USD are 0.5 coins at the middle and 0.499500… at what was paid for them.
  expect(told).toMatchObject({ currency: 'BTC', filledNotional: '0.5', unfilled: '50000', fee: '0.00025' });
  expect(Number(told.total)).toBeCloseTo(0.5 - 50_000 / 100_100 + 0.00025, 11);
});

test('a fee in coin is told in the currency of the leg', () => {
  expect(shortfallOf(leg({ fee: '0.001', feeCurrency: 'BTC' }))).toMatchObject({ fee: '100.03', currency: 'USD' });
});

test('fees in two currencies add up', () => {
  const fees = [
    { fee: '0.001', feeCurrency: 'BTC' },
    { fee: '50', feeCurrency: 'USD' },
  ];
  expect(shortfallOf(leg({ fees }))).toMatchObject({ fee: '150.03' });
});

/** Five calls, all of them filled. */
const option = (settlement: 'inverse' | 'linear', averagePrice: string, rest: Partial<Paid>) => {
  const terms = {
    kind: 'option',
    underlying: 'BTC',
    quote: 'USD',
    settlement,
    optionType: 'call',
    strike: '1',
  } as const;
  const planned = plannedOrder({
    terms: { ...terms, expiry: '2030-12-27T08:00:00.000Z' },
    ...{ quantity: '5', referencePrice: averagePrice, priceUnit: settlement === 'inverse' ? 'BTC' : 'USD' },
  });
  return leg({ terms: planned, quantity: '5', filled: '5', averagePrice, ...rest });
};

test("a fee of an option is converted at the underlying's price, not at the premium", () => {
  const inCoin = option('inverse', '0.05', { fee: '50', feeCurrency: 'USD' });
  expect(shortfallOf(inCoin)).toMatchObject({ currency: 'BTC', filledNotional: '0.25', fee: '0.0005' });
  const inQuote = option('linear', '5000', { fee: '0.0005', feeCurrency: 'BTC' });
  expect(shortfallOf(inQuote)).toMatchObject({ currency: 'USD', filledNotional: '25000', fee: '50' });
  expect(shortfallOf(option('inverse', '0.05', { fee: '0.0005', feeCurrency: 'BTC' }))).toMatchObject({
    fee: '0.0005',
  });
});

test('a fee that no market prices is told as it is, beside the others', () => {
  const fees = [
    { fee: '50', feeCurrency: 'USD' },
    { fee: '0.002', feeCurrency: 'ETH' },
    { fee: '0', feeCurrency: 'BNB' },
  ];
  const told = shortfallOf(leg({ fees }));
  expect(told).toMatchObject({ fee: '50', total: '110', unpricedFees: [{ amount: '0.002', currency: 'ETH' }] });
  const unknown = option('inverse', '0.05', { fee: '50', feeCurrency: 'USD', coin: undefined });
  expect(shortfallOf(unknown)).toMatchObject({ fee: '0', unpricedFees: [{ amount: '50', currency: 'USD' }] });
});

test('an order without fills has none', () => {
  expect(shortfallOf(leg({ averagePrice: null, filled: '0' }))).toBeUndefined();
});
