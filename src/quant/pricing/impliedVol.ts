import { exponential, INV_SQRT_TWO_PI, logRatio, millsDenominator, millsGap, millsNumerator } from './normal.ts';

/*
 * The SIMD kernel (quant/kernel/assembly/impliedVol.ts) does the same operations in the same order, two prices at a time:
 * whoever changes one changes both, and the tests compare them bit for bit.
 */

const SQRT_TWO_PI = 2.5066282746310007;
/** Steps are of fourth order: one shorter than this (relative) leaves an error far below a rounding. */
const LAST_STEP = 5e-5;
const MOST_STEPS = 40;
const SIXTH = 1 / 6;
/** Below this half σ√T the value is a difference that would cancel: a series takes over. */
const SERIES_BELOW = 0.05;
/** Regions of the out-of-the-money value over min(F, K): below, 1/ln c is nearly linear in σ√T; above the other, ln(1 − c). */
const LOW_REGION = 0.02;
const HIGH_REGION = 0.5;

/** Why a price has no implied volatility. */
export type ImpliedVolRefusal = 'invalid_input' | 'at_or_below_intrinsic' | 'at_or_above_bound';

/**
 * Black-76 implied volatility (decimal, per square root of a year), or why there is none.
 *
 * Solves discount·Black76(forward, strike, σ√time) = price to the attainable precision, which is that of the time value:
 * the time value is taken out of an in-the-money price first, but the digits lost in quoting it are gone. Householder
 * steps of third order on 1/ln c, c or ln(1 − c) by region, c the out-of-the-money value over min(F, K), kept inside a
 * bracket; after Jäckel, "Let's Be Rational" (2015), with a Bachelier-inverse initial guess.
 *
 * `at_or_below_intrinsic`: the price is not strictly above discount·max(φ(F − K), 0); `at_or_above_bound`: not strictly
 * below discount·F (call) or discount·K (put); `invalid_input`: forward, strike, time or discount not above 0, or
 * anything not finite. Never throws.
 *
 * @param price value now, same currency as forward and strike
 * @param forward F > 0, of this expiry
 * @param strike K > 0
 * @param time years to expiry
 * @param discount e^{−rT}
 * @param sign +1 call, −1 put
 */
export function solveImpliedVol(
  price: number,
  forward: number,
  strike: number,
  time: number,
  discount: number,
  sign: number,
): number | ImpliedVolRefusal {
  const admissible = time > 0 && discount > 0 && forward > 0 && strike > 0 && Math.abs(sign) === 1;
  if (!(admissible && Number.isFinite(price + forward + strike + time + discount))) return 'invalid_input';
  const timeValue = price / discount - Math.max(sign * (forward - strike), 0);
  const smaller = Math.min(forward, strike);
  const value = timeValue / smaller;
  if (!(value > 0)) return 'at_or_below_intrinsic';
  if (!(value < 1)) return 'at_or_above_bound';
  const distance = Math.abs(forward - strike) / smaller;
  return totalDeviation(Math.abs(logRatio(forward, strike)), distance, value) / Math.sqrt(time);
}

/** As {@link solveImpliedVol}, NaN in place of a reason. */
export function impliedVol(
  price: number,
  forward: number,
  strike: number,
  time: number,
  discount: number,
  sign: number,
): number {
  const solved = solveImpliedVol(price, forward, strike, time, discount, sign);
  return typeof solved === 'number' ? solved : NaN;
}

/**
 * The s = σ√T > 0 at which the normalised out-of-the-money value c(x, s) is `target`; x = |ln(F/K)|,
 * `distance` = |F − K|/min(F, K), 0 < target < 1.
 */
function totalDeviation(x: number, distance: number, target: number): number {
  let low = 0;
  let high = Infinity;
  let s = initialGuess(x, distance, target);
  const logTarget = logRatio(target, 1);
  const invLogTarget = 1 / logTarget;
  for (let i = 0; i < MOST_STEPS; i++) {
    const invS = 1 / s;
    const h = x * invS;
    const half = 0.5 * s;
    const near = h - half;
    const slope = INV_SQRT_TWO_PI * exponential(-0.5 * near * near);
    const direct = h >= half || half < SERIES_BELOW;
    const part = half < SERIES_BELOW ? slope * millsGap(h, half) : slope * millsPair(near, h + half);
    const value = direct ? part : 1 - part;
    const step = householderStep(h, s, invS, slope, value, direct ? 1 - part : part, target, logTarget, invLogTarget);
    if (Math.abs(step) <= LAST_STEP * s) return s + step;
    if (value < target) low = s;
    else high = s;
    const next = s + step;
    s = next > low && next < high ? next : high < Infinity ? 0.5 * (low + high) : 2 * s;
  }
  return s;
}

/**
 * M(near) − M(far) for near >= 0, which times n(near) is c(x, s) = n(near)(M(near) − M(far)), near = h − s/2,
 * far = h + s/2, h = x/s; M(−near) + M(far) for near < 0, which gives 1 − c(x, s), both to full relative accuracy. One
 * division for both.
 */
