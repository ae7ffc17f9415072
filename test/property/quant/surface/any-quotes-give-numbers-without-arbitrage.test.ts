import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitSurface } from '../../../../src/quant/surface/fit.ts';
import { fittedVolSurface } from '../../../../src/quant/surface/fittedSurface.ts';
import { between } from './slices.ts';

const quote = fc
  .record({ k: between(-2, 2), vol: between(-4, 2).map(Math.exp), half: between(0, 0.3), sides: fc.boolean() })
  .map(({ k, vol, half, sides }) => ({
    strike: 100 * Math.exp(k),
    sign: k >= 0 ? 1 : -1,
    ...(sides ? { bidIv: vol * (1 - half), askIv: vol * (1 + half) } : { iv: vol }),
  }));
const expiry = fc.record({
  time: between(Math.log(1e-5), Math.log(5)).map(Math.exp),
  forward: fc.constant(100),
  quotes: fc.array(quote, { maxLength: 12 }),
});

it('whatever is quoted, fitted slices have no arbitrage, no two smiles cross, and every answer is a number', () => {
  fc.assert(
    fc.property(fc.array(expiry, { minLength: 1, maxLength: 4 }), (expiries) => {
      const surface = fitSurface({ expiries });
      for (const { method, butterfly, calendar } of surface.expiries) {
        if (method !== 'interpolation') expect(butterfly).toEqual([]);
        expect(calendar).toEqual([]);
      }
      fc.pre(surface.quality.quotes > 0);
      const vols = fittedVolSurface(surface);
      for (const time of [0, 1e-7, 0.05, 3, 20]) {
        for (const strike of [1, 90, 100, 130, 1e4]) {
          expect(vols.vol(strike, 100, time)).toBeGreaterThan(0);
          expect(Math.abs(vols.slope(strike, 100, time))).toBeLessThan(Infinity);
        }
      }
    }),
    { numRuns: 60 },
  );
});
