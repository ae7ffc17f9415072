import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bestSingle, splitOrder, type Split, type Venue } from '../../../../src/quant/routing/split.ts';
import { amounts, costlyVenues, exchanges } from './venues.ts';

const SLACK = 1e-12;

function worthOf(venues: readonly Venue[], { amountsIn, amountsOut }: Split): number {
  let worth = 0;
  venues.forEach(({ fixedCost }, i) => {
    if (amountsIn[i]! > 0) worth += amountsOut[i]! - fixedCost;
  });
  return worth;
}

it('spends the whole amount, and its sums are those of its parts', () => {
  fc.assert(
    fc.property(costlyVenues(8), amounts, (venues, amount) => {
      const split = splitOrder(venues, amount);
      const capacity = venues.reduce((sum, { exchange }) => sum + exchange.mostIn, 0);
      if (!split) {
        expect(amount).toBeGreaterThan(capacity * (1 - 1e-9));
        return;
      }
      expect(Math.abs(split.amountIn - amount)).toBeLessThanOrEqual(1e-15 * amount * venues.length);
      expect(split.worth).toBeCloseTo(worthOf(venues, split), 9);
      expect(split.amountOut - split.fixedCosts).toBeCloseTo(split.worth, 9);
      venues.forEach(({ exchange }, i) => {
        expect(split.amountsOut[i]).toBe(exchange.outputOf(split.amountsIn[i]!));
      });
    }),
  );
});

it('is never worth less than the best single venue', () => {
  fc.assert(
    fc.property(costlyVenues(8), amounts, (venues, amount) => {
      const single = bestSingle(venues, amount);
      if (single) expect(splitOrder(venues, amount)!.worth).toBeGreaterThanOrEqual(single.worth);
    }),
  );
});

it('is never worth less for one more venue', () => {
  fc.assert(
    fc.property(costlyVenues(6), exchanges, amounts, (venues, exchange, amount) => {
      const before = splitOrder(venues, amount);
      if (!before) return;
      const after = splitOrder([...venues, { exchange, fixedCost: 0.1 }], amount)!;
      expect(after.worth).toBeGreaterThanOrEqual(before.worth - SLACK * Math.abs(before.amountOut));
    }),
  );
});

it('pays more for more', () => {
  fc.assert(
    fc.property(costlyVenues(6), amounts, amounts, (venues, a, b) => {
      const [less, more] = [splitOrder(venues, Math.min(a, b)), splitOrder(venues, Math.max(a, b))];
      if (less && more) expect(more.worth).toBeGreaterThanOrEqual(less.worth - SLACK * Math.abs(less.amountOut));
    }),
  );
});

it('is never worth more than its bound', () => {
  fc.assert(
    fc.property(costlyVenues(8), amounts, (venues, amount) => {
      const split = splitOrder(venues, amount);
      if (split) expect(split.bound).toBeGreaterThanOrEqual(split.worth);
    }),
  );
});
