import { describe, expect, it } from 'vitest';
import { type SviSlice, sviSliceProblems, sviSurface, sviTotalVariance } from '../../../src/quant/surface/surface.ts';

/** Axel Vogt's slice, Gatheral-Jacquier (2014) example 3.1. */
const vogt: SviSlice = { time: 1, a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
const later: SviSlice = { time: 2, a: 0.02, b: 0.15, rho: -0.3, m: 0.05, sigma: 0.3 };

describe('a surface of raw SVI slices', () => {
  const surface = sviSurface([vogt, later]);

  it("gives the published figures of Vogt's slice", () => {
    expect(surface.vol(100 * Math.exp(-0.2), 100, 1)).toBeCloseTo(0.1699864855, 9);
    expect(surface.vol(100 * Math.exp(0.7), 100, 1)).toBeCloseTo(0.210857945, 8);
    expect(sviTotalVariance(vogt, 0.4)).toBeCloseTo(0.01623656962, 10);
    expect(sviTotalVariance(vogt, 0)).toBeCloseTo(0.0174262526, 9);
  });

  it('is linear in total variance between expiries at the same log-moneyness', () => {
    const k = Math.log(120 / 100);
    const w = 0.75 * sviTotalVariance(vogt, k) + 0.25 * sviTotalVariance(later, k);
    expect(surface.vol(120, 100, 1.25)).toBeCloseTo(Math.sqrt(w / 1.25), 14);
  });

  it('keeps the volatility at the same log-moneyness outside the listed expiries', () => {
    expect(surface.vol(120, 100, 0.01)).toBe(surface.vol(120, 100, 1));
    expect(surface.vol(120, 100, 9)).toBe(surface.vol(120, 100, 2));
  });

  it('has no answer where total variance is negative', () => {
    const negative = sviSurface([{ ...vogt, a: -0.2 }, later]);
    expect(negative.vol(100, 100, 1)).toBeNaN();
    expect(negative.vol(100, 100, 1.5)).toBeNaN();
    expect(negative.vol(100, 100, 2)).toBeGreaterThan(0);
    expect(surface.vol(100, 100, -1)).toBeNaN();
  });

  it('refuses slices out of order', () => {
    expect(() => sviSurface([later, vogt])).toThrow(RangeError);
    expect(() => sviSurface([])).toThrow(RangeError);
  });
});

describe('the constraints on a raw SVI slice', () => {
  it('names nothing for a valid one', () => {
    expect(sviSliceProblems(vogt)).toEqual([]);
    expect(sviSliceProblems(later)).toEqual([]);
  });

  it.each([
    [{ b: -0.1 }, 'b must be'],
    [{ rho: 1 }, '|rho|'],
    [{ sigma: 0 }, 'sigma must be'],
    [{ a: -0.06 }, 'least total variance'],
    [{ b: 1.7 }, 'wing slope'],
    [{ time: 0 }, 'time'],
    [{ m: NaN }, 'finite'],
  ])('names what %j violates', (change, words) => {
    expect(sviSliceProblems({ ...vogt, ...change }).join('; ')).toContain(words);
  });
});
