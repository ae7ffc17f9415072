import fc from 'fast-check';
import { expect, it } from 'vitest';
import { butterflyViolations } from '../../../../src/quant/surface/butterfly.ts';
import { calendarViolations } from '../../../../src/quant/surface/calendar.ts';
import type { Interval } from '../../../../src/quant/surface/intervals.ts';
import { sviDurrleman, sviTotalVariance } from '../../../../src/quant/surface/svi.ts';
import { rawSlices } from './slices.ts';

/** Whether a function is below −noise just inside the intervals, and above noise just outside, at every place asked. */
function agrees(f: (k: number) => number, found: readonly Interval[], noise: number): boolean {
  for (let k = -6; k <= 6; k += 0.01) {
    const inside = found.some(({ from, to }) => k > from && k < to);
    if (f(k) < -noise && !inside) return false;
    if (f(k) > noise && inside) return false;
  }
  return true;
}

it('butterflies', () => {
  fc.assert(
    fc.property(rawSlices, (slice) => {
      expect(agrees((k) => sviDurrleman(slice, k), butterflyViolations(slice), 1e-11)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('calendar spreads', () => {
  fc.assert(
    fc.property(rawSlices, rawSlices, (one, other) => {
      const gap = (k: number) => sviTotalVariance(other, k) - sviTotalVariance(one, k);
      expect(agrees(gap, calendarViolations(one, other), 1e-11)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('a slice does not cross itself', () => {
  fc.assert(
    fc.property(rawSlices, (slice) => {
      expect(calendarViolations(slice, slice)).toEqual([]);
    }),
  );
});
