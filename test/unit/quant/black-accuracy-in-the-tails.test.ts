import { describe, expect, it } from 'vitest';
import { type BlackInput, blackGreeks, OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { exact, preciseBlack, seededUniform } from './precise-black.ts';

/** T one hour … 30 years, σ 2 % … 200 %, d1 uniform in ±limit, one third on the forward (carry 0). */
function randomOption(uniform: () => number, limit: number): BlackInput {
  const time = (1 / 8760) * (30 * 8760) ** uniform();
  const vol = 0.02 * 100 ** uniform();
  const rate = 0.2 * uniform() - 0.05;
  const carry = uniform() < 1 / 3 ? 0 : 0.2 * uniform() - 0.1;
  const spot = 50 + 100 * uniform();
  const deviation = vol * Math.sqrt(time);
  const d1 = limit * (2 * uniform() - 1);
  const strike = spot * Math.exp(carry * time + 0.5 * deviation * deviation - d1 * deviation);
  return { spot, strike, time, rate, carry, vol, sign: uniform() < 0.5 ? 1 : -1 };
}

/** Largest relative error of each output; theta and charm, sums that may cancel, relative to the terms they add up. */
function worstErrors(limit: number, count: number, seed: number): Record<string, number> {
  const uniform = seededUniform(seed);
  const worst: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const input = randomOption(uniform, limit);
    if (!(input.strike > 1e-100 && input.strike < 1e100)) continue;
    const got = blackGreeks(input);
    for (const [name, { value, scale }] of Object.entries(preciseBlack(input).values)) {
      const error = exact(got[name as keyof typeof got])
        .minus(value)
        .abs()
        .div(scale)
        .toNumber();
      worst[name] = Math.max(worst[name] ?? 0, error);
    }
  }
  return worst;
}

describe('Black prices and Greeks against 60-digit arithmetic', () => {
  // Nothing better can be had from doubles: d1 carries about 3 ulp and n(d1) turns them into d1² times as many.
  it.each([
    { limit: 8, price: 2e-13 },
    { limit: 36, price: 1e-12 },
  ])('price errs by less than $price of itself for |d1| <= $limit', ({ limit, price }) => {
    const worst = worstErrors(limit, 300, 20260101 + limit);
    expect(Object.keys(worst)).toEqual([...OUTPUT_COLUMNS]);
    expect(worst.price).toBeLessThan(price);
    for (const name of ['delta', 'gamma', 'vega', 'theta', 'rho', 'charm'])
      expect(worst[name], name).toBeLessThan(price);
  });

  it('vanna and volga lose relative accuracy only where d2 or d1 crosses zero', () => {
    const worst = worstErrors(8, 300, 7);
    expect(worst.vanna).toBeLessThan(1e-11);
    expect(worst.volga).toBeLessThan(1e-11);
  });

  it('prices at the money with a tiny σ√T', () => {
    const input = { spot: 100, strike: 100, time: 1 / 8760, rate: 0, carry: 0, vol: 1e-6, sign: 1 };
    const { value } = preciseBlack(input).values.price!;
    expect(exact(blackGreeks(input).price).minus(value).abs().div(value).toNumber()).toBeLessThan(1e-15);
  });
});
