import { minimum2d } from './nelderMead.ts';
import { addHalfSpace, halfSpaces, minimiseQuadratic, type HalfSpaces } from './quadratic.ts';
import { durrleman, type SviSlice } from './svi.ts';

/** What a smile is to meet: total variances at log-moneynesses, each with the weight of its squared deviation. */
export interface VariancePoints {
  readonly k: Float64Array;
  readonly w: Float64Array;
  readonly weight: Float64Array;
}

/** What a slice must keep to: variance between bounds on a grid, wing slopes below and above those of its neighbours. */
export interface SliceLimits {
  /** Ascending; the places where g >= 0 and the bounds are asked for. */
  readonly k: Float64Array;
  /** Least and greatest total variance at each k; greatest may be Infinity. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Least and greatest |w'| at k → −∞ and k → +∞; greatest 2 by Lee. */
  readonly leftSlope: readonly [number, number];
  readonly rightSlope: readonly [number, number];
}

export interface SviFit {
  readonly slice: SviSlice;
  /** Weighted mean of squared deviations. */
  readonly objective: number;
}

/** |ρ| of a fitted slice stays below: at 1 a wing is flat and raw parameters lose their meaning. */
const MOST_RHO = 0.999;
/** g is held above this on the grid, so that it does not fall below 0 between its points. */
const LEAST_G = 1e-3;
/** Rounds of taking in the tangent half-space where g is least. */
const CUTS = 5;
/** What a g below LEAST_G, or bounds that cannot be met, cost against a mean squared deviation. */
const PENALTY = 1e3;
const INFEASIBLE = 1e12;

const GRID_M = [-0.6, -0.25, 0, 0.25, 0.6];
const GRID_SIGMA = [0.05, 0.15, 0.4, 1];

/**
 * The raw SVI slice of least weighted squared deviation under the limits, g >= 0 among them, by the quasi-explicit method
 * (De Marco-Martini, Zeliade 2009): with y = (k−m)/σ a slice is w = a + d·y + c·√(y²+1), linear in (a, d, c), so that for
 * given (m, σ) the best one under linear limits is a quadratic programme in three unknowns; (m, σ) are searched by
 * Nelder-Mead. Variance and calendar bounds and Lee's slopes are linear too. Durrleman's g is not: where it is below 0, its
 * tangent half-space is taken in and the programme solved again.
 *
 * `no_slice` where no (m, σ) that was tried meets the limits. `start` is searched from, instead of from a coarse grid.
 * Precondition: at least one point of positive weight; k ascending.
 */
export function fitSvi(
  time: number,
  points: VariancePoints,
  limits: SliceLimits,
  evaluations: number,
  start?: SviSlice,
): SviFit | 'no_slice' {
  const problem = innerProblem(points, limits);
  const [kLow, kHigh] = [points.k[0]!, points.k.at(-1)!];
  const width = Math.max(kHigh - kLow, 1e-3);
  const objective = (m: number, logSigma: number) => {
    const outside = Math.max(kLow - width - m, m - kHigh - width, 0) / width;
    const sigma = Math.exp(logSigma);
    if (outside > 0 || sigma > 4 * width || sigma < 1e-4 * width) return INFEASIBLE * (1 + outside);
    return problem.solve(m, sigma);
  };
  const from = start ? ([start.m, Math.log(start.sigma)] as const) : bestOnGrid(objective, kLow, kHigh, width);
  const best = minimum2d(objective, from[0], from[1], (start ? 0.05 : 0.15) * width, start ? 0.2 : 0.5, evaluations);
  const value = objective(best.x, best.y);
  if (value >= INFEASIBLE) return 'no_slice';
  return { slice: problem.slice(time, best.x, Math.exp(best.y)), objective: value };
}

function bestOnGrid(f: (m: number, logSigma: number) => number, kLow: number, kHigh: number, width: number) {
  let best = [0, 0] as readonly [number, number];
  let least = Infinity;
  for (const shift of GRID_M) {
    for (const scale of GRID_SIGMA) {
      const at = [0.5 * (kLow + kHigh) + shift * width * 0.8, Math.log(scale * width)] as const;
      const value = f(at[0], at[1]);
      if (value < least) {
        least = value;
        best = at;
      }
    }
  }
  return best;
}

interface InnerProblem {
  /** Least weighted mean squared deviation at this (m, σ), with what its violations cost. */
  solve(m: number, sigma: number): number;
  /** The slice that the last call of `solve` found. */
  slice(time: number, m: number, sigma: number): SviSlice;
}

function innerProblem(points: VariancePoints, limits: SliceLimits): InnerProblem {
  const total = points.weight.reduce((sum, weight) => sum + weight, 0);
  const H = new Float64Array(6);
  const f = new Float64Array(3);
  const x = new Float64Array(3);
  const spaces = halfSpaces(2 * limits.k.length + 8 + CUTS);

  function solve(m: number, sigma: number): number {
    const squares = moments(points, total, m, sigma, H, f);
    linearLimits(limits, m, sigma, spaces);
    let least = -Infinity;
    for (let cut = 0; ; cut++) {
      if (!minimiseQuadratic(H, f, spaces, x)) return cut === 0 ? INFEASIBLE : deviation(squares) + PENALTY;
      least = cutLeastG(limits.k, m, sigma, x, spaces, cut < CUTS);
      if (least >= 0.5 * LEAST_G || cut >= CUTS) break;
    }
    return deviation(squares) + (least < 0 ? PENALTY * least * least : 0);
  }
  function deviation(squares: number): number {
    const [a, d, c] = x as unknown as [number, number, number];
    const quadratic = a * (H[0]! * a + 2 * (H[1]! * d + H[2]! * c)) + d * (H[3]! * d + 2 * H[4]! * c) + H[5]! * c * c;
    return Math.max(0, quadratic - 2 * (f[0]! * a + f[1]! * d + f[2]! * c) + squares);
  }
  return {
    solve,
    slice(time, m, sigma) {
      solve(m, sigma);
      const c = Math.max(x[2]!, 1e-300);
      return { time, a: x[0]!, b: c / sigma, rho: clampRho(x[1]! / c), m, sigma };
    },
  };
}

