import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tailRisk } from '../../../../src/quant/simulation/tailRisk.ts';
import { tailRisk as riskDesk } from '../../../../src/risk/valueAtRisk.ts';

it('for any profits and confidence', () => {
  const profit = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(profit, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (profits, confidence) => {
        const descending = Float64Array.from(profits).sort().reverse();
        const [got, want] = [tailRisk(descending, confidence), riskDesk(profits, confidence)];
        expect(got.valueAtRisk).toBe(want.valueAtRisk);
        expect(got.expectedShortfall).toBeCloseTo(want.expectedShortfall, 6);
      },
    ),
  );
});
