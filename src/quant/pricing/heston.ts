import { blackGreeks } from './black.ts';
import {
  type Contour,
  DOWNWARDS,
  FLAT,
  type HestonTerms,
  NODE_SIZE,
  openTransform,
  refineTransform,
  type Transform,
  UPWARDS,
} from './hestonTransform.ts';
import { logRatio } from './normal.ts';

/**
 * One European option under Heston's model, or Bates' where jumpIntensity > 0:
 *   dS = (r − q − λm̄)S dt + √v S dW + (e^J − 1)S dN, dv = κ(θ − v)dt + σ√v dZ, d⟨W,Z⟩ = ρ dt, J normal, m̄ = E[e^J] − 1.
 * Preconditions, which the caller checks: spot, strike > 0; time, v0, kappa, theta, sigma, jumpIntensity, jumpStdLog >= 0;
 * −1 <= rho <= 1; sign ±1; all finite.
 */
export interface HestonInput {
  readonly spot: number;
  readonly strike: number;
  /** T, years to expiry. */
  readonly time: number;
  /** r, continuously compounded, per year. */
  readonly rate: number;
  /** q, continuously compounded, per year. */
  readonly dividendYield: number;
  /** Variance now, per year (0.04 is a volatility of 20 %). */
  readonly v0: number;
  /** κ, speed of mean reversion, per year. */
  readonly kappa: number;
  /** θ, long-run variance, per year. */
  readonly theta: number;
  /** σ, volatility of variance. */
  readonly sigma: number;
  readonly rho: number;
  /** +1 call, −1 put. */
  readonly sign: number;
  /** λ, jumps per year; 0 or absent is Heston's model. */
  readonly jumpIntensity?: number;
  /** Mean of the logarithm of a jump. */
  readonly jumpMeanLog?: number;
  /** Standard deviation of the logarithm of a jump. */
  readonly jumpStdLog?: number;
}

/** Value and sensitivities of one long unit, in the units of mathematics (vol per 1.00, time per year, rates per 1.00). */
export interface HestonGreeks {
  readonly price: number;
  /** ∂V/∂S, v0 held. */
  readonly delta: number;
  /** ∂²V/∂S², v0 held. */
  readonly gamma: number;
  /** ∂V/∂√v0. */
  readonly vega: number;
  /** ∂V/∂t, S and v0 held. */
  readonly theta: number;
  /** ∂V/∂r, S and q held. */
  readonly rho: number;
  /** ∂V/∂q, S and r held. */
  readonly rhoDividend: number;
  /** delta + (ρσ/S)·∂V/∂v0: the stock that leaves the least variance from the diffusion. Jumps are not in it. */
  readonly minVarianceDelta: number;
}

/** The step is halved until two interleaved trapezoidal rules differ by less than this; the error squares at each halving. */
const AGREEMENT = 1e-7;
/** The same for the integral of gamma, relative to what is more, itself or 1: it converges last. */
const CURVATURE_AGREEMENT = 1e-5;
const MOST_LEVELS = 7;
/** The transforms of the terms last asked for, one of each contour used: a chain of one expiry computes them once. */
let cache: Transform[] = [];

function transformOf(terms: HestonTerms, contour: Contour): Transform {
  if (cache.length > 0 && !sameTerms(cache[0]!.terms, terms)) cache = [];
  const held = cache.find((transform) => transform.contour === contour);
  if (held !== undefined) return held;
  const opened = openTransform(terms, contour);
  cache.push(opened);
  return opened;
}

function sameTerms(a: HestonTerms, b: HestonTerms): boolean {
  return (
    a.time === b.time &&
    a.v0 === b.v0 &&
    a.kappa === b.kappa &&
    a.theta === b.theta &&
    a.sigma === b.sigma &&
    a.rho === b.rho &&
    a.jumpIntensity === b.jumpIntensity &&
    a.jumpMeanLog === b.jumpMeanLog &&
    a.jumpStdLog === b.jumpStdLog
  );
}

