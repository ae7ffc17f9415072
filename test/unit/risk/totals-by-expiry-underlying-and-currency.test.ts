import { expect, it } from 'vitest';
import { GREEKS } from '../../../src/risk/model.ts';
import { marketView, resultOf, row, valueBook } from '../../support/books.ts';
import { AS_OF, expiry } from './markets.ts';

const volatility = { type: 'flat', vol: 0.6 };
const market = marketView(AS_OF, [
  { underlying: 'BTC', spot: { mark: 50_000 }, perpetual: { mark: 50_050 }, carry: { rate: 0.05 }, volatility },
  { underlying: 'ETH', spot: { mark: 2_500 }, carry: { rate: 0.05, yield: 0.03 }, volatility },
  { underlying: 'SPY', quote: 'EUR', spot: { mark: 400 }, carry: { rate: 0.02 }, volatility },
]);

function option(underlying: string, quote: string, days: number, strike: number) {
  const common = { kind: 'option' as const, settlement: 'linear' as const, optionType: 'call' as const };
  return { ...common, underlying, quote, strike: String(strike), expiry: expiry(days) };
}

const near = row(option('BTC', 'USD', 30, 52_000), -4);
const far = row(option('BTC', 'USD', 200, 60_000), 2);
const perpetual = row('deribit:BTC-PERPETUAL', 30_000);
const spot = row('spot:BTC/USD', 0.5);
const ether = row(option('ETH', 'USD', 30, 2_500), 10);
const fund = row(option('SPY', 'EUR', 30, 400), 1, { multiplier: 100 });
const book = [fund, far, perpetual, ether, near, spot];

it('an underlying is the sum of its positions', async () => {
  const { underlyings } = await valueBook(market, book);
  const parts = await Promise.all([near, far, perpetual, spot].map((position) => resultOf(market, position)));
  const btc = underlyings.find(({ underlying }) => underlying === 'BTC')!;
  expect(btc.positionCount).toBe(4);
  for (const name of ['value', ...GREEKS] as const) {
    expect(btc[name], name).toBeCloseTo(
      parts.reduce((sum, part) => sum + part[name], 0),
      8,
    );
  }
});

it('cash delta is delta × spot, cash gamma the change of it for a move of 1 %', async () => {
  const { underlyings } = await valueBook(market, [near]);
  const { delta, gamma } = await resultOf(market, near);
  expect(underlyings[0]!.deltaCash).toBeCloseTo(delta * 50_000, 6);
  expect(underlyings[0]!.gammaCash).toBeCloseTo(gamma * 500 * 50_000, 6);
});

it('expiries come in order, what never expires first, and add up to the underlying', async () => {
  const { underlyings } = await valueBook(market, book);
  const btc = underlyings.find(({ underlying }) => underlying === 'BTC')!;
  expect(btc.expiries.map(({ expiry: at, positionCount }) => [at, positionCount])).toEqual([
    [null, 2],
    [expiry(30), 1],
    [expiry(200), 1],
  ]);
  for (const name of ['value', 'deltaCash', 'gammaCash', ...GREEKS] as const) {
    expect(
      btc.expiries.reduce((sum, part) => sum + part[name], 0),
      name,
    ).toBeCloseTo(btc[name], 8);
  }
});

it('underlyings come in order, and only money of one currency is added', async () => {
  const { underlyings, cash, valued } = await valueBook(market, book);
  expect(valued).toBe(6);
  expect(underlyings.map(({ underlying, quote }) => `${underlying}/${quote}`)).toEqual([
    'BTC/USD',
    'ETH/USD',
    'SPY/EUR',
  ]);
  expect(cash.map(({ currency }) => currency)).toEqual(['USD', 'EUR']);
  const [btc, eth, spy] = underlyings;
  for (const name of ['value', 'deltaCash', 'gammaCash', 'vega', 'theta', 'rho'] as const) {
    expect(cash[0]![name], name).toBeCloseTo(btc![name] + eth![name], 8);
    expect(cash[1]![name], name).toBe(spy![name]);
  }
});

it('US options are a hundred shares when nothing else is said', async () => {
  const listed = row('occ:SPY   301220C00400000', 1);
  expect(listed.multiplier).toBe(100);
});
