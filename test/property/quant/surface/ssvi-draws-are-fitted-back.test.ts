import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitSurface } from '../../../../src/quant/surface/fit.ts';
import { fittedVolSurface } from '../../../../src/quant/surface/fittedSurface.ts';
import { essviToRaw, powerLawPhi } from '../../../../src/quant/surface/ssvi.ts';
import { sviTotalVariance } from '../../../../src/quant/surface/svi.ts';
import { places, quotesOf } from '../../../unit/quant/surface/slices.ts';
import { between } from './slices.ts';

const TIMES = [0.02, 0.1, 0.4, 1];
const SPREAD = 0.01;

/** Power-law SSVI surfaces: free of arbitrage (Gatheral-Jacquier 2014, §4.1). */
const surfaces = fc
  .record({ vol: between(0.15, 1), rise: between(0, 0.3), rho: between(-0.8, 0.8), part: between(0.1, 0.9) })
  .map(({ vol, rise, rho, part }) =>
    TIMES.map((time) => {
      const theta = vol * vol * time * (1 + rise * time);
      const phi = powerLawPhi(theta, (2 * part) / (1 + Math.abs(rho)), 0.5);
      return essviToRaw({ time, theta, rho, psi: theta * phi });
    }),
  );

it('without arbitrage, within a tenth of the spread where they are quoted', () => {
  fc.assert(
    fc.property(surfaces, (slices) => {
      const grids = slices.map((slice) => places(sviTotalVariance(slice, 0), 21));
      const fitted = fitSurface({
        expiries: slices.map((slice, i) => ({
          time: slice.time,
          forward: 100,
          quotes: quotesOf(slice, 100, grids[i]!, SPREAD),
        })),
      });
      expect(fitted.expiries.map(({ method }) => method)).toEqual(TIMES.map(() => 'svi'));
      expect(fitted.expiries.flatMap(({ butterfly, calendar }) => [...butterfly, ...calendar])).toEqual([]);
      const vols = fittedVolSurface(fitted);
      slices.forEach((slice, i) => {
        for (const k of grids[i]!) {
          const vol = Math.sqrt(sviTotalVariance(slice, k) / slice.time);
          expect(Math.abs(vols.vol(100 * Math.exp(k), 100, slice.time) - vol)).toBeLessThan(0.1 * SPREAD);
        }
      });
    }),
    { numRuns: 25 },
  );
});
