import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitOrder, type Venue } from '../../../../src/quant/routing/split.ts';
import { amounts, exchanges } from './venues.ts';

const STEPS = 24;

/** The best of all ways to deal STEPS equal shares out to the venues. */
function bestOnGrid(venues: readonly Venue[], amount: number): number {
  const dealt = (place: number, left: number): number => {
    const { exchange } = venues[place]!;
    const pays = (shares: number) => {
      const amountIn = (shares * amount) / STEPS;
      return amountIn > exchange.mostIn ? -Infinity : exchange.outputOf(amountIn);
    };
    if (place === venues.length - 1) return pays(left);
    let best = -Infinity;
    for (let shares = 0; shares <= left; shares++)
      best = Math.max(best, pays(shares) + dealt(place + 1, left - shares));
    return best;
  };
  return dealt(0, STEPS);
}

it('of all those on a grid', () => {
  const venues = fc.array(
    exchanges.map((exchange): Venue => ({ exchange, fixedCost: 0 })),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(venues, amounts, (venues, amount) => {
      const split = splitOrder(venues, amount);
      if (split) expect(split.amountOut).toBeGreaterThanOrEqual(bestOnGrid(venues, amount) * (1 - 1e-12));
    }),
  );
});
