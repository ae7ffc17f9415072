import type { AmericanInput } from './american.ts';
import { blackGreeks, type Greeks } from './black.ts';
import { normalCdf } from './normal.ts';

/*
 * Published closed-form approximations of American options, for comparison with systems that use them; `american.ts` has
 * the value itself. Their error is up to some tenths of a percent of spot. Preconditions: those of AmericanInput with
 * time > 0, vol > 0 and rate > 0. Where exercise of a call never pays (q <= 0) they are the European value.
 */

const MOST_STEPS = 60;
const STEP_TOLERANCE = 1e-13;

function europeanAt(input: AmericanInput, spot: number): Greeks {
  const { strike, time, rate, dividendYield, vol, sign } = input;
  return blackGreeks({ spot, strike, time, rate, carry: rate - dividendYield, vol, sign });
}

/** What the two quadratic approximations share: the elasticity λ and the critical spot S*. */
interface Quadratic {
  readonly lambda: number;
  readonly critical: number;
  /** φ(S* − K) − V_E(S*), the premium at S*. */
  readonly premium: number;
}

function neverExercised(input: AmericanInput): boolean {
  const { rate, dividendYield, sign } = input;
  return sign > 0 ? dividendYield <= 0 && rate >= dividendYield : rate <= 0 && dividendYield >= rate;
}

/** λ and S* of φ(S* − K) = V_E(S*) + (S*)(φ − ∂V_E/∂S)/λ (Barone-Adesi and Whaley 1987, eq. 19 and 24), by Newton's method. */
function quadratic(input: AmericanInput): Quadratic {
  const { strike, time, rate, dividendYield, vol, sign } = input;
  const variance = vol * vol;
  const m = (2 * rate) / variance;
  const n1 = (2 * (rate - dividendYield)) / variance - 1;
  const lambda = 0.5 * (-n1 + sign * Math.sqrt(n1 * n1 - (4 * m) / Math.expm1(-rate * time)));
  const perpetual = 0.5 * (-n1 + sign * Math.sqrt(n1 * n1 + 4 * m));
  const limit = strike / (1 - 1 / perpetual);
  const spread = 2 * vol * Math.sqrt(time) + sign * (rate - dividendYield) * time;
  const shrink = Math.exp((-spread * strike) / Math.abs(limit - strike));
  let critical = sign > 0 ? strike + (limit - strike) * (1 - shrink) : limit + (strike - limit) * shrink;
  for (let step = 0; step < MOST_STEPS; step++) {
    const european = europeanAt(input, critical);
    const gap = sign * (critical - strike) - european.price - ((sign - european.delta) * critical) / lambda;
    const slope = (sign - european.delta) * (1 - 1 / lambda) + (european.gamma * critical) / lambda;
    const next = Math.max(critical - gap / slope, 0.1 * critical);
    const done = Math.abs(next - critical) < STEP_TOLERANCE * critical;
    critical = next;
    if (done) break;
  }
  return { lambda, critical, premium: sign * (critical - strike) - europeanAt(input, critical).price };
}

/** Barone-Adesi and Whaley (1987), eq. 20 and 25: V_E + A(S/S*)^λ, intrinsic value beyond S*. */
export function baroneAdesiWhaley(input: AmericanInput): number {
  const { spot, strike, sign } = input;
  const european = europeanAt(input, spot).price;
  if (neverExercised(input)) return european;
  const { lambda, critical, premium } = quadratic(input);
  if (sign * (spot - critical) >= 0) return sign * (spot - strike);
  return european + premium * Math.pow(spot / critical, lambda);
}

