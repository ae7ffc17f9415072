import { describe, expect, it } from 'vitest';
import { fitSurface } from '../../../../src/quant/surface/fit.ts';
import { fittedVolSurface } from '../../../../src/quant/surface/fittedSurface.ts';
import { monotoneCurve } from '../../../../src/quant/surface/smileCurve.ts';
import { places, quotesOf } from './slices.ts';

const near = { time: 0.1, a: 0.005, b: 0.05, rho: -0.2, m: 0.01, sigma: 0.1 };
const far = { time: 0.5, a: 0.05, b: 0.15, rho: -0.3, m: 0.02, sigma: 0.3 };
const expiry = (slice: typeof near, ks: number[]) => ({
  time: slice.time,
  forward: 100,
  quotes: quotesOf(slice, 100, ks),
});

describe('an expiry of fewer than five good quotes', () => {
  it('is joined through them, and says why', () => {
    const surface = fitSurface({
      expiries: [expiry({ ...far, time: 0.3, a: 0.03 }, [-0.2, 0, 0.1]), expiry(far, places(0.1))],
    });
    const [joined, fitted] = surface.expiries;
    expect(joined).toMatchObject({ method: 'interpolation', reason: 'fewer_than_5_quotes', quotesUsed: 3 });
    expect(fitted).toMatchObject({ method: 'svi', reason: undefined });
    for (const { fittedVol, marketVol } of joined!.residuals) expect(fittedVol).toBeCloseTo(marketVol, 12);
  });

  it('does not cross the fitted one after it, whatever it quotes', () => {
    const high = [-0.3, 0, 0.3].map((k) => ({ strike: 100 * Math.exp(k), sign: k >= 0 ? 1 : -1, iv: 3 }));
    const surface = fitSurface({
      expiries: [{ time: 0.3, forward: 100, quotes: high }, expiry(far, places(0.1))],
    });
    expect(surface.expiries.map(({ calendar }) => calendar)).toEqual([[], []]);
    const vols = fittedVolSurface(surface);
    for (let k = -1; k <= 1; k += 0.05) {
      const strike = 100 * Math.exp(k);
      expect(vols.vol(strike, 100, 0.3) ** 2 * 0.3).toBeLessThanOrEqual(vols.vol(strike, 100, 0.5) ** 2 * 0.5 + 1e-12);
    }
  });

  it('without a single one is passed over by the surface', () => {
    const surface = fitSurface({
      expiries: [expiry(near, places(0.01)), { time: 0.3, forward: 100, quotes: [] }, expiry(far, places(0.1))],
    });
    expect(surface.expiries[1]).toMatchObject({ method: 'interpolation', reason: 'no_quotes', quotesUsed: 0 });
    const vols = fittedVolSurface(surface);
    const w = (time: number) => vols.vol(95, 100, time) ** 2 * time;
    expect(w(0.3)).toBeCloseTo(0.5 * (w(0.1) + w(0.5)), 12);
  });
});

describe('a monotone curve', () => {
  const k = [-0.5, -0.1, 0, 0.3, 0.35];
  const w = [0.3, 0.1, 0.08, 0.09, 0.4];
  const curve = monotoneCurve(k, w);

  it('meets its points and stays between them', () => {
    k.forEach((x, i) => expect(curve.variance(x)).toBeCloseTo(w[i]!, 14));
    for (let i = 1; i < k.length; i++) {
      const [low, high] = [Math.min(w[i - 1]!, w[i]!), Math.max(w[i - 1]!, w[i]!)];
      for (let x = k[i - 1]!; x < k[i]!; x += 0.003) {
        expect(curve.variance(x)).toBeGreaterThanOrEqual(low - 1e-14);
        expect(curve.variance(x)).toBeLessThanOrEqual(high + 1e-14);
      }
    }
  });

  it('has the derivatives of itself', () => {
    const h = 1e-5;
    for (const x of [-0.7, -0.3, -0.05, 0.2, 0.32]) {
      expect(curve.slope(x)).toBeCloseTo((curve.variance(x + h) - curve.variance(x - h)) / (2 * h), 6);
      expect(curve.curvature(x)).toBeCloseTo((curve.slope(x + h) - curve.slope(x - h)) / (2 * h), 4);
    }
  });

  it('refuses points out of order', () => {
    expect(() => monotoneCurve([0, 0], [1, 1])).toThrow(RangeError);
    expect(() => monotoneCurve([], [])).toThrow(RangeError);
    expect(() => monotoneCurve([0], [1, 1])).toThrow(RangeError);
  });
});
