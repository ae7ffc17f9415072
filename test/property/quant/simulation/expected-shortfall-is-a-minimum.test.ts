import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tailRisk } from '../../../../src/quant/simulation/tailRisk.ts';

// Rockafellar & Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000): ES = min over v of
// v + E[(L − v)⁺]/(1 − c), at the value at risk. The minimum of a function with its kinks at the losses is at one of them.
it('of the losses beyond a level, for any profits and confidence', () => {
  const profit = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(profit, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (profits, confidence) => {
        const at = (level: number) => {
          const beyond = profits.reduce((sum, x) => sum + Math.max(-x - level, 0), 0) / profits.length;
          return level + beyond / (1 - confidence);
        };
        const { valueAtRisk, expectedShortfall } = tailRisk(Float64Array.from(profits).sort().reverse(), confidence);
        expect(expectedShortfall).toBeCloseTo(Math.min(...profits.map((x) => at(-x))), 6);
        expect(expectedShortfall).toBeCloseTo(at(valueAtRisk), 6);
      },
    ),
  );
});
