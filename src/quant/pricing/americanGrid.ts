import { type UnitRule } from './quadrature.ts';

/** The largest grid that there may be. */
export const MOST_NODES = 64;
export const MOST_POINTS = 128;

/**
 * Where the boundary equation is collocated and integrated. Nothing in it depends on the option: with t = τ sin²θ the
 * boundary at τ − t = τ cos²θ is wanted at x_i cos θ_j on the scale of √(τ/horizon), whatever the rates, vol and horizon.
 */
export interface CollocationGrid {
  /** Number of unknowns: the Chebyshev-Lobatto nodes x_i in (0, 1]; x = 0, where the gap is 0, is not among them. */
  readonly nodes: number;
  /** x_i = √(τ_i/horizon), increasing; the last is 1. */
  readonly roots: Float64Array;
  /** Number of points θ_j in (0, π/2) of the inner integrals. */
  readonly points: number;
  readonly sines: Float64Array;
  readonly cosecants: Float64Array;
  /** dt/(τ sin θ) = 2 cos θ dθ. */
  readonly measures: Float64Array;
  /** cardinals[(i·points + j)·nodes + k]: Lagrange polynomial k at x_i cos θ_j. */
  readonly cardinals: Float64Array;
  /** The outer integral, over the time to expiry u = horizon·cos²θ: the same three for its points, at cos θ_j. */
  readonly outerSines: Float64Array;
  readonly outerCosines: Float64Array;
  readonly outerMeasures: Float64Array;
  readonly outerCardinals: Float64Array;
}

/**
 * @param nodes number of unknowns, 2 … {@link MOST_NODES}
 * @param inner rule of the integrals in the boundary equation, at most {@link MOST_POINTS} points
 * @param outer rule of the premium integral
 */
export function collocationGrid(nodes: number, inner: UnitRule, outer: UnitRule): CollocationGrid {
  const points = inner.nodes.length;
  const roots = Float64Array.from({ length: nodes }, (_, k) => Math.sin((0.5 * Math.PI * (k + 1)) / nodes) ** 2);
  const innerAngles = angles(inner);
  const outerAngles = angles(outer);
  const cardinals = new Float64Array(nodes * points * nodes);
  for (let i = 0; i < nodes; i++)
    for (let j = 0; j < points; j++)
      writeCardinals(roots, roots[i]! * innerAngles.cosines[j]!, cardinals, (i * points + j) * nodes);
  const outerCardinals = new Float64Array(outer.nodes.length * nodes);
  outerAngles.cosines.forEach((cosine, j) => writeCardinals(roots, cosine, outerCardinals, j * nodes));
  return {
    nodes,
    roots,
    points,
    sines: innerAngles.sines,
    cosecants: innerAngles.sines.map((sine) => 1 / sine),
    measures: innerAngles.measures,
    cardinals,
    outerSines: outerAngles.sines,
    outerCosines: outerAngles.cosines,
    outerMeasures: outerAngles.measures,
    outerCardinals,
  };
}

function angles(rule: UnitRule): { sines: Float64Array; cosines: Float64Array; measures: Float64Array } {
  const sines = rule.nodes.map((x) => Math.sin(0.5 * Math.PI * x));
  const cosines = rule.complements.map((x) => Math.sin(0.5 * Math.PI * x));
  const measures = rule.weights.map((weight, j) => Math.PI * cosines[j]! * weight);
  return { sines, cosines, measures };
}

/** Lagrange polynomials of the Lobatto nodes at x in [0, 1], barycentric (Berrut and Trefethen 2004, eq. 5.4). */
function writeCardinals(roots: Float64Array, x: number, out: Float64Array, at: number): void {
  const n = roots.length;
  let sum = (n % 2 === 0 ? 0.5 : -0.5) / x;
  for (let k = 0; k < n; k++) {
    const distance = x - roots[k]!;
    if (distance === 0) {
      out.fill(0, at, at + n);
      out[at + k] = 1;
      return;
    }
    const sign = (n - 1 - k) % 2 === 0 ? 1 : -1;
    out[at + k] = (k === n - 1 ? 0.5 * sign : sign) / distance;
    sum += out[at + k]!;
  }
  for (let k = 0; k < n; k++) out[at + k] = out[at + k]! / sum;
}
