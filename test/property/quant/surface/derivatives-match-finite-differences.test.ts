import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  durrleman,
  sviDurrleman,
  sviTotalVariance,
  sviVarianceCurvature,
  sviVarianceSlope,
} from '../../../../src/quant/surface/svi.ts';
import { between, rawSlices } from './slices.ts';

it('w, w′, w″ and g of a raw slice', () => {
  fc.assert(
    fc.property(rawSlices, between(-2, 2), (slice, k) => {
      // Fourth-order differences at h: the fifth derivative of w is at most 45·b/σ⁴, rounding 1e-16·w/h².
      const h = 1e-3 * slice.sigma;
      const [w2, w1, w0, v1, v2] = [2, 1, 0, -1, -2].map((i) => sviTotalVariance(slice, k + i * h)) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const slope = (8 * (w1 - v1) - (w2 - v2)) / (12 * h);
      const curvature = (16 * (w1 + v1) - (w2 + v2) - 30 * w0) / (12 * h * h);
      const size = slice.b / slice.sigma + w0 / (h * h * 1e9);
      expect(Math.abs(sviVarianceSlope(slice, k) - slope)).toBeLessThan(1e-9 * (slice.b + w0 / h));
      expect(Math.abs(sviVarianceCurvature(slice, k) - curvature)).toBeLessThan(1e-5 * size);
      const g = durrleman(k, w0, slope, curvature);
      expect(Math.abs(sviDurrleman(slice, k) - g)).toBeLessThan(1e-5 * (1 + size + Math.abs(g) + (slope / w0) ** 2));
    }),
    { numRuns: 500 },
  );
});
