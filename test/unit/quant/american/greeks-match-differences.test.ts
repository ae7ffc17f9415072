import { describe, expect, it } from 'vitest';
import {
  type AmericanGreeks,
  americanGreeks,
  type AmericanInput,
  americanPrice,
} from '../../../../src/quant/pricing/american.ts';

const OPTIONS: readonly AmericanInput[] = [
  { spot: 100, strike: 110, time: 1, rate: 0.05, dividendYield: 0.02, vol: 0.3, sign: -1 },
  { spot: 105, strike: 100, time: 3, rate: 0.03, dividendYield: 0.07, vol: 0.25, sign: 1 },
  { spot: 95, strike: 100, time: 0.25, rate: 0.01, dividendYield: 0.06, vol: 0.6, sign: -1 },
  { spot: 100, strike: 100, time: 5, rate: 0.08, dividendYield: -0.02, vol: 0.4, sign: -1 },
  { spot: 100, strike: 95, time: 2, rate: 0.05, dividendYield: 0.05, vol: 0.15, sign: 1 },
  { spot: 100, strike: 100, time: 8, rate: 0.15, dividendYield: 0.01, vol: 0.06, sign: -1 },
];

function bumped(input: AmericanInput, change: Partial<AmericanInput>): number {
  return americanPrice({ ...input, ...change }, 'high') as number;
}

/** Fourth-order central difference of the price by one input, the boundary solved anew at each point. */
function difference(input: AmericanInput, name: keyof AmericanInput, step: number): number {
  const at = (n: number): number => bumped(input, { [name]: input[name] + n * step });
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
}

function greeks(input: AmericanInput, tier: 'fast' | 'accurate' | 'high'): AmericanGreeks {
  return americanGreeks(input, tier) as AmericanGreeks;
}

describe('Greeks against differences of the price', () => {
  // Truncation step⁴f⁽⁵⁾/30 and price noise 1e-12/step are both below these.
  it.each(OPTIONS)('delta, gamma and theta: $sign $spot/$strike, $time years', (input) => {
    const got = greeks(input, 'high');
    expect(got.delta).toBeCloseTo(difference(input, 'spot', 0.05), 7);
    expect(got.gamma).toBeCloseTo(
      (bumped(input, { spot: input.spot + 0.01 }) - 2 * got.price + bumped(input, { spot: input.spot - 0.01 })) /
        0.0001,
      5,
    );
    const theta = -difference(input, 'time', 1e-3 * input.time);
    expect(Math.abs(got.theta - theta)).toBeLessThan(1e-6 * Math.max(1, Math.abs(theta)));
  });

  it.each(OPTIONS)('vega, rho and rhoDividend: $sign $spot/$strike, $time years', (input) => {
    const got = greeks(input, 'high');
    expect(Math.abs(got.vega - difference(input, 'vol', 1e-3 * input.vol))).toBeLessThan(2e-6 * got.vega);
    if (input.rate === input.dividendYield) return;
    for (const [value, name] of [
      [got.rho, 'rate'],
      [got.rhoDividend, 'dividendYield'],
    ] as const) {
      const expected = difference(input, name, 1e-4);
      expect(Math.abs(value - expected), name).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected)));
    }
  });

  it.each(OPTIONS)('the tiers agree: $sign $spot/$strike, $time years', (input) => {
    const [fast, accurate, high] = [greeks(input, 'fast'), greeks(input, 'accurate'), greeks(input, 'high')];
    for (const name of Object.keys(high) as (keyof AmericanGreeks)[]) {
      const scale = Math.max(Math.abs(high[name]), name === 'gamma' ? 1e-3 : 0.1);
      expect(Math.abs(accurate[name] - high[name]) / scale, name).toBeLessThan(1e-4);
      expect(Math.abs(fast[name] - high[name]) / scale, name).toBeLessThan(2e-2);
    }
  });
});
