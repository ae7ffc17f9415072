import { describe, expect, it } from 'vitest';
import { flatSurface, strikeSurface } from '../../../src/quant/surface/surface.ts';

const near = { time: 0.1, strikes: Float64Array.of(80, 100, 130), vols: Float64Array.of(0.713, 0.6123, 0.6789) };
const far = { time: 0.35, strikes: Float64Array.of(70, 110), vols: Float64Array.of(0.55, 0.5) };
const surface = strikeSurface([near, far]);

describe('a surface of listed strikes', () => {
  it('returns each listed volatility bit for bit', () => {
    for (const slice of [near, far]) {
      slice.strikes.forEach((strike, i) => expect(surface.vol(strike, 100, slice.time)).toBe(slice.vols[i]));
    }
  });

  it('is flat in volatility beyond the first and last strike', () => {
    expect(surface.vol(1, 100, 0.1)).toBe(0.713);
    expect(surface.vol(1e6, 100, 0.1)).toBe(0.6789);
  });

  it('is linear in total variance between strikes', () => {
    expect(surface.vol(85, 100, 0.1)).toBeCloseTo(Math.sqrt(0.75 * 0.713 ** 2 + 0.25 * 0.6123 ** 2), 15);
  });

  it('is linear in total variance between expiries at the same strike', () => {
    const halfway = (surface.vol(90, 100, 0.1) ** 2 * 0.1 + surface.vol(90, 100, 0.35) ** 2 * 0.35) / 2;
    expect(surface.vol(90, 100, 0.225)).toBeCloseTo(Math.sqrt(halfway / 0.225), 14);
  });

  it('keeps the volatility before the first and after the last expiry', () => {
    expect(surface.vol(100, 100, 0.01)).toBe(0.6123);
    expect(surface.vol(100, 100, 0)).toBe(0.6123);
    expect(surface.vol(110, 100, 5)).toBe(0.5);
  });

  it('has no answer for a negative or missing number, or beside a missing volatility', () => {
    const holed = strikeSurface([{ ...near, vols: Float64Array.of(0.7, NaN, 0.6) }]);
    expect([surface.vol(100, 100, -1), surface.vol(NaN, 100, 0.1), surface.vol(100, 100, NaN)]).toEqual([
      NaN,
      NaN,
      NaN,
    ]);
    expect([holed.vol(90, 100, 0.1), holed.vol(80, 100, 0.1)]).toEqual([NaN, 0.7]);
  });

  it('refuses slices out of order', () => {
    expect(() => strikeSurface([])).toThrow(RangeError);
    expect(() => strikeSurface([far, near])).toThrow(RangeError);
    expect(() => strikeSurface([{ ...near, strikes: Float64Array.of(80, 80, 130) }])).toThrow(RangeError);
    expect(() => strikeSurface([{ ...near, vols: Float64Array.of(0.5) }])).toThrow(RangeError);
  });
});

it('a flat surface is the same everywhere', () => {
  expect(flatSurface(0.8).vol(1, 2, 3)).toBe(0.8);
});
