import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitOrder } from '../../../../src/quant/routing/split.ts';
import { amounts, costlyVenues, exchanges, freeVenues } from './venues.ts';

it('of one venue', () => {
  fc.assert(
    fc.property(exchanges, amounts, (exchange, amount) => {
      if (amount >= exchange.mostIn) return;
      const got = exchange.outputOf(amount);
      const back = exchange.inputFor(got);
      // Where the price has fallen to little, so much of the input is lost in the rounding of the output.
      const slack = 1e-13 * (amount + got / exchange.priceAt(amount));
      expect(Math.abs(back - amount)).toBeLessThanOrEqual(4 * slack);
    }),
  );
});

it('of a split', () => {
  fc.assert(
    fc.property(freeVenues, amounts, (venues, amount) => {
      const sold = splitOrder(venues, amount);
      if (!sold) return;
      const bought = splitOrder(venues, sold.amountOut * (1 - 1e-12), 'exact_out');
      if (!bought) throw new Error('what was got out can be got out');
      const slack = 1e-11 * (amount + sold.amountOut / sold.price);
      expect(Math.abs(bought.amountIn - amount)).toBeLessThanOrEqual(slack);
      expect(Math.abs(bought.amountOut / sold.amountOut - 1)).toBeLessThan(1e-11);
    }),
  );
});

it('costs least: no set of the venues buys it for less', () => {
  fc.assert(
    fc.property(costlyVenues(6), amounts, (venues, amount) => {
      const bought = splitOrder(venues, amount, 'exact_out');
      if (!bought) return;
      for (let set = 1; set < 1 << venues.length; set++) {
        const chosen = venues.filter((_, i) => (set >> i) & 1);
        const free = chosen.map(({ exchange }) => ({ exchange, fixedCost: 0 }));
        const other = splitOrder(free, amount, 'exact_out');
        const costs = chosen.reduce((sum, { fixedCost }) => sum + fixedCost, 0);
        if (other) expect(-bought.worth).toBeLessThanOrEqual((other.amountIn + costs) * (1 + 1e-10));
      }
    }),
    { numRuns: 60 },
  );
});
