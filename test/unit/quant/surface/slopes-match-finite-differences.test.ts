import { describe, expect, it } from 'vitest';
import { fitSurface } from '../../../../src/quant/surface/fit.ts';
import { fittedVolSurface } from '../../../../src/quant/surface/fittedSurface.ts';
import { flatSurface, strikeSurface, sviSurface, type VolSurface } from '../../../../src/quant/surface/surface.ts';
import { places, quotesOf } from './slices.ts';

const slices = [
  { time: 0.1, a: 0.005, b: 0.05, rho: -0.2, m: 0.01, sigma: 0.1 },
  { time: 0.5, a: 0.05, b: 0.15, rho: -0.3, m: 0.02, sigma: 0.3 },
];
const strikes = slices.map((_, i) => ({
  time: slices[i]!.time,
  strikes: Float64Array.of(70, 90, 110, 140),
  vols: Float64Array.of(0.8 - 0.1 * i, 0.65, 0.6, 0.7),
}));
const fitted = fitSurface({
  expiries: slices.map((slice, i) => ({
    time: slice.time,
    forward: 100,
    quotes: quotesOf(slice, 100, places(0.01 + 0.09 * i)),
  })),
});
const surfaces: [string, VolSurface][] = [
  ['flat', flatSurface(0.6)],
  ['listed strikes', strikeSurface(strikes)],
  ['SVI', sviSurface(slices)],
  ['fitted', fittedVolSurface(fitted)],
];

describe.each(surfaces)('the slope of a surface: %s', (_, surface) => {
  it.each([0, 0.03, 0.1, 0.3, 0.5, 1.7])('is that of its volatility at time %f', (time) => {
    const h = 1e-5;
    for (const strike of [50, 83, 97, 105, 131, 170]) {
      const up = surface.vol(strike * Math.exp(h), 100, time);
      const down = surface.vol(strike * Math.exp(-h), 100, time);
      expect(surface.slope(strike, 100, time)).toBeCloseTo((up - down) / (2 * h), 7);
    }
  });

  it('has an answer just where the volatility has', () => {
    const asked = [
      [100, -1],
      [NaN, 0.3],
      [100, NaN],
      [100, 0.3],
    ] as const;
    const slopes = asked.map(([strike, time]) => Number.isNaN(surface.slope(strike, 100, time)));
    expect(slopes).toEqual(asked.map(([strike, time]) => Number.isNaN(surface.vol(strike, 100, time))));
  });
});
