import fc from 'fast-check';
import type { Candidate, Problem } from '../../../../src/quant/hedging/optimiser/model.ts';

const FACTORS = 3;
const some = (most: number) => fc.integer({ min: -1000, max: 1000 }).map((k) => (k * most) / 1000);
const atLeast0 = (most: number) => fc.integer({ min: 0, max: 1000 }).map((k) => (k * most) / 1000);
const vector = (length: number, most: number) =>
  fc.array(some(most), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));

const candidates = fc.array(
  fc.record({
    ...{ factors: vector(FACTORS, 10), greeks: vector(1, 2), buyCost: atLeast0(3), sellCost: atLeast0(3) },
    impact: fc.record({
      coefficient: atLeast0(0.5),
      shape: fc.constantFrom('square_root' as const, 'linear' as const),
    }),
    ...{ holdingCost: some(0.2), maxBuy: atLeast0(20), maxSell: atLeast0(20) },
  }),
  { minLength: 1, maxLength: 6 },
);

/** Continuous, convex and feasible: A·Aᵀ is a covariance, and the band holds the book as it is. */
export const problems: fc.Arbitrary<Problem> = fc
  .record({ factors: vector(FACTORS, 100), root: vector(FACTORS * FACTORS, 1), candidates, aversion: atLeast0(0.1) })
  .map(({ factors, root, candidates, aversion }) => ({
    factors,
    covariance: squareOf(root),
    riskAversion: aversion + 1e-3,
    candidates: candidates.map((candidate, i): Candidate => {
      return { ...candidate, id: `c${i}`, fixedCost: 0, lot: 0, minTrade: 0, notional: 1, isNew: false };
    }),
    targets: [{ id: 'delta', value: 3, target: 0, tolerance: 10, priority: 0, scale: 1 }],
    limits: {},
  }));

function squareOf(root: Float64Array): Float64Array {
  return Float64Array.from({ length: FACTORS * FACTORS }, (_, at) => {
    const [i, j] = [Math.floor(at / FACTORS), at % FACTORS];
    let sum = i === j ? 1e-3 : 0;
    for (let k = 0; k < FACTORS; k++) sum += root[i * FACTORS + k]! * root[j * FACTORS + k]!;
    return sum;
  });
}

/** ½γ·variance + cost by the definition, or Infinity outside of the bounds and the band. */
export function objectiveOf({ factors, covariance, riskAversion, candidates, targets }: Problem, x: readonly number[]) {
  const exposures = Float64Array.from(factors);
  let cost = 0;
  let delta = targets[0]!.value;
  candidates.forEach((c, i) => {
    const q = x[i]!;
    const size = Math.abs(q);
    if (q > c.maxBuy || -q > c.maxSell) cost = Infinity;
    c.factors.forEach((factor, f) => (exposures[f] = exposures[f]! + q * factor));
    delta += q * c.greeks[0]!;
    cost += size * (q > 0 ? c.buyCost : c.sellCost) + q * c.holdingCost;
    cost += c.impact.coefficient * size ** (c.impact.shape === 'linear' ? 2 : 1.5);
  });
  if (Math.abs(delta) > targets[0]!.tolerance) return Infinity;
  let variance = 0;
  exposures.forEach((u, i) => exposures.forEach((v, j) => (variance += u * v * covariance[i * FACTORS + j]!)));
  return 0.5 * riskAversion * variance + cost;
}
