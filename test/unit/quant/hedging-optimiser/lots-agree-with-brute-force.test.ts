import { expect, it } from 'vitest';
import type { Candidate, Problem } from '../../../../src/quant/hedging/optimiser/model.ts';
import { seededUniform } from '../precise-black.ts';
import { candidate, named, problem, PRECISE, solve, target } from './problems.ts';

const COUNT = 10;

function randomProblem(uniform: () => number): Problem {
  const normal = (): number => uniform() + uniform() + uniform() - 1.5;
  const candidates = Array.from({ length: 4 }, (_, i) =>
    candidate({
      id: `c${i}`,
      factors: Float64Array.of(10 * normal(), 10 * normal()),
      greeks: Float64Array.of(normal()),
      ...{ buyCost: 3 * uniform(), sellCost: 3 * uniform(), holdingCost: normal() / 4 },
      fixedCost: uniform() < 0.5 ? 5 * uniform() : 0,
      impact: { coefficient: uniform() / 2, shape: uniform() < 0.5 ? 'linear' : 'square_root' },
      lot: uniform() < 0.5 ? 1 : 0.5,
      minTrade: uniform() < 0.5 ? 2 : 0,
      ...{ maxBuy: 3, maxSell: 3, isNew: uniform() < 0.5 },
    }),
  );
  const limit = (value: number) => ({ value, priority: 0, scale: 1 }) as const;
  return problem({
    factors: Float64Array.of(20 * normal(), 20 * normal()),
    covariance: Float64Array.of(1, 0.4, 0.4, 2),
    riskAversion: 0.05,
    candidates,
    targets: [target({ id: 'delta', value: normal(), tolerance: 2 })],
    limits: {
      ...(uniform() < 0.5 ? { maxLegs: limit(2) } : {}),
      ...(uniform() < 0.3 ? { maxNewLegs: limit(1) } : {}),
      ...(uniform() < 0.3 ? { maxNotional: limit(5) } : {}),
    },
  });
}

function costOf(c: Candidate, quantity: number): number {
  if (quantity === 0) return 0;
  const size = Math.abs(quantity);
  const impact = c.impact.coefficient * (c.impact.shape === 'linear' ? size ** 2 : size ** 1.5);
  return size * (quantity > 0 ? c.buyCost : c.sellCost) + quantity * c.holdingCost + impact + c.fixedCost;
}

/** Every plan on the grid of lots; the least objective of those that keep the constraints. */
function bruteForce({ candidates, factors, targets, limits, riskAversion }: Problem): number {
  const grids = candidates.map(({ lot, minTrade, maxBuy }) => {
    const count = 2 * Math.round(maxBuy / lot) + 1;
    const all = Array.from({ length: count }, (_, k) => -maxBuy + k * lot);
    return all.filter((q) => q === 0 || Math.abs(q) >= minTrade);
  });
  let least = Infinity;
  const plan: number[] = [];
  const visit = (at: number): void => {
    if (at < candidates.length) {
      for (const quantity of grids[at]!) {
        plan[at] = quantity;
        visit(at + 1);
      }
      return;
    }
    const sum = (of: (c: Candidate, q: number) => number): number =>
      candidates.reduce((total, c, i) => total + of(c, plan[i]!), 0);
    if (Math.abs(targets[0]!.value + sum((c, q) => q * c.greeks[0]!)) > 2 + 1e-9) return;
    if (sum((_, q) => Number(q !== 0)) > (limits.maxLegs?.value ?? 9)) return;
    if (sum((c, q) => Number(q !== 0 && c.isNew)) > (limits.maxNewLegs?.value ?? 9)) return;
    if (sum((_, q) => Math.abs(q)) > (limits.maxNotional?.value ?? 99)) return;
    const u = factors[0]! + sum((c, q) => q * c.factors[0]!);
    const v = factors[1]! + sum((c, q) => q * c.factors[1]!);
    least = Math.min(least, 0.5 * riskAversion * (u * u + 0.8 * u * v + 2 * v * v) + sum(costOf));
  };
  visit(0);
  return least;
}

it('lots, least trades, fixed costs and leg counts are optimal on small problems', () => {
  const uniform = seededUniform(20261122);
  let feasible = 0;
  for (let k = 0; k < COUNT; k++) {
    const small = randomProblem(uniform);
    const least = bruteForce(small);
    const outcome = solve(small, { ...PRECISE, gap: 1e-6 });
    if (outcome.status === 'infeasible') {
      expect(least).toBe(Infinity);
      continue;
    }
    feasible++;
    const { objective, gap } = named(outcome, 'balanced');
    expect(objective / least, `problem ${k}`).toBeCloseTo(1, 5);
    expect(gap, `problem ${k}`).toBeLessThan(1e-5);
  }
  expect(feasible).toBeGreaterThan(COUNT / 2);
}, 30_000);
