import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Problem } from '../../../../src/quant/hedging/optimiser/model.ts';
import { named, solve } from '../../../unit/quant/hedging-optimiser/problems.ts';
import { objectiveOf, problems } from './problems.ts';

const ROUNDS = 4000;

/**
 * Another method altogether: exact minimisation along one quantity after the other (Tseng 2001: it converges, the part that is not
 * smooth being a sum over the quantities), each by golden section between its bounds. Without the band, which couples them.
 */
function coordinateDescent(problem: Problem): number {
  const x = problem.candidates.map(() => 0);
  let best = objectiveOf(problem, x);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < x.length; i++) {
      const along = (q: number): number => objectiveOf(problem, x.with(i, q));
      let [low, high] = [-problem.candidates[i]!.maxSell, problem.candidates[i]!.maxBuy];
      while (high - low > 1e-9) {
        const [a, b] = [high - 0.618034 * (high - low), low + 0.618034 * (high - low)];
        if (along(a) < along(b)) high = b;
        else low = a;
      }
      x[i] = 0.5 * (low + high);
      if (along(0) < along(x[i]!)) x[i] = 0;
    }
    const value = objectiveOf(problem, x);
    if (best - value < 1e-12 * (1 + Math.abs(value))) return value;
    best = value;
  }
  return best;
}

it('the balanced objective is that of coordinate descent', () => {
  fc.assert(
    fc.property(problems, (bounded) => {
      const problem = { ...bounded, targets: [{ ...bounded.targets[0]!, tolerance: 1e6 }] };
      const plan = named(solve(problem), 'balanced');
      const other = coordinateDescent(problem);
      expect(Math.abs(plan.objective - other)).toBeLessThan(1e-6 * (1 + Math.abs(other)));
    }),
    { numRuns: 25, seed: 4 },
  );
});