/** Above this ratio of oscillation to decay a tilted contour needs fewer nodes than the flat one (measured). */
const STEEP_OSCILLATION = 3;

/**
 * The contours to try for k = ln(F/K), in order. Far out ψe^{iuk} is e^{(−c + if)u/σ}, c = √(1 − ρ²)V, f = kσ − ρV,
 * V = v0 + κθT; near the origin it is e^{iuk}. Where f is large beside c, a contour tilted to the side of its sign turns the
 * oscillation into decay, if k has that sign too. Otherwise the flat one serves, but for strikes many deviations away.
 */
function contoursFor(terms: HestonTerms, k: number): readonly Contour[] {
  const { v0, kappa, theta, sigma, rho, time } = terms;
  const variance = v0 + kappa * theta * time;
  const frequency = k * sigma - rho * variance;
  const decay = Math.sqrt(1 - rho * rho) * variance;
  const tilted = k > 0 ? UPWARDS : DOWNWARDS;
  return Math.abs(frequency) > STEEP_OSCILLATION * decay && frequency * k > 0 ? [tilted, FLAT] : [FLAT, tilted];
}

/** I, ∂I/∂k, ∂²I/∂k², ∂I/∂v0, ∂I/∂T with I = Re∫₀^∞ e^{iuk}ψ(u − i/2)/(u² + ¼) du. */
const integrals = new Float64Array(5);
const sums = new Float64Array(5);

/** Adds the integrands at nodes from … to − 1 to `sums`. */
function addNodes(values: Float64Array, k: number, from: number, to: number): void {
  let [s0, s1, s2, s3, s4] = [0, 0, 0, 0, 0];
  for (let at = from * NODE_SIZE; at < to * NODE_SIZE; at += NODE_SIZE) {
    const uRe = values[at]!;
    const uIm = values[at + 1]!;
    const size = Math.exp(values[at + 2]! - uIm * k);
    const angle = values[at + 3]! + uRe * k;
    const re = size * Math.cos(angle);
    const im = size * Math.sin(angle);
    const fRe = re * values[at + 4]! - im * values[at + 5]!;
    const fIm = re * values[at + 5]! + im * values[at + 4]!;
    const half = at === 0 ? 0.5 : 1;
    s0 += half * fRe;
    s1 -= half * (uRe * fIm + uIm * fRe);
    s2 -= half * ((uRe * uRe - uIm * uIm) * fRe - 2 * uRe * uIm * fIm);
    s3 += half * (values[at + 6]! * fRe - values[at + 7]! * fIm);
    s4 += half * (values[at + 8]! * fRe - values[at + 9]! * fIm);
  }
  sums[0] = sums[0]! + s0;
  sums[1] = sums[1]! + s1;
  sums[2] = sums[2]! + s2;
  sums[3] = sums[3]! + s3;
  sums[4] = sums[4]! + s4;
}

/** Trapezoidal sums into `integrals`, halving the step; whether the last two rules agreed. */
function integrate(transform: Transform, k: number): boolean {
  const { levelEnds, contour } = transform;
  sums.fill(0);
  let from = 0;
  let before = Infinity;
  let curvatureBefore = Infinity;
  for (let level = 0; level <= MOST_LEVELS; level++) {
    if (level === levelEnds.length) refineTransform(transform);
    addNodes(transform.values, k, from, levelEnds[level]!);
    from = levelEnds[level]!;
    const step = contour.firstStep / 2 ** level;
    for (let c = 0; c < integrals.length; c++) integrals[c] = step * sums[c]!;
    const curvature = integrals[2]!;
    const bend = Math.abs(curvature - curvatureBefore) / Math.max(1, Math.abs(curvature));
    if (Math.abs(integrals[0]! - before) < AGREEMENT && bend < CURVATURE_AGREEMENT) return true;
    before = integrals[0]!;
    curvatureBefore = curvature;
  }
  return false;
}