function clampRho(rho: number): number {
  return Math.max(-MOST_RHO, Math.min(MOST_RHO, rho));
}

/** Normal matrix and right side of w ≈ a + d·y + c·z, weights summing to one; answers the weighted mean of w². */
function moments(
  { k, w, weight }: VariancePoints,
  total: number,
  m: number,
  sigma: number,
  H: Float64Array,
  f: Float64Array,
): number {
  let [h0, h1, h2, h3, h4, h5, f0, f1, f2, squares] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < k.length; i++) {
    const y = (k[i]! - m) / sigma;
    const z = Math.sqrt(y * y + 1);
    const omega = weight[i]! / total;
    const target = w[i]!;
    h0 += omega;
    h1 += omega * y;
    h2 += omega * z;
    h3 += omega * y * y;
    h4 += omega * y * z;
    h5 += omega * z * z;
    f0 += omega * target;
    f1 += omega * y * target;
    f2 += omega * z * target;
    squares += omega * target * target;
  }
  // A ridge far below what quotes resolve: with few distinct strikes the matrix would be singular.
  H[0] = h0 * (1 + 1e-10);
  H[1] = h1;
  H[2] = h2;
  H[3] = h3 + 1e-10 * h5;
  H[4] = h4;
  H[5] = h5 * (1 + 1e-10);
  f[0] = f0;
  f[1] = f1;
  f[2] = f2;
  return squares;
}

/** In (a, d, c): |d| <= c·MOST_RHO, wing slopes (c ± d)/σ, w between its bounds on the grid. */
function linearLimits(limits: SliceLimits, m: number, sigma: number, spaces: HalfSpaces): void {
  spaces.count = 0;
  const { k, low, high, leftSlope, rightSlope } = limits;
  addHalfSpace(spaces, 0, 1, MOST_RHO, 0);
  addHalfSpace(spaces, 0, -1, MOST_RHO, 0);
  addHalfSpace(spaces, 0, -1, 1, leftSlope[0] * sigma);
  addHalfSpace(spaces, 0, 1, -1, -leftSlope[1] * sigma);
  addHalfSpace(spaces, 0, 1, 1, rightSlope[0] * sigma);
  addHalfSpace(spaces, 0, -1, -1, -rightSlope[1] * sigma);
  for (let i = 0; i < k.length; i++) {
    const y = (k[i]! - m) / sigma;
    const z = Math.sqrt(y * y + 1);
    addHalfSpace(spaces, 1, y, z, low[i]!);
    if (high[i]! < Infinity) addHalfSpace(spaces, -1, -y, -z, -high[i]!);
  }
}

/** Least g on the grid; where it is below LEAST_G and `cut` is asked for, the tangent half-space g >= LEAST_G there. */
function cutLeastG(
  ks: Float64Array,
  m: number,
  sigma: number,
  x: Float64Array,
  spaces: HalfSpaces,
  cut: boolean,
): number {
  const [a, d, c] = x as unknown as [number, number, number];
  let least = Infinity;
  let place = 0;
  for (let i = 0; i < ks.length; i++) {
    const y = (ks[i]! - m) / sigma;
    const z = Math.sqrt(y * y + 1);
    const g = durrleman(ks[i]!, a + d * y + c * z, (d + (c * y) / z) / sigma, c / (sigma * sigma * z * z * z));
    if (g < least) {
      least = g;
      place = ks[i]!;
    }
  }
  if (cut && least < 0.5 * LEAST_G && least > -Infinity) addTangent(place, m, sigma, a, d, c, least, spaces);
  return Math.max(least, -1);
}

function addTangent(
  k: number,
  m: number,
  sigma: number,
  a: number,
  d: number,
  c: number,
  g: number,
  spaces: HalfSpaces,
): void {
  const y = (k - m) / sigma;
  const z = Math.sqrt(y * y + 1);
  const w = a + d * y + c * z;
  const slope = (d + (c * y) / z) / sigma;
  const lean = 1 - (k * slope) / (2 * w);
  const byW = (lean * k * slope + 0.25 * slope * slope) / (w * w);
  const bySlope = (-lean * k) / w - 0.5 * slope * (1 / w + 0.25);
  const n0 = byW;
  const n1 = byW * y + bySlope / sigma;
  const n2 = byW * z + (bySlope * y) / (z * sigma) + 0.5 / (sigma * sigma * z * z * z);
  const atOrigin = n0 * a + n1 * d + n2 * c;
  addHalfSpace(spaces, n0, n1, n2, LEAST_G - g + atOrigin);
}
