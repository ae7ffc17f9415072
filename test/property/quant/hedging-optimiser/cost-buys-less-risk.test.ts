import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_EFFORT } from '../../../../src/quant/hedging/optimiser/model.ts';
import { alternatives, named, solve } from '../../../unit/quant/hedging-optimiser/problems.ts';
import { problems } from './problems.ts';

const SLACK = 1 + 1e-6;

it('alternatives rise in cost and fall in variance', () => {
  fc.assert(
    fc.property(problems, fc.constantFrom(0, 0.5, 2), (problem, lot) => {
      const candidates = problem.candidates.map((candidate) => ({ ...candidate, lot }));
      const plans = alternatives(solve({ ...problem, candidates }, DEFAULT_EFFORT));
      for (let k = 1; k < plans.length; k++) {
        expect(plans[k]!.cost.total).toBeGreaterThanOrEqual(plans[k - 1]!.cost.total - 1e-9);
        expect(plans[k]!.variance).toBeLessThanOrEqual(plans[k - 1]!.variance * SLACK + 1e-9);
      }
    }),
    { numRuns: 20, seed: 5 },
  );
}, 20_000);

it('more aversion to risk costs no less and leaves no more of it', () => {
  fc.assert(
    fc.property(problems, fc.constantFrom(2, 10, 100), (problem, factor) => {
      const one = named(solve(problem), 'balanced');
      const more = named(solve({ ...problem, riskAversion: factor * problem.riskAversion }), 'balanced');
      const slack = 1e-4 * (1 + Math.abs(one.objective));
      expect(more.cost.total).toBeGreaterThanOrEqual(one.cost.total - slack);
      expect(problem.riskAversion * (more.variance - one.variance)).toBeLessThan(slack);
    }),
    { numRuns: 40, seed: 6 },
  );
});
