import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitOrder, type Venue } from '../../../../src/quant/routing/split.ts';
import { constantProduct } from '../../../../src/quant/routing/venues.ts';
import { amounts, costlyVenues } from './venues.ts';

/** Every set of the venues, filled without regard to costs, which are taken off afterwards. */
function bestOfAllSets(venues: readonly Venue[], amount: number): number {
  let best = -Infinity;
  for (let set = 1; set < 1 << venues.length; set++) {
    const chosen = venues.filter((_, i) => (set >> i) & 1);
    const split = splitOrder(
      chosen.map(({ exchange }) => ({ exchange, fixedCost: 0 })),
      amount,
    );
    if (split) best = Math.max(best, split.amountOut - chosen.reduce((sum, { fixedCost }) => sum + fixedCost, 0));
  }
  return best;
}

function expectBest(venues: readonly Venue[], amount: number): void {
  const split = splitOrder(venues, amount);
  if (!split) return;
  const best = bestOfAllSets(venues, amount);
  expect(Math.abs(split.worth - best)).toBeLessThanOrEqual(1e-11 * split.amountOut);
  expect(split.bound).toBeGreaterThanOrEqual(best - 1e-11 * split.amountOut);
}

it('over venues of every kind', () => {
  fc.assert(
    fc.property(costlyVenues(7), amounts, (venues, amount) => expectBest(venues, amount)),
    { numRuns: 60 },
  );
});

it('over pools that are nearly the same, where the cost alone decides how many', () => {
  const near = fc.double({ min: 0.95, max: 1.05, noNaN: true });
  const pools = fc.array(
    fc.tuple(near, near, near).map(([x, y, cost]): Venue => {
      return { exchange: constantProduct(1_000 * x, 2_000 * y, 0.003), fixedCost: 0.5 * cost };
    }),
    { minLength: 2, maxLength: 8 },
  );
  fc.assert(
    fc.property(pools, fc.double({ min: 1, max: 400, noNaN: true }), (venues, amount) => expectBest(venues, amount)),
    { numRuns: 60 },
  );
});
