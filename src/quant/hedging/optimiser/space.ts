import { riskCoordinates } from './semidefinite.ts';
import type { Problem } from './model.ts';

/** A problem's risk in coordinates in which it is a sum of squares, and the sizes that make its numbers of order one. */
export interface Space {
  readonly problem: Problem;
  /** Number of coordinates: the rank of the covariance. */
  readonly rank: number;
  /** Standard deviation of the book, or what a trade adds to one without risk: the unit of the coordinates. */
  readonly sd: number;
  /** Of the book, in that unit; |start|² is its variance in it. */
  readonly start: Float64Array;
  /** Of one unit of each candidate, in that unit. */
  readonly moves: readonly Float64Array[];
  /** Of each candidate: the quantity that moves the book's risk by its own size, if it may be traded. */
  readonly sizes: Float64Array;
}

export function spaceOf(problem: Problem): Space {
  const { factors, covariance, candidates } = problem;
  const axes = riskCoordinates(covariance, factors.length);
  const along = (exposures: Float64Array): Float64Array =>
    Float64Array.from(axes, (axis) => axis.reduce((sum, value, i) => sum + value * exposures[i]!, 0));
  const start = along(factors);
  const moves = candidates.map(({ factors: exposures }) => along(exposures));
  const lengths = moves.map((move) => Math.hypot(...move));
  const most = candidates.map(({ maxBuy, maxSell }) => Math.max(maxBuy, maxSell));
  const sd = Math.hypot(...start) || Math.max(...lengths.map((length, i) => length * most[i]!), 0) || 1;
  const inSd = (vector: Float64Array): Float64Array => vector.map((value) => value / sd);
  return {
    problem,
    rank: axes.length,
    sd,
    start: inSd(start),
    moves: moves.map(inSd),
    sizes: Float64Array.from(lengths, (length, i) => (length > 0 ? Math.min(sd / length, most[i]!) : most[i]!) || 1),
  };
}