function millsPair(near: number, far: number): number {
  const z = Math.abs(near);
  const q1 = millsDenominator(z);
  const q2 = millsDenominator(far);
  const p1 = millsNumerator(z) * q2;
  const p2 = millsNumerator(far) * q1;
  return (near >= 0 ? p1 - p2 : p1 + p2) / (q1 * q2);
}

/**
 * One Householder step of third order for g(c(s)) = g(target), where g makes c nearly linear in s: 1/ln c in the low
 * region, c itself in the middle, ln(1 − c) in the high one. c' = n(near) = `slope`, c''/c' = h²/s − s/4,
 * c'''/c' = (c''/c')² − 3h²/s² − 1/4.
 */
function householderStep(
  h: number,
  s: number,
  invS: number,
  slope: number,
  value: number,
  complement: number,
  target: number,
  logTarget: number,
  invLogTarget: number,
): number {
  const hs = h * invS;
  const r2 = h * hs - 0.25 * s;
  const r3 = r2 * r2 - 3 * hs * hs - 0.25;
  let rise = target - value;
  let gamma = r2;
  let curve = r3;
  if (target < LOW_REGION) {
    const log = logRatio(value, 1);
    const invLog = 1 / log;
    const u = slope / value;
    const bend = u * (1 + 2 * invLog);
    rise = (logTarget - log) * log * invLogTarget * value;
    gamma = r2 - bend;
    curve = r3 - 3 * r2 * bend + u * u * (2 + (6 + 6 * invLog) * invLog);
  } else if (target >= HIGH_REGION) {
    const u = slope / complement;
    rise = logRatio(complement, 1 - target) * complement;
    gamma = r2 + u;
    curve = r3 + 3 * r2 * u + 2 * u * u;
  }
  const newton = rise / slope;
  return (newton * (1 + 0.5 * gamma * newton)) / (1 + newton * (gamma + curve * newton * SIXTH));
}

/** Winitzki's constant of erf⁻¹(t)² ≈ √(A² − L/a) − A, L = ln(1 − t²), A = 2/πa + L/2: within 0.2 % over (0, 1). */
const WINITZKI = 0.147;

/** What c would be without the curvature of the lognormal model: √(8/2π)·erf⁻¹(c), which is s/√2π at the money. */
function uncurved(target: number): number {
  const log = logRatio((1 - target) * (1 + target), 1);
  const middle = 2 / (Math.PI * WINITZKI) + 0.5 * log;
  const inverse = -log / (WINITZKI * (Math.sqrt(middle * middle - log / WINITZKI) + middle));
  return Math.sqrt(8 * inverse) * INV_SQRT_TWO_PI;
}

/**
 * A start so near that one step mostly suffices: within 2e-5 for s < 0.1, 7e-4 for s < 0.5, 2 % for s < 2 below the high
 * region (compared with the exact s on a random 300,000 in numpy), of the right size beyond.
 *
 * The normal (Bachelier) model first, whose inverse is one function of one number: with d = |F − K|/min(F, K) and
 * c/d = n(h)/h − N(−h), h = y²·R(y) for y = √(2 ln(1 + d/c)), R fitted to 2e-6 for h in [1e-8, 8] and 2e-5 up to 40 (Loeb
 * and Lawson as for the Mills ratio, in mpmath). Then s = x/h·(1 + as² + s⁴/5760), a = (1 − x²/120)/24, solved to second
 * order in s² (Hagan, Kumar, Lesniewski and Woodward, "Managing Smile Risk", 2002, appendix, where the two models' volatilities
 * are compared); a is written so that it stays positive. In the high region, beyond that expansion, the curvature is taken
 * out of c instead.
 */
function initialGuess(x: number, distance: number, target: number): number {
  const isHigh = target >= HIGH_REGION;
  const level = isHigh ? uncurved(target) : target;
  const s = distance > 1e-8 * level ? normalDeviation(x, distance, level) : SQRT_TWO_PI * level;
  if (isHigh) return s;
  const ss = s * s;
  const bend = ss / (24 + 0.2 * x * x);
  return s * (1 + bend * (1 + 2 * bend) + ss * ss * (1 / 5760));
}

function normalDeviation(x: number, distance: number, level: number): number {
  const yy = 2 * logRatio(level + distance, level);
  const y = Math.sqrt(yy);
  const p =
    0.19947074933127354 +
    y *
      (-0.030693356393658548 +
        y *
          (0.014552683070502257 +
            y * (0.0009296234213597095 + y * (0.00023914828702428187 + y * 0.00014892327510065363))));
  const q =
    1 +
    y *
      (-0.15393888336817785 +
        y *
          (0.07331516247351735 +
            y *
              (0.003916639126669923 +
                y * (0.0028698202273758225 + y * (0.00024066625715677401 + y * 0.00014898189813258937)))));
  return (x * q) / (yy * p);
}
