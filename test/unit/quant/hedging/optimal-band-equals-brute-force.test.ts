import { expect, it } from 'vitest';
import { solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';

// Three decisions, a short call that lives through all and a long put that ends at the second step.
const spot = 100;
const vol = 0.25;
const stepYears = 0.1;
const steps = 3;
const costRate = 0.01;
const riskAversion = 0.5;
const book = {
  count: 2,
  strikes: Float64Array.of(100, 97),
  years: Float64Array.of(3 * stepYears, 2 * stepYears),
  vols: Float64Array.of(vol, 0.4),
  quantities: Float64Array.of(-1, 0.5),
  signs: Float64Array.of(1, -1),
};

// J on a grid of ln F (8 nodes per deviation of a step, 6 deviations) and of positions z, by its definition: pay-offs
// alone, no value and no Greek of an option, the least over z′ by trying them all. Edges are the least and the largest
// z′ that is not traded from.
const PER_DEVIATION = 8;
const REACH = 6 * PER_DEVIATION;
const Z = Array.from({ length: 221 }, (_, n) => -0.2 + 0.006 * n);
const deviation = vol * Math.sqrt(stepYears);
const forward = (i: number) => spot * Math.exp((i * deviation) / PER_DEVIATION);
const weights = Array.from({ length: 2 * REACH + 1 }, (_, n) =>
  Math.exp(-0.5 * ((n - REACH) / PER_DEVIATION + 0.5 * deviation) ** 2),
);
const total = weights.reduce((sum, w) => sum + w, 0);

function payoff(step: number, i: number): number {
  if (step === 3) return -Math.max(forward(i) - 100, 0);
  return step === 2 ? 0.5 * Math.max(97 - forward(i), 0) : 0;
}

function held(step: number, after: Map<number, number[]>, i: number, z: number, n: number): number {
  let sum = 0;
  for (let k = -REACH; k <= REACH; k++) {
    const j = i + k;
    const loss = after.get(j)![n]! - payoff(step + 1, j) - z * (forward(j) - forward(i));
    sum += (weights[k + REACH]! / total) * Math.exp(riskAversion * loss);
  }
  return Math.log(sum) / riskAversion;
}

function bruteForce(): { step: number; i: number; lower: number; upper: number }[] {
  const found: { step: number; i: number; lower: number; upper: number }[] = [];
  let after = new Map<number, number[]>();
  for (let i = -steps * REACH; i <= steps * REACH; i++)
    after.set(
      i,
      Z.map((z) => costRate * forward(i) * Math.abs(z)),
    );
  for (let step = steps - 1; step >= 0; step--) {
    const now = new Map<number, number[]>();
    for (let i = -step * REACH; i <= step * REACH; i++) {
      const losses = Z.map((z, n) => held(step, after, i, z, n));
      const best = Z.map((z) => Math.min(...Z.map((to, n) => losses[n]! + costRate * forward(i) * Math.abs(to - z))));
      now.set(i, best);
      const kept = Z.filter((_, n) => losses[n]! <= best[n]! + 1e-12);
      found.push({ step, i, lower: kept[0]!, upper: kept.at(-1)! });
    }
    after = now;
  }
  return found;
}

it('three steps, two expiries, to the grid of positions of the brute force', () => {
  const table = solveBand({
    book,
    spot,
    rate: 0,
    carry: 0,
    vol,
    stepYears,
    steps,
    costRate,
    riskAversion,
    terminal: 'liquidate',
  });
  const edges = new Float64Array(2);
  // The lattice of the table has every fourth of these nodes: what lies between is interpolated, and not what is
  // compared.
  const near = bruteForce().filter(({ step, i }) => i % 4 === 0 && Math.abs(i) <= 3 * PER_DEVIATION * Math.sqrt(step));
  expect(near.length).toBeGreaterThan(30);
  for (const { step, i, lower, upper } of near) {
    bandEdges(table, step, forward(i), edges);
    expect(Math.abs(edges[0]! - lower)).toBeLessThan(0.006);
    expect(Math.abs(edges[1]! - upper)).toBeLessThan(0.006);
  }
});
