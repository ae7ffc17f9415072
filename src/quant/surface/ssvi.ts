import { minimum2d } from './nelderMead.ts';
import type { VariancePoints } from './quasiExplicit.ts';
import type { SviSlice } from './svi.ts';

/**
 * One slice of the extended SSVI surface: w(k) = ½(θ + ρψk + √((ψk + ρθ)² + (1 − ρ²)θ²)). Hendriks-Martini (2017); SSVI is the
 * case of one ρ for all expiries (Gatheral-Jacquier 2014 eq 4.1, ψ = θφ).
 */
export interface EssviSlice {
  /** Years to expiry, > 0. */
  readonly time: number;
  /** ATM total variance, > 0. */
  readonly theta: number;
  /** Correlation-like skew, |ρ| < 1. */
  readonly rho: number;
  /** θφ, > 0: the wings have slopes ½ψ(1 ± ρ). */
  readonly psi: number;
}

/** The raw SVI slice that an eSSVI slice is: a = ½θ(1−ρ²), b = ½ψ, m = −ρθ/ψ, σ = θ√(1−ρ²)/ψ. */
export function essviToRaw({ time, theta, rho, psi }: EssviSlice): SviSlice {
  const rest = 1 - rho * rho;
  return {
    time,
    a: 0.5 * theta * rest,
    b: 0.5 * psi,
    rho,
    m: (-rho * theta) / psi,
    sigma: (theta * Math.sqrt(rest)) / psi,
  };
}

/** φ of the power law of Gatheral-Jacquier (2014) eq 4.5: η/(θ^γ(1+θ)^(1−γ)), arbitrage-free for η(1+|ρ|) <= 2, 0 < γ <= ½. */
export function powerLawPhi(theta: number, eta: number, gamma: number): number {
  return eta / (theta ** gamma * (1 + theta) ** (1 - gamma));
}

/** Gatheral-Jacquier (2014) theorem 4.2, sufficient for no butterfly arbitrage: ψ(1+|ρ|) < 4 and ψ²(1+|ρ|) <= 4θ. */
export function essviButterflyFree({ theta, rho, psi }: EssviSlice): boolean {
  const lean = 1 + Math.abs(rho);
  return theta > 0 && psi > 0 && Math.abs(rho) < 1 && psi * lean < 4 && psi * psi * lean <= 4 * theta;
}

/**
 * Sufficient for no calendar arbitrage between two slices: θ and ψ do not fall, |ρ2ψ2 − ρ1ψ1| <= ψ2 − ψ1, and φ = ψ/θ does
 * not rise. Hendriks-Martini (2017) prop. 3.5. The last one is needed: with θ the same and another ρψ the smiles cross at
 * the money however the wings lie.
 */
export function essviCalendarFree(earlier: EssviSlice, later: EssviSlice): boolean {
  const widening = later.psi - earlier.psi;
  return (
    later.theta >= earlier.theta &&
    widening >= 0 &&
    Math.abs(later.rho * later.psi - earlier.rho * earlier.psi) <= widening &&
    later.psi * earlier.theta <= earlier.psi * later.theta
  );
}

/** Fitted slices keep this far (relative) inside the conditions, so that rounding does not break them. */
const INSIDE = 1e-9;
const MOST_RHO = 0.995;
const EVALUATIONS = 80;
const INFEASIBLE = 1e12;

/**
 * An eSSVI surface without butterfly or calendar arbitrage, one slice per expiry, shortest first: each slice is the weighted
 * least-squares fit among those that the sufficient conditions allow after the one before. For given (ρ, φ) w is linear in
 * θ and every condition an interval of θ, so two parameters are searched (Nelder-Mead) and the third is exact.
 *
 * An expiry whose own quotes leave no room (its variance is below what the one before already takes) gets the slice before,
 * a little scaled up: never a crossing. Precondition: times ascending, at least one point each.
 */
export function fitEssvi(expiries: readonly { time: number; points: VariancePoints }[]): EssviSlice[] {
  const slices: EssviSlice[] = [];
  for (const { time, points } of expiries) slices.push(fitSlice(time, points, slices.at(-1)));
  return slices;
}

function fitSlice(time: number, points: VariancePoints, before: EssviSlice | undefined): EssviSlice {
  const level = atMoney(points);
  const mostPhi = before ? before.psi / before.theta : Infinity;
  const start = Math.min(mostPhi * 0.98, 1 / Math.sqrt(level));
  const objective = (x: number, y: number) => {
    const rho = MOST_RHO * Math.tanh(x);
    const phi = Math.exp(y);
    const theta = bestTheta(points, rho, phi, before);
    return theta === undefined ? INFEASIBLE : meanSquare(points, rho, phi, theta) / (level * level);
  };
  const startRho = before ? Math.atanh(before.rho / MOST_RHO) : 0;
  const best = minimum2d(objective, startRho, Math.log(start), 0.3, -0.4, EVALUATIONS);
  const rho = MOST_RHO * Math.tanh(best.x);
  const phi = Math.exp(best.y);
  const theta = bestTheta(points, rho, phi, before);
  if (theta !== undefined) return { time, theta, rho, psi: theta * phi };
  const last = before ?? { theta: level, rho: 0, psi: Math.min(level, Math.sqrt(level)) };
  return { time, theta: last.theta * (1 + INSIDE), rho: last.rho, psi: last.psi };
}

/** Variance at the point nearest to k = 0. */
function atMoney({ k, w }: VariancePoints): number {
  let best = 0;
  for (let i = 1; i < k.length; i++) if (Math.abs(k[i]!) < Math.abs(k[best]!)) best = i;
  return w[best]!;
}

/** w/θ of an eSSVI slice. */
function unitVariance(k: number, rho: number, phi: number): number {
  const x = phi * k + rho;
  return 0.5 * (1 + rho * phi * k + Math.sqrt(x * x + 1 - rho * rho));
}

/** The weighted least-squares θ inside what the conditions allow at this (ρ, φ); undefined where they allow none. */
function bestTheta(
  { k, w, weight }: VariancePoints,
  rho: number,
  phi: number,
  before: EssviSlice | undefined,
): number | undefined {
  const lean = (1 + Math.abs(rho)) * (1 + INSIDE);
  const most = Math.min(4 / (phi * lean), 4 / (phi * phi * lean));
  let least = 0;
  if (before) {
    if (phi * before.theta > before.psi) return undefined;
    const left = (before.psi * (1 - before.rho)) / (1 - rho);
    const right = (before.psi * (1 + before.rho)) / (1 + rho);
    least = Math.max(before.theta, left / phi, right / phi) * (1 + INSIDE);
  }
  if (!(least < most)) return undefined;
  let top = 0;
  let bottom = 0;
  for (let i = 0; i < k.length; i++) {
    const unit = unitVariance(k[i]!, rho, phi);
    top += weight[i]! * unit * w[i]!;
    bottom += weight[i]! * unit * unit;
  }
  return Math.min(most, Math.max(least, top / bottom));
}

function meanSquare({ k, w, weight }: VariancePoints, rho: number, phi: number, theta: number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < k.length; i++) {
    const gap = theta * unitVariance(k[i]!, rho, phi) - w[i]!;
    sum += weight[i]! * gap * gap;
    total += weight[i]!;
  }
  return sum / total;
}
