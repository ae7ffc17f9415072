import { expect, it } from 'vitest';
import { factorCount, factorCovariance, tenorScale } from '../../../../src/quant/hedging/optimiser/factorCovariance.ts';
import { isPsd } from '../../../../src/quant/hedging/optimiser/semidefinite.ts';

const btc = { vol: 0.6, volOfVol: 1, spotVolCorrelation: -0.3, tenors: Float64Array.of(7 / 365, 30 / 365, 180 / 365) };
const eth = { vol: 0.8, volOfVol: 1.2, spotVolCorrelation: -0.2, tenors: Float64Array.of(30 / 365) };
const horizonYears = 1 / 365;

function at(matrix: Float64Array, n: number, i: number, j: number): number {
  return matrix[i * n + j]!;
}

it('is that of the documented moves', () => {
  const covariance = factorCovariance({ underlyings: [btc], correlation: Float64Array.of(1), horizonYears });
  const variance = 0.36 / 365;
  expect(at(covariance, 5, 0, 0)).toBeCloseTo(variance, 15);
  expect(at(covariance, 5, 1, 1)).toBeCloseTo(0.5 * variance ** 2, 18);
  expect(at(covariance, 5, 0, 1)).toBe(0);
  // 60 % · √(1/365) in a day at 30 days; 2 times that at a week is the cap of √(30/7) = 2.07
  const move = 0.6 / Math.sqrt(365);
  expect(Math.sqrt(at(covariance, 5, 3, 3))).toBeCloseTo(move, 12);
  expect(Math.sqrt(at(covariance, 5, 2, 2))).toBeCloseTo(2 * move, 12);
  expect(Math.sqrt(at(covariance, 5, 4, 4))).toBeCloseTo(move / Math.sqrt(6), 12);
  expect(at(covariance, 5, 0, 3)).toBeCloseTo(-0.3 * 0.6 * Math.sqrt(1 / 365) * move, 15);
  // ρ² + (1 − ρ²)e^{−0.145 ln(180/30)}, e^{−0.145·1.791759} = 0.7712018606
  const correlation = at(covariance, 5, 3, 4) / Math.sqrt(at(covariance, 5, 3, 3) * at(covariance, 5, 4, 4));
  expect(correlation).toBeCloseTo(0.09 + 0.91 * 0.7712018606, 9);
});

it('of two underlyings is positive semi-definite where their spots’ correlation is', () => {
  const underlyings = [btc, eth];
  expect(factorCount(underlyings)).toBe(8);
  for (const rho of [-1, -0.5, 0, 0.9, 1]) {
    expect(
      isPsd(factorCovariance({ underlyings, correlation: Float64Array.of(1, rho, rho, 1), horizonYears }), 8),
    ).toBe(true);
  }
  const wrong = factorCovariance({ underlyings, correlation: Float64Array.of(1, 1.2, 1.2, 1), horizonYears });
  expect(isPsd(wrong, 8)).toBe(false);
});

it('has the moments of simulated moves', () => {
  // ½r² about its mean has variance ½σ⁴h² for a normal r: E[z⁴] = 3. Midpoint rule over z.
  const variance = 0.36 / 365;
  let [second, weight] = [0, 0];
  for (let z = -10; z <= 10; z += 1e-3) {
    const density = Math.exp(-0.5 * z * z);
    second += density * (0.5 * variance * (z * z - 1)) ** 2;
    weight += density;
  }
  const covariance = factorCovariance({ underlyings: [btc], correlation: Float64Array.of(1), horizonYears });
  expect(at(covariance, 5, 1, 1) / (second / weight)).toBeCloseTo(1, 9);
});

it('moves short tenors more, up to twice', () => {
  expect(tenorScale(30 / 365)).toBe(1);
  expect(tenorScale(120 / 365)).toBe(0.5);
  expect(tenorScale(1 / 365)).toBe(2);
});