/**
 * Price and Greeks of one long European option under Heston's model, or Bates'.
 *
 * Lewis' single integral (Lewis 2000), C = Se^{−qT} − Ke^{−rT}·e^{k/2}·I/π, k = ln(F/K), by the trapezoidal rule on a hyperbola
 * in the complex plane, where it converges geometrically; two interleaved rules must agree, and the error left is about the
 * square of their difference. Puts by parity. Every Greek is an integral of its own, none a difference.
 *
 * Error of the price below 1e-10 of max(S, K), mostly 1e-15; never below intrinsic value of the forward. 'quadrature_disagrees' where the rules
 * have not met after seven halvings on either of two contours (Bates with hardly any diffusion and jumps of one size). At
 * time 0, and with no variance and no jumps to come, Black's value at vol 0. σ = 0, κ = 0, v0 = 0 and |ρ| = 1 are ordinary
 * cases; vega is 0 at v0 = 0 as √v0 makes it. Never NaN, never throws within the preconditions.
 */
export function hestonGreeks(input: HestonInput): HestonGreeks | 'quadrature_disagrees' {
  const terms: HestonTerms = {
    time: input.time,
    v0: input.v0,
    kappa: input.kappa,
    theta: input.theta,
    sigma: input.sigma,
    rho: input.rho,
    jumpIntensity: input.jumpIntensity ?? 0,
    jumpMeanLog: input.jumpMeanLog ?? 0,
    jumpStdLog: input.jumpStdLog ?? 0,
  };
  if (isDeterministic(terms)) return deterministic(input);
  const k = logRatio(input.spot, input.strike) + (input.rate - input.dividendYield) * input.time;
  for (const contour of contoursFor(terms, k)) if (integrate(transformOf(terms, contour), k)) return assemble(input, k);
  return 'quadrature_disagrees';
}

function isDeterministic(terms: HestonTerms): boolean {
  return terms.time === 0 || (terms.v0 === 0 && terms.kappa * terms.theta === 0 && terms.jumpIntensity === 0);
}

function deterministic(input: HestonInput): HestonGreeks {
  const { spot, strike, time, rate, dividendYield, sign } = input;
  const black = blackGreeks({ spot, strike, time, rate, carry: rate - dividendYield, vol: 0, sign });
  const { price, delta, gamma, theta, rho } = black;
  return { price, delta, gamma, vega: 0, theta, rho, rhoDividend: -time * spot * delta, minVarianceDelta: delta };
}

/** From the integrals at hand; w is what the call lacks of the spot leg, wk and wkk its derivatives by k, S and K held. */
function assemble(input: HestonInput, k: number): HestonGreeks {
  const { spot, strike, time, rate, dividendYield } = input;
  const put = input.sign < 0;
  const spotLeg = spot * Math.exp(-dividendYield * time);
  const strikeLeg = strike * Math.exp(-rate * time);
  const scale = (strikeLeg * Math.exp(0.5 * k)) / Math.PI;
  const first = integrals[1]!;
  const w = scale * integrals[0]!;
  const wk = scale * (0.5 * integrals[0]! + first);
  const wkk = scale * (0.25 * integrals[0]! + first + integrals[2]!);
  const byVariance = -scale * integrals[3]!;
  const callByTime = -dividendYield * spotLeg + rate * w - (rate - dividendYield) * wk - scale * integrals[4]!;
  const delta = ((put ? 0 : spotLeg) - wk) / spot;
  return {
    price: Math.max((put ? strikeLeg : spotLeg) - w, input.sign * (spotLeg - strikeLeg), 0),
    delta,
    gamma: Math.max((wk - wkk) / (spot * spot), 0),
    vega: 2 * Math.sqrt(input.v0) * byVariance,
    theta: (put ? rate * strikeLeg - dividendYield * spotLeg : 0) - callByTime,
    rho: time * (w - wk - (put ? strikeLeg : 0)),
    rhoDividend: -time * spot * delta,
    minVarianceDelta: delta + (input.rho * input.sigma * byVariance) / spot,
  };
}
