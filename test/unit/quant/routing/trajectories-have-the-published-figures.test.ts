import { describe, expect, it } from 'vitest';
import { almgrenChriss } from '../../../../src/quant/routing/almgrenChriss.ts';

// The example of Almgren & Chriss 2000: a million shares at 50 over five days.

const impact = { volatility: 0.95, permanent: 2.5e-7, temporary: 2.5e-6, fixed: 0.0625 };
const solve = (riskAversion: number) => almgrenChriss(1e6, 5, 1, { ...impact, riskAversion });

describe('Almgren and Chriss', () => {
  it('without risk aversion trades evenly', () => {
    const { holdings, expectedCost, variance } = solve(0);
    expect(Array.from(holdings)).toEqual([1e6, 8e5, 6e5, 4e5, 2e5, 0]);
    expect(expectedCost).toBeCloseTo(662_500, 6);
    expect(variance).toBeCloseTo(1.083e12, 0);
    expect(Math.round(Math.sqrt(variance))).toBe(1_040_673);
  });

  it('λ = 1e-9', () => {
    const { expectedCost, variance, kappa } = solve(1e-9);
    expect(expectedCost).toBeCloseTo(662_500.9, 1);
    expect(variance / 1e12).toBeCloseTo(1.08119, 5);
    expect(expectedCost + 1e-9 * variance).toBeCloseTo(663_582.1, 1);
    expect(1 / kappa).toBeCloseTo(51.3, 2);
  });

  it('λ = 1e-6', () => {
    const { holdings, expectedCost, variance, kappa } = solve(1e-6);
    expect(kappa).toBeCloseTo(0.607076, 6);
    expect(1 / kappa).toBeCloseTo(1.647239, 5);
    [1, 0.541956, 0.289854, 0.147897, 0.062142, 0].forEach((x, j) => expect(holdings[j]! / 1e6).toBeCloseTo(x, 6));
    expect(Math.round(expectedCost)).toBe(911_227);
    expect(variance / 1e11).toBeCloseTo(3.641286, 6);
    expect(Math.round(Math.sqrt(variance))).toBe(603_431);
    expect(Math.round(expectedCost + 1e-6 * variance)).toBe(1_275_356);
  });

  it('λ = 2e-6', () => {
    const { expectedCost, variance, kappa } = solve(2e-6);
    expect(kappa).toBeCloseTo(0.846297, 6);
    expect(1 / kappa).toBeCloseTo(1.181618, 6);
    expect(Math.round(expectedCost)).toBe(1_140_715);
    expect(Math.round(Math.sqrt(variance))).toBe(449_368);
  });

  it('does not depend on the unit of time', () => {
    const hours = { ...impact, volatility: 0.95 / Math.sqrt(24), temporary: 2.5e-6 * 24, riskAversion: 1e-6 };
    const { expectedCost, holdings } = almgrenChriss(1e6, 5, 24, hours);
    expect(expectedCost).toBeCloseTo(solve(1e-6).expectedCost, 5);
    expect(holdings[1]).toBeCloseTo(solve(1e-6).holdings[1]!, 5);
  });

  it('costs least among its neighbours', () => {
    const { trades, expectedCost, variance } = solve(1e-6);
    const costOf = (sold: readonly number[]) => {
      let held = 1e6;
      let cost = 0;
      for (const n of sold) {
        held -= n;
        cost += (2.5e-6 - 1.25e-7) * n * n + 1e-6 * 0.95 ** 2 * held * held;
      }
      return cost + 0.5 * 2.5e-7 * 1e12 + 0.0625 * 1e6;
    };
    expect(costOf(Array.from(trades))).toBeCloseTo(expectedCost + 1e-6 * variance, 3);
    for (let j = 1; j < 5; j++) {
      for (const move of [-1_000, 1_000]) {
        const other = trades.map((n, k) => n + (k === 0 ? move : k === j ? -move : 0));
        expect(costOf(Array.from(other))).toBeGreaterThan(costOf(Array.from(trades)));
      }
    }
  });

  it('has no optimum where permanent impact outweighs temporary impact', () => {
    expect(() => almgrenChriss(1e6, 5, 1, { ...impact, permanent: 5e-6, riskAversion: 0 })).toThrow(RangeError);
  });
});