/** Ju (1998), "modified quadratic" (with Zhong 1999, eq. 14): Barone-Adesi and Whaley's premium over 1 − χ(ln S/S*). */
export function juQuadratic(input: AmericanInput): number {
  const { spot, strike, time, rate, dividendYield, vol, sign } = input;
  const european = europeanAt(input, spot).price;
  if (neverExercised(input)) return european;
  const { lambda, critical, premium } = quadratic(input);
  if (sign * (spot - critical) >= 0) return sign * (spot - strike);
  const variance = vol * vol;
  const alpha = (2 * rate) / variance;
  const beta = (2 * (rate - dividendYield)) / variance;
  const discount = Math.exp(-rate * time);
  const h = 1 - discount;
  const root = 2 * lambda + beta - 1;
  const lambdaByH = (-sign * alpha) / (h * h * Math.sqrt((beta - 1) ** 2 + (4 * alpha) / h));
  const europeanByH = -europeanAt(input, critical).theta / (rate * discount);
  const b = (discount * alpha * lambdaByH) / (2 * root);
  const c = (-discount * alpha * (europeanByH / premium + 1 / h + lambdaByH / root)) / root;
  const log = Math.log(spot / critical);
  return european + (premium * Math.pow(spot / critical, lambda)) / (1 - log * (b * log + c));
}

/**
 * Bjerksund and Stensland (1993): the value of exercise at the flat boundary I = B₀ + (B∞ − B₀)(1 − e^{h(T)}), or of none
 * before expiry if that is worth more. Puts by P(S, K, r, b) = C(K, S, r − b, −b).
 */
export function bjerksundStensland(input: AmericanInput): number {
  const { spot, strike, time, rate, dividendYield, vol, sign } = input;
  const flat =
    sign > 0
      ? flatBoundaryCall(spot, strike, time, rate, rate - dividendYield, vol)
      : flatBoundaryCall(strike, spot, time, dividendYield, dividendYield - rate, vol);
  return Math.max(flat, europeanAt(input, spot).price);
}

function flatBoundaryCall(
  spot: number,
  strike: number,
  time: number,
  rate: number,
  carry: number,
  vol: number,
): number {
  if (carry >= rate) return blackGreeks({ spot, strike, time, rate, carry, vol, sign: 1 }).price;
  const variance = vol * vol;
  const half = 0.5 - carry / variance;
  const beta = half + Math.sqrt(half * half + (2 * rate) / variance);
  const perpetual = (beta / (beta - 1)) * strike;
  const atExpiry = Math.max(strike, (rate / (rate - carry)) * strike);
  const growth = (-(carry * time + 2 * vol * Math.sqrt(time)) * atExpiry) / (perpetual - atExpiry);
  const trigger = atExpiry - (perpetual - atExpiry) * Math.expm1(growth);
  if (spot >= trigger) return spot - strike;
  const phi = (gamma: number, level: number): number =>
    cappedPower(spot / trigger, time, gamma, level / trigger, rate, carry, vol);
  return (
    (trigger - strike) * (Math.pow(spot / trigger, beta) - phi(beta, trigger)) +
    trigger * (phi(1, trigger) - phi(1, strike)) -
    strike * (phi(0, trigger) - phi(0, strike))
  );
}

/** φ(S, T | γ, H, I) of the paper's appendix over I^γ, spot and level over I too: no power of a price overflows. */
function cappedPower(
  spot: number,
  time: number,
  gamma: number,
  level: number,
  rate: number,
  carry: number,
  vol: number,
): number {
  const variance = vol * vol;
  const deviation = vol * Math.sqrt(time);
  const lambda = (-rate + gamma * carry + 0.5 * gamma * (gamma - 1) * variance) * time;
  const d = -(Math.log(spot / level) + (carry + (gamma - 0.5) * variance) * time) / deviation;
  const kappa = (2 * carry) / variance + 2 * gamma - 1;
  const log = Math.log(spot);
  const image = normalCdf(d + (2 * log) / deviation);
  const direct = Math.exp(lambda + gamma * log) * normalCdf(d);
  return image > 0 ? direct - Math.exp(lambda + (gamma - kappa) * log + Math.log(image)) : direct;
}
