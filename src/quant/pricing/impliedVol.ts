import { logRatio, millsGap, millsRatio, normalPdf, normalQuantile } from './normal.ts';

const SQRT_TWO_PI = 2.5066282746310007;
/** Steps are of fourth order: one shorter than this (relative) leaves an error far below a rounding. */
const LAST_STEP = 1e-5;
const MOST_STEPS = 40;

/**
 * Black-76 implied volatility (decimal, per square root of a year).
 *
 * Solves discount·Black76(forward, strike, σ√time) = price to the attainable precision, which is that of the time value:
 * the time value is taken out of an in-the-money price first, but the digits lost in quoting it are gone. Householder
 * steps of third order on 1/ln c, c or ln(1 − c) by region, c the out-of-the-money value over min(F, K), kept inside a
 * bracket; after Jäckel, "Let's Be Rational" (2015), with a Bachelier-inverse initial guess.
 *
 * NaN when no volatility in (0, ∞) gives the price: the price is not strictly above discount·max(φ(F − K), 0) or not
 * strictly below discount·F (call) or discount·K (put); also for time or discount not above 0 and NaN input. Never throws.
 *
 * @param price value now, same currency as forward and strike
 * @param forward F > 0, of this expiry
 * @param strike K > 0
 * @param time years to expiry
 * @param discount e^{−rT}
 * @param sign +1 call, −1 put
 */
export function impliedVol(
  price: number,
  forward: number,
  strike: number,
  time: number,
  discount: number,
  sign: number,
): number {
  if (!(time > 0 && discount > 0)) return NaN;
  const timeValue = price / discount - Math.max(sign * (forward - strike), 0);
  const value = timeValue / Math.min(forward, strike);
  if (!(value > 0 && value < 1)) return NaN;
  return totalDeviation(Math.abs(logRatio(forward, strike)), value) / Math.sqrt(time);
}

/** The s = σ√T > 0 at which the normalised out-of-the-money value c(x, s) is `target`; x = |ln(F/K)|, 0 < target < 1. */
function totalDeviation(x: number, target: number): number {
  let low = 0;
  let high = Infinity;
  let s = initialGuess(x, target);
  for (let i = 0; i < MOST_STEPS; i++) {
    const h = x / s;
    const slope = normalPdf(h - 0.5 * s);
    const complement = complementOf(h, 0.5 * s, slope);
    const value = complement < 0.5 ? 1 - complement : valueOf(h, 0.5 * s, slope);
    const step = householderStep(h, s, slope, value, complement, target);
    if (Math.abs(step) <= LAST_STEP * s) return s + step;
    if (value < target) low = s;
    else high = s;
    const next = s + step;
    s = next > low && next < high ? next : high < Infinity ? 0.5 * (low + high) : 2 * s;
  }
  return s;
}

/** c(x, s) = n(near)·(M(near) − M(far)), near = h − s/2 and far = h + s/2, h = x/s; `slope` is n(near) = ∂c/∂s. */
function valueOf(h: number, half: number, slope: number): number {
  if (half < 0.05) return slope * millsGap(h, half);
  return h >= half ? slope * (millsRatio(h - half) - millsRatio(h + half)) : 1 - complementOf(h, half, slope);
}

/** 1 − c(x, s), to full relative accuracy where c > ½. */
function complementOf(h: number, half: number, slope: number): number {
  if (half < 0.05 || h >= half) return 1 - valueOf(h, half, slope);
  return slope * (millsRatio(half - h) + millsRatio(half + h));
}

/**
 * One Householder step of third order for g(c(s)) = g(target), where g makes c nearly linear in s: 1/ln c in the low
 * region, c itself in the middle, ln(1 − c) in the high one. c''/c' = h²/s − s/4, c'''/c' = (c''/c')² − 3h²/s² − 1/4.
 */
function householderStep(h: number, s: number, c1: number, value: number, complement: number, target: number): number {
  const r2 = (h * h) / s - 0.25 * s;
  const r3 = r2 * r2 - (3 * h * h) / (s * s) - 0.25;
  let newton = (target - value) / c1;
  let gamma = r2;
  let delta = r3;
  if (target < 0.02) {
    const log = Math.log(value);
    const u = c1 / value;
    const bend = u * (1 + 2 / log);
    newton = (log / u) * (1 - log / Math.log(target));
    gamma = r2 - bend;
    delta = r3 - 3 * r2 * bend + u * u * (2 + (6 + 6 / log) / log);
  } else if (target >= 0.5) {
    const u = c1 / complement;
    newton = Math.log(complement / (1 - target)) / u;
    gamma = r2 + u;
    delta = r3 + 3 * r2 * u + 2 * u * u;
  }
  return (newton * (1 + 0.5 * gamma * newton)) / (1 + newton * (gamma + (delta * newton) / 6));
}

/**
 * A start within some per cent: the s that would give `target` at the money, carried over to x by the normal (Bachelier)
 * model, whose inverse is one function of one number: G(h) = n(h)/h − N(−h), h = y²·R(y) with y = √(2 ln(1 + 1/G)), R
 * fitted to 6e-4 for h in [1e-8, 40] by weighted least squares in numpy.
 */
function initialGuess(x: number, target: number): number {
  const atMoney = target < 0.05 ? target * SQRT_TWO_PI : -2 * normalQuantile(0.5 * (1 - target));
  const g = atMoney / (SQRT_TWO_PI * x);
  if (!(g < 1e8)) return atMoney;
  const y = Math.sqrt(2 * Math.log1p(1 / g));
  const p = 0.19946410893264924 + y * (0.00027046804282957946 + y * (0.008692417979749621 + y * 0.0026586985122085093));
  const q =
    1 +
    y * (-0.0003398641460887007 + y * (0.04921870440852263 + y * (0.007858834864895196 + y * 0.0026752044732604604)));
  return (x * q) / (y * y * p);
}
