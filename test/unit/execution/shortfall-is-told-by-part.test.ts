import { expect, test } from 'vitest';
import { shortfallOf, type WorkedLeg } from '../../../src/execution/shortfall.ts';
import { plannedOrder } from './orders.ts';

const leg = ({ fee = '100', feeCurrency = 'USD', ...rest }: Partial<Paid> = {}): WorkedLeg => ({
  ...{ leg: 0, terms: plannedOrder(), quantity: '2', filled: '2', averagePrice: '100030' },
  ...{ fees: [{ fee, feeCurrency }], ...rest },
});
type Paid = WorkedLeg & WorkedLeg['fees'][number];

test('two bitcoin bought 30 above the middle: 20 of spread, 40 of impact, 100 of fees', () => {
  expect(shortfallOf(leg())).toEqual({
    ...{ leg: 0, symbol: 'spot:BTC/USD', currency: 'USD', arrivalPrice: '100000', averagePrice: '100030' },
    ...{ filledNotional: '200000', spread: '20', impact: '40', fee: '100', total: '160', bps: 8 },
    ...{ expectedBps: 7.5, unfilled: '0' },
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

test('an order without fills has none', () => {
  expect(shortfallOf(leg({ averagePrice: null, filled: '0' }))).toBeUndefined();
});
