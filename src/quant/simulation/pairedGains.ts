import { compensatedSum } from './compensatedSum.ts';
import { clusteredError, type Estimate } from './statistics.ts';

// How much better one strategy does than another on the same paths. What the paths do to both cancels, so that the standard
// errors are those of the difference (the delta method: of the difference of the influences of each path), not of either.
// Columns have the same paths in the same order; `cluster` is the number of paths in a row that depend on each other.

/** How much the mean of one column is above that of another. */
export function meanGain(one: Float64Array, other: Float64Array, cluster: number): Estimate {
  const gains = one.map((x, path) => x - other[path]!);
  const value = compensatedSum([gains]) / gains.length;
  return { value, standardError: clusteredError([gains], cluster, (gain) => gain - value) };
}

/** How much the standard deviation of one column of profits is below that of another. */
export function sdGain(one: Float64Array, other: Float64Array, cluster: number): Estimate {
  return difference(deviation(other), deviation(one), cluster);
}

/**
 * How much the certainty equivalent −ln E[e^{−a·pnl}]/a of one column of profits is above that of another, a > 0.
 *
 * @param control of each path a number whose mean over all paths that could be is 0, such as the difference of the profits before
 *   costs where prices are martingales: what it explains of the gain is taken out (Glasserman, Monte Carlo methods in financial
 *   engineering, ch. 4.1)
 */
export function certaintyEquivalentGain(
  one: Float64Array,
  other: Float64Array,
  aversion: number,
  cluster: number,
  control?: Float64Array,
): Estimate {
  const [own, others] = [certaintyEquivalent(one, aversion), certaintyEquivalent(other, aversion)];
  return difference(own, others, cluster, control);
}

/** A number, and the influence of each path on it. */
interface Influenced {
  readonly value: number;
  readonly influences: Float64Array;
}

function difference(one: Influenced, other: Influenced, cluster: number, control?: Float64Array): Estimate {
  const influences = one.influences.map((x, path) => x - other.influences[path]!);
  const value = one.value - other.value;
  if (!control) return { value, standardError: clusteredError([influences], cluster, (x) => x) };
  const mean = compensatedSum([control]) / control.length;
  const centred = control.map((x) => x - mean);
  const square = compensatedSum([centred], (x) => x * x);
  const slope = square > 0 ? compensatedSum([centred.map((x, path) => x * influences[path]!)]) / square : 0;
  const rest = influences.map((x, path) => x - slope * centred[path]!);
  return { value: value - slope * mean, standardError: clusteredError([rest], cluster, (x) => x) };
}

/** By n, which is within a path of n − 1. */
function deviation(profits: Float64Array): Influenced {
  const mean = compensatedSum([profits]) / profits.length;
  const variance = compensatedSum([profits], (x) => (x - mean) ** 2) / profits.length;
  const value = Math.sqrt(variance);
  return { value, influences: profits.map((x) => (value > 0 ? ((x - mean) ** 2 - variance) / (2 * value) : 0)) };
}

/** The largest exponent is taken out of the sum, so that it never overflows. */
function certaintyEquivalent(profits: Float64Array, aversion: number): Influenced {
  const worst = profits.reduce((least, x) => Math.min(least, x), Infinity);
  const weights = profits.map((x) => Math.exp(-aversion * (x - worst)));
  const mean = compensatedSum([weights]) / weights.length;
  return {
    value: worst - Math.log(mean) / aversion,
    influences: weights.map((weight) => (1 - weight / mean) / aversion),
  };
}
