import { exponential, exponentialMinusOne, logRatio, normalCdf } from '../pricing/normal.ts';
import { PATH_BLOCK } from './pathNormals.ts';
import type { PathColumns, PathGrid } from './pathColumns.ts';

/**
 * Heston's model, or Bates' with jumps, as `HestonInput` has it:
 *   dS = (μ − λm̄)S dt + √v S dW + (e^J − 1)S dN, dv = κ(θ − v)dt + σ√v dZ, d⟨W,Z⟩ = ρ dt; E[S_t] = S₀e^{μt}.
 * spot > 0; v0, kappa, theta, sigma, jumpIntensity, jumpStdLog >= 0; −1 <= rho <= 1.
 */
export interface HestonTerms {
  readonly spot: number;
  readonly growth: number;
  readonly v0: number;
  readonly kappa: number;
  readonly theta: number;
  readonly sigma: number;
  readonly rho: number;
  /** Steps of the scheme in one of the grid, >= 1: its bias falls with their length. */
  readonly substeps: number;
}

export type HestonPaths =
  | (HestonTerms & { readonly kind: 'heston' })
  | (HestonTerms & {
      readonly kind: 'bates';
      readonly jumpIntensity: number;
      readonly jumpMeanLog: number;
      readonly jumpStdLog: number;
    });

/** Where the scheme changes from the square of a normal to an exponential with an atom at 0 (Andersen: anything in [1, 2]). */
const CRITICAL = 1.5;
const MOST_LOG = 700;

/**
 * Coefficients of one step of the quadratic-exponential scheme, Andersen, Simple and efficient simulation of the Heston
 * stochastic volatility model, J. Computational Finance 11 (2008): conditional mean and variance of v are mean0 + mean1·v and
 * spread0 + spread1·v; k0 … k4 are those of his eq. 33 with γ₁ = γ₂ = ½, all without the drift of the price.
 */
interface Scheme {
  readonly mean0: number;
  readonly mean1: number;
  readonly spread0: number;
  readonly spread1: number;
  readonly k0: number;
  readonly k1: number;
  readonly k2: number;
  readonly k3: number;
  readonly growth: number;
  readonly isDeterministic: boolean;
}

function schemeOf(model: HestonTerms, growth: number, years: number): Scheme {
  const { kappa, theta, sigma, rho } = model;
  const decay = exponential(-kappa * years);
  // (1 − e^{−κt})/κ, which is t where there is no reversion.
  const reach = kappa > 0 ? -exponentialMinusOne(-kappa * years) / kappa : years;
  const tilt = sigma > 0 ? rho / sigma : 0;
  const half = 0.5 * years * (kappa * tilt - 0.5);
  return {
    mean0: theta * kappa * reach,
    mean1: decay,
    spread0: 0.5 * theta * kappa * (sigma * reach) ** 2,
    spread1: sigma * sigma * decay * reach,
    k0: -tilt * kappa * theta * years,
    k1: half - tilt,
    k2: half + tilt,
    k3: 0.5 * years * (sigma > 0 ? 1 - rho * rho : 1),
    growth: growth * years,
    isDeterministic: !(sigma > 0),
  };
}

/** What one step of the variance leaves: the next one, and the logarithm of E[e^{A v'}] of the martingale correction, or NaN. */
const next = { variance: 0, logMoment: 0 };

/**
 * One step of the variance (Andersen eq. 23, 25) and ln E[e^{A v'} | v] (his propositions 5 and 7; NaN where it does not exist,
 * which takes ρ > 0 and a long step).
 */
function stepVariance(scheme: Scheme, v: number, z: number, a: number): void {
  const mean = scheme.mean0 + scheme.mean1 * v;
  const spread = scheme.spread0 + scheme.spread1 * v;
  if (!(mean > 0) || scheme.isDeterministic) {
    next.variance = Math.max(mean, 0);
    next.logMoment = a * next.variance;
    return;
  }
  const ratio = spread / (mean * mean);
  if (ratio <= CRITICAL) {
    const inverse = 2 / ratio;
    const bb = inverse - 1 + Math.sqrt(inverse * (inverse - 1));
    const scale = mean / (1 + bb);
    const root = Math.sqrt(bb) + z;
    const room = 1 - 2 * a * scale;
    next.variance = scale * root * root;
    next.logMoment = room > 0 ? (a * bb * scale) / room - 0.5 * logRatio(room, 1) : NaN;
    return;
  }
  const atom = (ratio - 1) / (ratio + 1);
  const beta = (1 - atom) / mean;
  const tail = normalCdf(-z);
  next.variance = tail < 1 - atom ? logRatio(1 - atom, tail) / beta : 0;
  next.logMoment = a < beta ? logRatio(atom + (beta * (1 - atom)) / (beta - a), 1) : NaN;
}

/** Number of jumps of a Poisson law of that mean, by inversion of N(z). */
function jumpCount(mean: number, z: number): number {
  const u = normalCdf(z);
  let probability = exponential(-mean);
  let reached = probability;
  let n = 0;
  // What is left beyond double precision is no jump.
  while (u > reached && probability > 1e-18 * reached) reached += probability *= mean / ++n;
  return n;
}

/** Prices and variances of paths 0 … size − 1 of a block, from the normals in its columns. |ln S/S₀| is cut at 700. */
export function writeHestonBlock(model: HestonPaths, grid: PathGrid, columns: PathColumns, size: number): void {
  const { prices, variances, factors } = columns;
  const stepYears = grid.stepYears / model.substeps;
  const jumps = model.kind === 'bates' ? model : undefined;
  const meanJump = jumps ? exponentialMinusOne(jumps.jumpMeanLog + 0.5 * jumps.jumpStdLog ** 2) : 0;
  const scheme = schemeOf(model, model.growth - (jumps?.jumpIntensity ?? 0) * meanJump, stepYears);
  for (let i = 0; i < size; i++) {
    let v = model.v0;
    let y = 0;
    for (let step = 0, fine = i; step < grid.steps; step++) {
      for (let part = 0; part < model.substeps; part++, fine += PATH_BLOCK) {
        y += diffuse(scheme, v, factors[0]![fine]!, factors[1]![fine]!);
        v = next.variance;
        if (jumps) y += jumpOf(jumps, stepYears, factors[2]![fine]!, factors[3]![fine]!);
      }
      prices[step * PATH_BLOCK + i] = model.spot * exponential(Math.max(Math.min(y, MOST_LOG), -MOST_LOG));
      variances[step * PATH_BLOCK + i] = v;
    }
  }
}

/**
 * ln S'/S of one step without jumps, the next variance in `next`: Andersen's eq. 33, with k0 such that E[S'] is exact (his
 * K₀*, section 4.3) where that exists.
 */
function diffuse(scheme: Scheme, v: number, zPrice: number, zVariance: number): number {
  const { k1, k2, k3 } = scheme;
  stepVariance(scheme, v, zVariance, k2 + 0.5 * k3);
  const { variance, logMoment } = next;
  const k0 = Number.isNaN(logMoment) ? scheme.k0 : -logMoment - (k1 + 0.5 * k3) * v;
  return scheme.growth + k0 + k1 * v + k2 * variance + Math.sqrt(k3 * (v + variance)) * zPrice;
}

function jumpOf(
  { jumpIntensity, jumpMeanLog, jumpStdLog }: HestonPaths & { kind: 'bates' },
  years: number,
  zCount: number,
  zSize: number,
): number {
  const n = jumpCount(jumpIntensity * years, zCount);
  return n > 0 ? n * jumpMeanLog + Math.sqrt(n) * jumpStdLog * zSize : 0;
}
