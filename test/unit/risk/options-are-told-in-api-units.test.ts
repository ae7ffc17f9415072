import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { resultOf, row } from '../../support/books.ts';
import { AS_OF, CARRY, carryMarket, FORWARD, listedMarket, option, RATE, SPOT, TIME, VOL } from './markets.ts';
import { marketView } from '../../support/books.ts';

/** The unit factors of DESIGN §3, written out. */
const FACTOR = {
  price: 1,
  delta: 1,
  gamma: 1,
  vega: 1 / 100,
  theta: 1 / 365,
  rho: 1 / 100,
  vanna: 1 / 100,
  volga: 1 / 10_000,
  charm: 1 / 365,
};
const GREEKS = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

describe.each([
  ['the carry given', carryMarket(), { spot: SPOT, rate: RATE, carry: CARRY }],
  ['listed forwards', listedMarket(), { spot: FORWARD, rate: 0, carry: 0 }],
])('with %s', (_name, market, inputs) => {
  it.each([
    ['call', 55_000, -12.5, 1],
    ['put', 42_000, 3, 100],
    ['call', 20_000, 0.1, 0.01],
  ] as const)('a %s at %d: per unit × %d × %d', async (type, strike, quantity, multiplier) => {
    const unit = blackGreeks({ ...inputs, strike, time: TIME, vol: VOL, sign: type === 'call' ? 1 : -1 });
    const got = await resultOf(market, row(option(type, strike), quantity, { multiplier }));
    expect(got.price).toBeCloseTo(unit.price, 9);
    expect(got.value / (quantity * multiplier * unit.price)).toBeCloseTo(1, 12);
    for (const name of GREEKS)
      expect(got[name] / (unit[name] * FACTOR[name] * quantity * multiplier), name).toBeCloseTo(1, 12);
  });

  it('settlement in coin changes no Black–Scholes number', async () => {
    const linear = await resultOf(market, row(option('call', 52_000), 7));
    expect(await resultOf(market, row(option('call', 52_000, 'inverse'), 7))).toEqual(linear);
  });
});

describe('theta', () => {
  const expiry = new Date(Date.parse(AS_OF) + 6 * 3_600_000).toISOString();
  const market = marketView(AS_OF, [
    { underlying: 'BTC', spot: { mark: SPOT }, carry: { rate: 0 }, volatility: { type: 'flat', vol: VOL } },
  ]);
  const dying = (strike: number) => ({ ...option('call', strike), expiry });

  it('in the last day is that of the remaining life', async () => {
    const unit = blackGreeks({ spot: SPOT, strike: SPOT, time: 0.25 / 365, rate: 0, carry: 0, vol: VOL, sign: 1 });
    const { theta } = await resultOf(market, row(dying(SPOT), 2));
    expect(theta).toBeCloseTo((2 * unit.theta * 0.25) / 365, 9);
  });

  it('never takes more than the option is worth', async () => {
    const { theta, value } = await resultOf(market, row(dying(51_500), 2));
    expect(theta).toBeLessThan(0);
    expect(theta).toBeGreaterThanOrEqual(-value);
  });
});
