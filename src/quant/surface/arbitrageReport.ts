import { butterflyViolations } from './butterfly.ts';
import { calendarViolations } from './calendar.ts';
import type { TimedCurve } from './fittedSurface.ts';
import { negativeIntervals, type Interval } from './intervals.ts';
import { durrleman, type SviSlice } from './svi.ts';

/** Where the curve is not one of SVI, it is looked at so many places of |k| <= REACH standard deviations. */
const SAMPLES = 400;
const REACH = 12;
const ROUNDING = 1e-10;

/** Where a smile allows butterfly arbitrage, in k: exactly for raw SVI, on a dense grid for others. */
export function butterflyReport({ curve, slice }: TimedCurve): Interval[] {
  if (slice) return butterflyViolations(slice);
  const g = (k: number) => Math.max(-1e9, durrleman(k, curve.variance(k), curve.slope(k), curve.curvature(k)));
  return negativeIntervals(g, sampleGrid(curve.variance(0)), ROUNDING);
}

/** Where a smile has less total variance than the one before it, in k: exactly for two of raw SVI, on a dense grid otherwise. */
export function calendarReport(earlier: TimedCurve | undefined, later: TimedCurve): Interval[] {
  if (!earlier) return [];
  if (earlier.slice && later.slice) return calendarViolations(earlier.slice, later.slice);
  const gap = (k: number) => later.curve.variance(k) - earlier.curve.variance(k);
  return negativeIntervals(gap, sampleGrid(later.curve.variance(0)), ROUNDING * later.curve.variance(0));
}

function sampleGrid(variance: number): number[] {
  const radius = REACH * Math.sqrt(variance);
  return Array.from({ length: SAMPLES + 1 }, (_, i) => radius * ((2 * i) / SAMPLES - 1));
}

/** The same reports for raw SVI slices as they were given, ascending in time: of each, and of each against the one before. */
export function sviReports(slices: readonly SviSlice[]): { butterfly: Interval[]; calendar: Interval[] }[] {
  return slices.map((slice, i) => ({
    butterfly: butterflyViolations(slice),
    calendar: i === 0 ? [] : calendarViolations(slices[i - 1]!, slice),
  }));
}
