import { flushedExponential } from '../pricing/normal.ts';
import type { Lattice } from './optimalBandLattice.ts';

/**
 * The loss J(z) of every node at one time: the certainty equivalent of what the hedge position z will lose, best
 * trades made. Between the edges of the band a cubic in each of CELLS equal cells; outside it is a straight line, for
 * one trades to the edge: slope −λF below, +λF above. Loss is in units of the forward now, positions are in units of
 * the underlying.
 */
export interface Layer {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** J and J′ of node i at the ends of its cells, at `[i·(CELLS + 1) + c]`. */
  readonly values: Float64Array;
  readonly slopes: Float64Array;
}

export const CELLS = 4;

export function openLayer(size: number): Layer {
  return {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    values: new Float64Array(size * (CELLS + 1)),
    slopes: new Float64Array(size * (CELLS + 1)),
  };
}

/** What one step leads to: the loss after it, and the value of the book there, node by node. */
export interface Outlook {
  readonly after: Layer;
  /** Of the options alive before the step, in units of the forward now. */
  readonly bookAfter: Float64Array;
  readonly bookBefore: Float64Array;
}

export interface Holding {
  /** G, G′ and G″ at z are left in `answer`. */
  evaluate(outlook: Outlook, i: number, z: number): void;
  readonly answer: Float64Array;
}

/**
 * G(z) = 1/a·ln E exp(a(J′(F′, z) − (V′ − V) − z(F′ − F))): the loss of holding z through one step from node i, with V
 * the book, and its derivatives by z. The largest exponent is taken out of the sum, so that none overflows.
 *
 * @param aversion a, per unit of the forward now
 */
export function openHolding({ forwards, reach, logWeights }: Lattice, aversion: number): Holding {
  const count = 2 * reach + 1;
  const exponents = new Float64Array(count);
  const gains = new Float64Array(count);
  const bends = new Float64Array(count);
  const answer = new Float64Array(3);
  const loss = new Float64Array(3);

  function evaluate({ after, bookAfter, bookBefore }: Outlook, i: number, z: number): void {
    let most = -Infinity;
    const held = bookBefore[i]! + z * forwards[i]!;
    for (let n = 0; n < count; n++) {
      const j = i - reach + n;
      readLoss(after, j, z, loss);
      const exponent = logWeights[n]! + aversion * (loss[0]! - (bookAfter[j]! + z * forwards[j]! - held));
      exponents[n] = exponent;
      gains[n] = loss[1]! - (forwards[j]! - forwards[i]!);
      bends[n] = loss[2]!;
      if (exponent > most) most = exponent;
    }
    let total = 0;
    let slope = 0;
    let square = 0;
    let bend = 0;
    for (let n = 0; n < count; n++) {
      const weight = flushedExponential(exponents[n]! - most);
      const gain = gains[n]!;
      total += weight;
      slope += weight * gain;
      square += weight * gain * gain;
      bend += weight * bends[n]!;
    }
    slope /= total;
    answer[0] = (most + Math.log(total)) / aversion;
    answer[1] = slope;
    answer[2] = bend / total + aversion * Math.max(square / total - slope * slope, 0);
  }
  return { evaluate, answer };
}

/** J, J′ and J″ of node j at z, to `loss`. */
function readLoss({ lower, upper, values, slopes }: Layer, j: number, z: number, loss: Float64Array): void {
  const low = lower[j]!;
  const high = upper[j]!;
  const first = j * (CELLS + 1);
  const end = z < low ? first : z > high || low === high ? first + CELLS : -1;
  if (end >= 0) {
    const slope = z === low ? 0 : slopes[end]!;
    loss[0] = values[end]! + slope * (z - (z < low ? low : high));
    loss[1] = slope;
    loss[2] = 0;
    return;
  }
  const width = (high - low) / CELLS;
  const place = (z - low) / width;
  const cell = Math.min(place | 0, CELLS - 1);
  const at = first + cell;
  const t = place - cell;
  const rise = values[at + 1]! - values[at]!;
  const bendLeft = width * slopes[at]! - rise;
  const bendRight = rise - width * slopes[at + 1]!;
  const s = 1 - t;
  loss[0] = values[at]! + t * rise + t * s * (s * bendLeft + t * bendRight);
  loss[1] = (rise + (s - t) * (s * bendLeft + t * bendRight) + t * s * (bendRight - bendLeft)) / width;
  loss[2] = (2 * ((s - t) * (bendRight - bendLeft) - s * bendLeft - t * bendRight)) / (width * width);
}

/**
 * How near the slope at an edge comes to the cost, as a share of it; at an edge the position errs by the square root.
 */
const SLOPE_TOLERANCE = 1e-8;
const MOST_ROUNDS = 100;
/**
 * In grains. Far from the root one move decides and G″ is nearly 0: Newton's step would leave the range of a double.
 */
const FIRST_STRIDE = 1e8;

/**
 * Finds the band of node i, G′ = −cost below and +cost above, and writes its loss to `into`. G is convex, so each edge
 * is the one root of an increasing function: Newton's method within a bracket.
 *
 * @param cost λF, in units of the forward now
 * @param grain positions that differ by less are the same
 */
export function solveNode(
  holding: Holding,
  outlook: Outlook,
  into: Layer,
  i: number,
  cost: number,
  guess: { lower: number; upper: number },
  grain: number,
): void {
  const { answer } = holding;
  const first = i * (CELLS + 1);
  const lower = findSlope(holding, outlook, i, -cost, guess.lower, cost, grain);
  into.values[first] = answer[0]!;
  const upper = Math.max(findSlope(holding, outlook, i, cost, Math.max(guess.upper, lower), cost, grain), lower);
  into.values[first + CELLS] = upper === lower ? into.values[first]! : answer[0]!;
  into.lower[i] = lower;
  into.upper[i] = upper;
  into.slopes[first] = -cost;
  into.slopes[first + CELLS] = cost;
  if (upper === lower) return;
  for (let c = 1; c < CELLS; c++) {
    holding.evaluate(outlook, i, lower + ((upper - lower) * c) / CELLS);
    into.values[first + c] = answer[0]!;
    into.slopes[first + c] = answer[1]!;
  }
}

/** The z last evaluated, at which G′ = slope. */
function findSlope(
  holding: Holding,
  outlook: Outlook,
  i: number,
  slope: number,
  guess: number,
  cost: number,
  grain: number,
): number {
  let low = -Infinity;
  let high = Infinity;
  let z = guess;
  let stride = FIRST_STRIDE * grain;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    holding.evaluate(outlook, i, z);
    const excess = holding.answer[1]! - slope;
    if (excess > 0) high = z;
    else low = z;
    if (Math.abs(excess) <= SLOPE_TOLERANCE * cost || high - low <= 2 * grain) return z;
    const step = -excess / holding.answer[2]!;
    if (cost === 0 && Math.abs(step) <= grain) return z;
    // In a band that is hardly a point G′ is so steep that every step is small, wherever the root is: none is below a
    // grain.
    const next = z - Math.sign(excess) * Math.max(grain, Math.min(Math.abs(step), stride));
    stride *= 2;
    z = next > low && next < high ? next : 0.5 * (low + high);
  }
  return z;
}
