import { sviTotalVariance, sviVarianceCurvature, sviVarianceSlope, type SviSlice } from './svi.ts';

/** Total variance of one expiry by log-moneyness k = ln(K/F), with its first two derivatives in k. */
export interface SmileCurve {
  variance(k: number): number;
  slope(k: number): number;
  curvature(k: number): number;
}

export function sviCurve(slice: SviSlice): SmileCurve {
  return {
    variance: (k) => sviTotalVariance(slice, k),
    slope: (k) => sviVarianceSlope(slice, k),
    curvature: (k) => sviVarianceCurvature(slice, k),
  };
}

/**
 * Total variances joined by monotone cubics (Steffen 1990): between two points w stays between their values, once
 * differentiable; flat beyond the first and the last point, towards which the slope falls to 0. One point is a flat smile.
 *
 * @throws RangeError no points, k not strictly ascending, or arrays of different length
 */
export function monotoneCurve(k: readonly number[], w: readonly number[]): SmileCurve {
  const last = k.length - 1;
  if (last < 0 || w.length !== k.length) throw new RangeError('a curve needs one variance per log-moneyness');
  for (let i = 1; i <= last; i++) {
    if (!(k[i]! > k[i - 1]!)) throw new RangeError('log-moneynesses must be strictly ascending');
  }
  const slopes = steffenSlopes(k, w);
  const cubic = (x: number): Cubic | undefined => {
    if (!(x > k[0]! && x < k[last]!)) return undefined;
    let i = 0;
    while (k[i + 1]! <= x) i++;
    const h = k[i + 1]! - k[i]!;
    const secant = (w[i + 1]! - w[i]!) / h;
    const c2 = (3 * secant - 2 * slopes[i]! - slopes[i + 1]!) / h;
    const c3 = (slopes[i]! + slopes[i + 1]! - 2 * secant) / (h * h);
    return { t: x - k[i]!, c0: w[i]!, c1: slopes[i]!, c2, c3 };
  };
  return {
    variance(x) {
      const at = cubic(x);
      if (at) return at.c0 + at.t * (at.c1 + at.t * (at.c2 + at.t * at.c3));
      return Number.isNaN(x) ? NaN : x <= k[0]! ? w[0]! : w[last]!;
    },
    slope(x) {
      const at = cubic(x);
      return at ? at.c1 + at.t * (2 * at.c2 + 3 * at.t * at.c3) : 0;
    },
    curvature(x) {
      const at = cubic(x);
      return at ? 2 * at.c2 + 6 * at.t * at.c3 : 0;
    },
  };
}

interface Cubic {
  t: number;
  c0: number;
  c1: number;
  c2: number;
  c3: number;
}

/** Steffen (1990) eq 11: no steeper than twice the smaller secant, 0 where secants change sign, and 0 at the ends. */
function steffenSlopes(k: readonly number[], w: readonly number[]): number[] {
  return k.map((_, i) => {
    if (i === 0 || i === k.length - 1) return 0;
    const [h0, h1] = [k[i]! - k[i - 1]!, k[i + 1]! - k[i]!];
    const [s0, s1] = [(w[i]! - w[i - 1]!) / h0, (w[i + 1]! - w[i]!) / h1];
    const parabola = (s0 * h1 + s1 * h0) / (h0 + h1);
    return (Math.sign(s0) + Math.sign(s1)) * Math.min(Math.abs(s0), Math.abs(s1), 0.5 * Math.abs(parabola));
  });
}

/** A curve kept at or above `low` and at or below `high` (either may be absent); the derivatives are those of what holds. */
export function clampedCurve(curve: SmileCurve, low: SmileCurve | undefined, high: SmileCurve | undefined): SmileCurve {
  const holding = (k: number): SmileCurve => {
    const w = curve.variance(k);
    if (low && w < low.variance(k)) return low;
    return high && w > high.variance(k) ? high : curve;
  };
  return {
    variance: (k) => holding(k).variance(k),
    slope: (k) => holding(k).slope(k),
    curvature: (k) => holding(k).curvature(k),
  };
}
