import { negativeIntervals, type Interval } from './intervals.ts';
import { sviTotalVariance, type SviSlice } from './svi.ts';

/** Part of the later variance below which a gap is rounding. */
const ROUNDING = 1e-12;

/**
 * The intervals of k on which the later slice has less total variance than the earlier one (calendar arbitrage), ends to
 * rounding; open to ±∞ where the wings cross for good. Two slices meet where a quartic in k is 0 (Gatheral-Jacquier 2014,
 * §3.2), so none is overlooked. A gap below 1e-12 of the variance is rounding. Precondition: parameters finite, σ > 0.
 */
export function calendarViolations(earlier: SviSlice, later: SviSlice): Interval[] {
  const scale = Math.max(earlier.sigma, later.sigma, Math.abs(earlier.m - later.m));
  const cuts = crossings(earlier, later, scale);
  const reach = FAR * scale;
  const points = [earlier.m - reach, ...cuts, earlier.m + reach].sort((x, y) => x - y);
  points.push(...points.slice(1).map((k, i) => 0.5 * (k + points[i]!)));
  points.push(points[0]! - reach, points.reduce((most, k) => Math.max(most, k), -Infinity) + reach);
  points.sort((x, y) => x - y);
  const relativeGap = (k: number) => {
    const w = sviTotalVariance(later, k);
    return (w - sviTotalVariance(earlier, k)) / Math.abs(w);
  };
  return negativeIntervals(relativeGap, points, ROUNDING).map(({ from, to, worst }) => ({
    from: from === points[0] ? -Infinity : from,
    to: to === points.at(-1) ? Infinity : to,
    worst,
    value: sviTotalVariance(later, worst) - sviTotalVariance(earlier, worst),
  }));
}

/** Beyond every crossing by this many scales lie the points that tell the sign in the wings. */
const FAR = 1e3;

/**
 * Ascending candidates for w1(k) = w2(k), among them every real one. With x = (k − m1)/scale the difference is
 * p(x) + b1·r1(x) − b2·r2(x), p linear and r_i² quadratic; squaring twice gives (p² + q1 − q2)² = 4p²q1, q_i = b_i² r_i².
 */
function crossings(first: SviSlice, second: SviSlice, scale: number): number[] {
  const shift = (second.m - first.m) / scale;
  const p0 = first.a - second.a + second.b * second.rho * shift * scale;
  const p1 = (first.b * first.rho - second.b * second.rho) * scale;
  const q1 = rootSquare(first, 0, scale);
  const q2 = rootSquare(second, shift, scale);
  const s0 = p0 * p0 + q1[0] - q2[0];
  const s1 = 2 * p0 * p1 + q1[1] - q2[1];
  const s2 = p1 * p1 + q1[2] - q2[2];
  const [c, d, e] = [4 * p0 * p0, 8 * p0 * p1, 4 * p1 * p1];
  const quartic = [
    s0 * s0 - c * q1[0],
    2 * s0 * s1 - (c * q1[1] + d * q1[0]),
    s1 * s1 + 2 * s0 * s2 - (c * q1[2] + d * q1[1] + e * q1[0]),
    2 * s1 * s2 - (d * q1[2] + e * q1[1]),
    s2 * s2 - e * q1[2],
  ];
  return candidates(quartic).map((x) => first.m + scale * x);
}

/** b²((k − m)² + σ²) as coefficients of x, constant first. */
function rootSquare({ b, sigma }: SviSlice, shift: number, scale: number): [number, number, number] {
  const s = sigma / scale;
  const factor = b * b * scale * scale;
  return [factor * (shift * shift + s * s), -2 * factor * shift, factor];
}

/**
 * Real roots of a polynomial (constant term first) and the roots of its derivatives, by which they are bracketed. A double
 * root, where the polynomial keeps its sign, is among those of the derivative.
 */
function candidates(coefficients: readonly number[]): number[] {
  const largest = coefficients.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  let degree = coefficients.length - 1;
  while (degree > 0 && Math.abs(coefficients[degree]!) <= 1e-14 * largest) degree--;
  if (degree === 0) return [];
  const lead = coefficients[degree]!;
  const poly = coefficients.slice(0, degree + 1).map((c) => c / lead);
  if (degree === 1) return [-poly[0]!];
  const bound = 1 + poly.slice(0, degree).reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  const extrema = candidates(poly.slice(1).map((c, i) => c * (i + 1)));
  const cuts = [-bound, ...extrema, bound];
  const roots = cuts.slice(1).flatMap((to, i) => rootIn(poly, cuts[i]!, to) ?? []);
  return [...extrema, ...roots].sort((x, y) => x - y);
}

function rootIn(poly: readonly number[], from: number, to: number): number | undefined {
  const value = (x: number) => poly.reduceRight((sum, c) => sum * x + c, 0);
  const atFrom = value(from);
  const atTo = value(to);
  if (atFrom === 0) return from;
  if (atFrom < 0 === atTo < 0) return undefined;
  let low = from;
  let high = to;
  for (let i = 0; i < 80 && high - low > 1e-15 * (Math.abs(low) + Math.abs(high)); i++) {
    const middle = 0.5 * (low + high);
    if (value(middle) < 0 === atFrom < 0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
