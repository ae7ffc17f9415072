import { describe, expect, it } from 'vitest';
import {
  eigenSymmetric,
  isPsd,
  projectPsd,
  riskCoordinates,
} from '../../../../src/quant/hedging/optimiser/semidefinite.ts';

const of = (...values: number[]): Float64Array => Float64Array.from(values);
// Correlations of 0.9, 0.9 and −0.9 cannot be: the determinant is negative.
const IMPOSSIBLE = of(1, 0.9, 0.9, 0.9, 1, -0.9, 0.9, -0.9, 1);

describe('a covariance', () => {
  it('is recognised in whatever units its factors are', () => {
    expect(isPsd(of(1e-14, 0.9e-4, 0.9e-4, 1e6), 2)).toBe(true);
    expect(isPsd(of(1e-14, 1.1e-4, 1.1e-4, 1e6), 2)).toBe(false);
    expect(isPsd(of(4, 2, 2, 1), 2)).toBe(true);
    expect(isPsd(IMPOSSIBLE, 3)).toBe(false);
  });

  it('is symmetric, and what does not move goes with nothing', () => {
    expect(isPsd(of(1, 0.5, 0.4, 1), 2)).toBe(false);
    expect(isPsd(of(0, 0.1, 0.1, 1), 2)).toBe(false);
    expect(isPsd(of(0, 0, 0, 1), 2)).toBe(true);
  });

  it('has the eigenvalues that numpy finds', () => {
    // numpy.linalg.eigvalsh(IMPOSSIBLE): −0.8, 1.9, 1.9
    const { values } = eigenSymmetric(IMPOSSIBLE, 3);
    expect([...values].sort((a, b) => a - b)).toEqual([-0.8, 1.9, 1.9].map((value) => expect.closeTo(value, 13)));
  });
});

describe('one that is none', () => {
  it('is projected to one of the same variances', () => {
    const scaled = IMPOSSIBLE.map((value, at) => value * [1, 10, 100][at % 3]! * [1, 10, 100][Math.floor(at / 3)]!);
    const projected = projectPsd(scaled, 3);
    expect(isPsd(projected, 3)).toBe(true);
    expect([projected[0], projected[4], projected[8]]).toEqual([1, 100, 10_000].map((v) => expect.closeTo(v, 8)));
    // without −0.8 the matrix is 1.9(I − vvᵀ), of diagonal 1.9·2/3 and correlations ±1/2
    expect(projected[1]! / 10).toBeCloseTo(0.5, 12);
    expect(projected[5]! / 1000).toBeCloseTo(-0.5, 12);
  });
});

it('coordinates make the variance a sum of squares, and leave out what does not move', () => {
  const covariance = of(4, 2, 0, 2, 1, 0, 0, 0, 9);
  const rows = riskCoordinates(covariance, 3);
  expect(rows).toHaveLength(2);
  const u = [3, -5, 0.5];
  const squares = rows.reduce((sum, row) => sum + row.reduce((s, w, i) => s + w * u[i]!, 0) ** 2, 0);
  // (2·3 − 5)² + 9·0.25
  expect(squares).toBeCloseTo(3.25, 12);
});
