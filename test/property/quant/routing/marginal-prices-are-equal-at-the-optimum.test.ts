import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitOrder } from '../../../../src/quant/routing/split.ts';
import { amounts, freeVenues } from './venues.ts';

/** G′ is the price of the last unit on its left side and of the next on its right: at the optimum ν lies between them. */
it('no venue that is used sold its last unit dearer, and none would sell its next cheaper', () => {
  fc.assert(
    fc.property(freeVenues, amounts, (venues, amount) => {
      const split = splitOrder(venues, amount);
      if (!split) return;
      venues.forEach(({ exchange }, i) => {
        const amountIn = split.amountsIn[i]!;
        expect(amountIn).toBeGreaterThanOrEqual(0);
        // Where the curve hardly bends, an amount that is rounded is far from the price: what counts is what moving a unit would gain.
        const step = 1e-7 * amount;
        if (amountIn > step) {
          const gained = exchange.outputOf(amountIn) - exchange.outputOf(amountIn - step);
          expect(gained).toBeGreaterThanOrEqual(step * split.price * (1 - 1e-6) - 1e-13 * exchange.outputOf(amountIn));
        }
        if (amountIn + step < exchange.mostIn) {
          const foregone = exchange.outputOf(amountIn + step) - exchange.outputOf(amountIn);
          expect(foregone).toBeLessThanOrEqual(step * split.price * (1 + 1e-6) + 1e-13 * exchange.outputOf(amountIn));
        }
      });
    }),
    { numRuns: 300 },
  );
});
