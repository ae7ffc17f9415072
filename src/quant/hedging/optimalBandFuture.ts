import type { Kernel } from '../kernel/contract.ts';
import { priceEuropeans } from '../kernel/european.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../pricing/black.ts';
import { whalleyWilmottHalfWidth } from './bands.ts';
import type { BookOptions } from './optimalBandBook.ts';

/** A book, its market and what hedging it costs. Units as in `BandProblem`. */
export interface HedgedBook {
  readonly book: BookOptions;
  readonly spot: number;
  readonly rate: number;
  readonly carry: number;
  readonly vol: number;
  readonly costRate: number;
  readonly riskAversion: number;
}

/** The book's gamma at a time from now and a spot then, of the options alive then. */
export type GammaProfile = (time: number, spot: number) => number;

export function gammaProfile(
  { book, rate, carry }: HedgedBook,
  europeans: Kernel['europeans'] = priceEuropeans,
): GammaProfile {
  const { count } = book;
  const input = new Float64Array(INPUT_COLUMNS.length * count);
  const output = new Float64Array(OUTPUT_COLUMNS.length * count);
  input.set(book.strikes.subarray(0, count), count);
  input.fill(rate, 3 * count, 4 * count);
  input.fill(carry, 4 * count, 5 * count);
  input.set(book.vols.subarray(0, count), 5 * count);
  input.set(book.signs.subarray(0, count), 6 * count);
  return (time, spot) => {
    input.fill(spot, 0, count);
    for (let option = 0; option < count; option++) input[2 * count + option] = Math.max(book.years[option]! - time, 0);
    europeans(input, output, count);
    let gamma = 0;
    for (let option = 0; option < count; option++) gamma += book.quantities[option]! * output[2 * count + option]!;
    return gamma;
  };
}

const TIMES = 16;
/** Of the grid of spots at each time: ±6 standard deviations from now, four nodes in each. */
const SIDE = 24;
const CELL = 0.25;

/**
 * What hedging from `horizon` on loses, as a certainty equivalent in the units of the spot now, at each `logMoves` of
 * the spot until then: it leans on the hedge by its slope, as `zakamouline` leans on the delta. To leading order in
 * the cost
 *
 *   E ∫ ½a(SσH)² dt + Σ E λS|D|,
 *
 * H the half-width of Whalley & Wilmott 1997 at the book's gamma then, whose square is the loss rate of a hedge kept
 * within it, and D the delta that leaves the book at each expiry, whose hedge is sold. Under the pricing measure;
 * money is not discounted.
 */
export function lossBeyond(
  hedged: HedgedBook,
  gamma: GammaProfile,
  horizon: number,
  lastExpiry: number,
  logMoves: Float64Array,
): Float64Array {
  const losses = new Float64Array(logMoves.length);
  const grid = new Float64Array(2 * SIDE + 1);
  const { vol, costRate, riskAversion, spot } = hedged;
  const spotAt = (time: number, node: number) => spot * Math.exp(hedged.carry * time + gridMove(vol, time, node));
  const spread = (time: number, weight: number) =>
    addExpected(vol, horizon, time, grid, weight / spot, logMoves, losses);
  for (let n = 0; n < TIMES; n++) {
    // Quadratic in time: what comes first depends most on where the spot is.
    const place = (n + 0.5) / TIMES;
    const time = horizon + (lastExpiry - horizon) * place * place;
    for (let node = -SIDE; node <= SIDE; node++) {
      const then = spotAt(time, node);
      const half = whalleyWilmottHalfWidth(
        { ...hedged, rate: 0, years: 0, spot: then },
        gamma(time, then),
        riskAversion,
      );
      grid[node + SIDE] = 0.5 * riskAversion * (then * vol * half) ** 2;
    }
    spread(time, ((lastExpiry - horizon) * 2 * place) / TIMES);
  }
  for (const expiry of expiriesAfter(hedged.book, horizon)) {
    for (let node = -SIDE; node <= SIDE; node++) {
      const then = spotAt(expiry, node);
      grid[node + SIDE] =
        costRate * then * Math.abs(expiringDelta(hedged.book, expiry, then, CELL * vol * Math.sqrt(expiry)));
    }
    spread(expiry, 1);
  }
  return losses;
}

/** ln of the spot at a node over its forward. */
function gridMove(vol: number, time: number, node: number): number {
  const deviation = vol * Math.sqrt(time);
  return CELL * node * deviation - 0.5 * deviation * deviation;
}

/** Adds weight·E[grid at `time` | move until the horizon]; a step shorter than a cell of the grid counts as one. */
function addExpected(
  vol: number,
  horizon: number,
  time: number,
  grid: Float64Array,
  weight: number,
  logMoves: Float64Array,
  losses: Float64Array,
): void {
  const variance = vol * vol * (time - horizon);
  const deviation = Math.max(Math.sqrt(variance), CELL * vol * Math.sqrt(time));
  for (let i = 0; i < logMoves.length; i++) {
    let total = 0;
    let sum = 0;
    for (let node = -SIDE; node <= SIDE; node++) {
      const z = (gridMove(vol, time, node) - logMoves[i]! + 0.5 * variance) / deviation;
      const density = Math.exp(-0.5 * z * z);
      total += density;
      sum += density * grid[node + SIDE]!;
    }
    if (total > 0) losses[i] = losses[i]! + (weight * sum) / total;
  }
}

function expiriesAfter({ count, years, quantities }: BookOptions, horizon: number): number[] {
  const expiries = new Set<number>();
  for (let n = 0; n < count; n++) if (years[n]! > horizon && quantities[n] !== 0) expiries.add(years[n]!);
  return [...expiries];
}

/** The delta at zero volatility of what expires, its steps spread over one cell in ln S. */
function expiringDelta(
  { count, years, strikes, quantities, signs }: BookOptions,
  expiry: number,
  spot: number,
  cell: number,
): number {
  let delta = 0;
  for (let n = 0; n < count; n++) {
    if (years[n] !== expiry) continue;
    const inside = 0.5 + (signs[n]! * Math.log(spot / strikes[n]!)) / cell;
    delta += quantities[n]! * signs[n]! * Math.max(0, Math.min(inside, 1));
  }
  return delta;
}
