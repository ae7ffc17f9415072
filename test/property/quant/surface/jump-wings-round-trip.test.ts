import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sviFromJumpWings, sviToJumpWings, sviTotalVariance } from '../../../../src/quant/surface/svi.ts';
import { rawSlices } from './slices.ts';

it('a raw slice comes back from its jump-wings terms', () => {
  fc.assert(
    fc.property(rawSlices, (slice) => {
      const wings = sviToJumpWings(slice);
      if (wings === 'no_variance') throw new Error(wings);
      // v − vTilde keeps as many digits as the least variance lies below that at the money.
      const kept = (wings.v - wings.vTilde) / wings.v;
      fc.pre(kept > 1e-4);
      const back = sviFromJumpWings(wings);
      if (back === 'no_slice') throw new Error(back);
      for (const k of [-1, -0.2, 0, 0.1, 0.7]) {
        const w = sviTotalVariance(slice, k);
        expect(Math.abs(sviTotalVariance(back, k) - w)).toBeLessThan((1e-11 / kept) * (w + slice.b));
      }
    }),
  );
});
