import { negativeIntervals, type Interval } from './intervals.ts';
import {
  sviDurrleman,
  sviFromJumpWings,
  sviSliceProblems,
  sviToJumpWings,
  sviTotalVariance,
  type SviSlice,
} from './svi.ts';

/** In units of asinh((k−m)/σ): g is a ratio of polynomials of e^u, so its features are of order one in u. */
const REACH = 14;
const CELLS = 140;
/** g of an arbitrage-free slice may come out this much below 0 by rounding where it touches. */
const ROUNDING = 1e-12;
/** Around the least variance, features of g are as narrow as √(w_min/bσ): points at u* ± 4^−j look there. */
const CLUSTER = 16;

/**
 * The intervals of k on which a raw SVI slice allows butterfly arbitrage (Durrleman's g < 0, or w <= 0), their ends to
 * rounding. Beyond |asinh((k−m)/σ)| = 14 the sign of g is that of its limit 1/4 − s²/16, s the wing's slope: the interval is
 * open to ±∞ where Lee's bound s <= 2 is broken. Empty for none. Precondition: b >= 0, |ρ| < 1, σ > 0, all finite.
 */
export function butterflyViolations(slice: SviSlice): Interval[] {
  const { b, rho, m, sigma } = slice;
  const at = (u: number) => m + sigma * Math.sinh(u);
  const found = negativeIntervals((u) => Math.max(-1e9, sviDurrleman(slice, at(u))), samplePoints(slice), ROUNDING);
  return found.map(({ from, to, worst, value }) => ({
    from: from <= -REACH && b * (1 - rho) > 2 ? -Infinity : at(from),
    to: to >= REACH && b * (1 + rho) > 2 ? Infinity : at(to),
    worst: at(worst),
    value,
  }));
}

function samplePoints({ rho, m, sigma }: SviSlice): number[] {
  const points: number[] = [];
  for (let i = 0; i <= CELLS; i++) points.push(REACH * ((2 * i) / CELLS - 1));
  const least = -Math.asinh(rho / Math.sqrt(1 - rho * rho));
  for (let j = 0, d = 1; j < CLUSTER; j++, d *= 0.25) points.push(least - d, least + d);
  points.push(least, Math.asinh(-m / sigma));
  return points.filter((u) => Math.abs(u) <= REACH).sort((x, y) => x - y);
}

const REPAIR_STEPS = 50;

/**
 * A slice without butterfly arbitrage that keeps ATM variance, ATM skew and put wing (v, psi, p) of the given one. First the
 * call wing alone is lowered as little as helps; where no call wing does, least variance and call wing together move towards
 * Gatheral-Jacquier's (2014, §5.1) choice c' = p + 2psi, vTilde' = v·4pc'/(p + c')², for which absence is proven.
 *
 * The slice itself where it has no violation; `no_repair` where it has no jump-wings terms, or where they leave no room
 * (p + 2psi < 0), as no SVI slice with that skew and put wing is near.
 */
export function repairButterfly(slice: SviSlice): SviSlice | 'no_repair' {
  if (isButterflyFree(slice)) return slice;
  const wings = sviToJumpWings(slice);
  if (wings === 'no_variance') return 'no_repair';
  const { v, psi, p, c, vTilde } = wings;
  const target = p + 2 * psi;
  if (!(target > 0 && p > 0)) return 'no_repair';
  const leastTarget = (4 * v * p * target) / ((p + target) * (p + target));
  const lowered = (part: number) => sviFromJumpWings({ ...wings, c: c + part * (target - c) });
  const moved = (part: number) =>
    sviFromJumpWings({ ...wings, c: c + part * (target - c), vTilde: vTilde + part * (leastTarget - vTilde) });
  return leastChange(lowered) ?? leastChange(moved) ?? 'no_repair';
}

/** The slice of the least part in (0, 1] without arbitrage, by bisection: absence is taken to hold from there to 1. */
function leastChange(of: (part: number) => SviSlice | 'no_slice'): SviSlice | undefined {
  let good = of(1);
  if (good === 'no_slice' || !isButterflyFree(good)) return undefined;
  let low = 0;
  let high = 1;
  for (let i = 0; i < REPAIR_STEPS; i++) {
    const middle = 0.5 * (low + high);
    const slice = of(middle);
    if (slice !== 'no_slice' && isButterflyFree(slice)) {
      good = slice;
      high = middle;
    } else low = middle;
  }
  return good;
}

/** Whether a raw slice has valid parameters, positive variance and no {@link butterflyViolations}. */
export function isButterflyFree(slice: SviSlice): boolean {
  return (
    sviSliceProblems(slice).length === 0 && sviTotalVariance(slice, 0) > 0 && butterflyViolations(slice).length === 0
  );
}
