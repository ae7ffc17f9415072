import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Problem } from '../../../../src/quant/hedging/optimiser/model.ts';
import { named, solve } from '../../../unit/quant/hedging-optimiser/problems.ts';
import { problems } from './problems.ts';

const scaled = (values: Float64Array, by: number): Float64Array => values.map((value) => by * value);

/** Money in another currency: exposures and costs by the same factor, aversion by its inverse. */
function inMoney(problem: Problem, by: number): Problem {
  const candidates = problem.candidates.map((c) => ({
    ...{ ...c, factors: scaled(c.factors, by), impact: { ...c.impact, coefficient: by * c.impact.coefficient } },
    ...{ buyCost: by * c.buyCost, sellCost: by * c.sellCost, holdingCost: by * c.holdingCost },
  }));
  return { ...problem, candidates, factors: scaled(problem.factors, by), riskAversion: problem.riskAversion / by };
}

/** Each factor in another unit: exposures by its inverse. */
function inFactors(problem: Problem, by: readonly number[]): Problem {
  const n = by.length;
  const inverse = (values: Float64Array): Float64Array => values.map((value, f) => value / by[f]!);
  return {
    ...{ ...problem, factors: inverse(problem.factors) },
    covariance: problem.covariance.map((value, at) => value * by[Math.floor(at / n)]! * by[at % n]!),
    candidates: problem.candidates.map((c) => ({ ...c, factors: inverse(c.factors) })),
  };
}

it('the objective scales with the currency and does not see the units of the factors', () => {
  const powers = fc.integer({ min: -6, max: 6 }).map((power) => 10 ** power);
  fc.assert(
    fc.property(problems, powers, fc.tuple(powers, powers, powers), (problem, money, units) => {
      const { objective } = named(solve(problem), 'balanced');
      const slack = 1e-6 * (1 + Math.abs(objective));
      expect(Math.abs(named(solve(inMoney(problem, money)), 'balanced').objective / money - objective)).toBeLessThan(
        slack,
      );
      expect(Math.abs(named(solve(inFactors(problem, units)), 'balanced').objective - objective)).toBeLessThan(slack);
    }),
    { numRuns: 40, seed: 7 },
  );
});
