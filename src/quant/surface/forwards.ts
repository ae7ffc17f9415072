/** Call and put of one strike: the difference of their mid prices, and what it may be wrong by. */
export interface ParityPair {
  readonly strike: number;
  /** C − P, discounted, in the strike's currency. */
  readonly difference: number;
  /** Half of both spreads together, same currency, > 0. */
  readonly uncertainty: number;
}

export interface ParityForward {
  readonly forward: number;
  /** e^{−rT}, fitted or as given. */
  readonly discount: number;
  /** Standard error of the forward, from the scatter of the pairs; 0 where they lie on one line exactly. */
  readonly standardError: number;
  readonly pairs: number;
}

/** Two lines in (F, D) need two strikes; one tells the forward where the discount is known. */
const LEAST_PAIRS = 2;
const HUBER_ROUNDS = 8;
const BIWEIGHT_ROUNDS = 8;
/** Constants of Huber (1964) and Tukey: each 95 % efficient for normal errors. */
const HUBER = 1.345;
const BIWEIGHT = 4.685;
const MAD_TO_SIGMA = 1.4826;

/**
 * The forward of an expiry by put-call parity, C − P = D·(F − K): a straight line in the strike, by least squares weighted
 * with 1/uncertainty², reweighted after Huber and then by Tukey's biweight, so that a stale pair does not pull it. With `discount` given, only F is
 * fitted.
 *
 * `too_few_pairs` for fewer than two strikes (one, with a discount); `no_forward` where the line gives no F > 0 or D outside
 * (0, 2], as of prices that are no options'. Pairs with values that are not finite, or an uncertainty not above 0, are left out.
 */
export function parityForward(
  given: readonly ParityPair[],
  discount?: number,
): ParityForward | 'too_few_pairs' | 'no_forward' {
  const pairs = given.filter(
    ({ strike, difference, uncertainty }) => strike > 0 && Number.isFinite(difference) && uncertainty > 0,
  );
  const strikes = new Set(pairs.map(({ strike }) => strike)).size;
  if (strikes < (discount === undefined ? LEAST_PAIRS : 1)) return 'too_few_pairs';
  let weights = pairs.map(({ uncertainty }) => 1 / (uncertainty * uncertainty));
  let line = lineOf(pairs, weights, discount);
  for (let round = 0; round < HUBER_ROUNDS + BIWEIGHT_ROUNDS; round++) {
    const misses = pairs.map((pair) => Math.abs(residual(pair, line)) / pair.uncertainty);
    const scale = MAD_TO_SIGMA * median(misses);
    if (!(scale > 0)) break;
    const trust = round < HUBER_ROUNDS ? huber : biweight;
    weights = pairs.map(({ uncertainty }, i) => trust(misses[i]! / scale) / (uncertainty * uncertainty));
    line = lineOf(pairs, weights, discount);
  }
  const forward = line.intercept / line.discount;
  if (!(forward > 0 && forward < Infinity && line.discount > 0 && line.discount <= 2)) return 'no_forward';
  return {
    forward,
    discount: line.discount,
    standardError: errorOf(pairs, weights, line, discount),
    pairs: pairs.length,
  };
}

function huber(miss: number): number {
  return Math.min(1, HUBER / miss);
}

function biweight(miss: number): number {
  const rest = Math.max(0, 1 - (miss / BIWEIGHT) ** 2);
  return rest * rest;
}

interface Line {
  intercept: number;
  discount: number;
}

function residual({ strike, difference }: ParityPair, { intercept, discount }: Line): number {
  return difference - intercept + discount * strike;
}

interface Moments {
  total: number;
  strike: number;
  difference: number;
  squares: number;
}

/** Weighted means, and the weighted sum of squares of the strikes about theirs. */
function momentsOf(pairs: readonly ParityPair[], weights: readonly number[]): Moments {
  let [total, strike, difference, squares] = [0, 0, 0, 0];
  pairs.forEach((pair, i) => {
    total += weights[i]!;
    strike += weights[i]! * pair.strike;
    difference += weights[i]! * pair.difference;
  });
  strike /= total;
  difference /= total;
  pairs.forEach((pair, i) => (squares += weights[i]! * (pair.strike - strike) ** 2));
  return { total, strike, difference, squares };
}

function lineOf(pairs: readonly ParityPair[], weights: readonly number[], given: number | undefined): Line {
  const mean = momentsOf(pairs, weights);
  let cross = 0;
  pairs.forEach(
    (pair, i) => (cross += weights[i]! * (pair.strike - mean.strike) * (pair.difference - mean.difference)),
  );
  const discount = given ?? -cross / mean.squares;
  return { intercept: mean.difference + discount * mean.strike, discount };
}

/** Delta method on F = intercept/discount: the line's height at K = F, over the discount. */
function errorOf(
  pairs: readonly ParityPair[],
  weights: readonly number[],
  line: Line,
  given: number | undefined,
): number {
  const free = pairs.length - (given === undefined ? 2 : 1);
  if (free <= 0) return 0;
  const { total, strike, squares } = momentsOf(pairs, weights);
  const scatter = pairs.reduce((sum, pair, i) => sum + weights[i]! * residual(pair, line) ** 2, 0) / free;
  const distance = line.intercept / line.discount - strike;
  const lever = 1 / total + (given === undefined ? (distance * distance) / squares : 0);
  return Math.sqrt(scatter * lever) / line.discount;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : 0.5 * (sorted[middle - 1]! + sorted[middle]!);
}
