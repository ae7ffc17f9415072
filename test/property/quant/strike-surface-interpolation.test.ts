import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type StrikeSlice, strikeSurface } from '../../../src/quant/surface/surface.ts';

const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const ascending = (min: number, max: number) =>
  fc.uniqueArray(positive(min, max), { minLength: 1, maxLength: 8 }).map((xs) => xs.sort((a, b) => a - b));
const slices: fc.Arbitrary<StrikeSlice[]> = ascending(0.01, 3).chain((times) =>
  fc.tuple(...times.map((time) => sliceAt(time))),
);
function sliceAt(time: number): fc.Arbitrary<StrikeSlice> {
  return ascending(10, 500).chain((strikes) =>
    fc.array(positive(0.05, 3), { minLength: strikes.length, maxLength: strikes.length }).map((vols) => ({
      time,
      strikes: Float64Array.from(strikes),
      vols: Float64Array.from(vols),
    })),
  );
}

it('is exact, bit for bit, at every listed strike of every listed expiry', () => {
  fc.assert(
    fc.property(slices, (given) => {
      const surface = strikeSurface(given);
      for (const { time, strikes, vols } of given) {
        strikes.forEach((strike, i) => expect(surface.vol(strike, 100, time)).toBe(vols[i]));
      }
    }),
  );
});

it('never leaves the range of the listed volatilities within an expiry', () => {
  fc.assert(
    fc.property(slices, positive(1, 1000), (given, strike) => {
      const surface = strikeSurface(given);
      for (const { time, vols } of given) {
        const vol = surface.vol(strike, 100, time);
        expect(vol).toBeGreaterThanOrEqual(Math.min(...vols) * (1 - 1e-15));
        expect(vol).toBeLessThanOrEqual(Math.max(...vols) * (1 + 1e-15));
      }
    }),
  );
});

it('is linear in total variance between two expiries', () => {
  fc.assert(
    fc.property(slices, positive(1, 1000), positive(0, 1), (given, strike, weight) => {
      const surface = strikeSurface(given);
      for (let i = 1; i < given.length; i++) {
        const [t0, t1] = [given[i - 1]!.time, given[i]!.time];
        const t = t0 + weight * (t1 - t0);
        const w = (time: number) => surface.vol(strike, 100, time) ** 2 * time;
        const line = w(t0) + ((t - t0) / (t1 - t0)) * (w(t1) - w(t0));
        expect(Math.abs(w(t) - line)).toBeLessThan(1e-13 * (w(t0) + w(t1)));
      }
    }),
  );
});
