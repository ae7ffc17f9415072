import fc from 'fast-check';
import { expect, it } from 'vitest';
import { named, quantities, solve } from '../../../unit/quant/hedging-optimiser/problems.ts';
import { objectiveOf, problems } from './problems.ts';

// The problem is convex: where no step in any direction is better, nothing is. Steps go both ways along each axis and along
// random directions, short and long.
it('the balanced plan is optimal', () => {
  const steps = fc.array(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 6, maxLength: 6 }), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(problems, steps, (problem, directions) => {
      const plan = named(solve(problem), 'balanced');
      const held = quantities(plan);
      const x = problem.candidates.map(({ id }) => held[id] ?? 0);
      const slack = 1e-6 * (1 + Math.abs(plan.objective));
      const axes = x.flatMap((_, i) => [1, -1].map((sign) => x.map((_, j) => (i === j ? 100 * sign : 0))));
      for (const direction of [...axes, ...directions]) {
        for (const length of [1e-4, 1e-3, 1e-2, 0.1, 1]) {
          const moved = x.map((quantity, i) => quantity + (length * direction[i]!) / 10);
          expect(objectiveOf(problem, moved)).toBeGreaterThanOrEqual(plan.objective - slack);
        }
      }
      expect(plan.gap).toBeLessThan(1e-6);
    }),
    { numRuns: 60, seed: 4 },
  );
});
