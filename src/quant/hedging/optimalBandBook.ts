import { priceEuropeans } from '../kernel/european.ts';
import type { Kernel } from '../kernel/contract.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../pricing/black.ts';
import type { Lattice } from './optimalBandLattice.ts';

/** European options on one underlying; one element of each column per option. */
export interface BookOptions {
  readonly count: number;
  readonly strikes: Float64Array;
  /** To expiry, from now; what has expired (≤ 0) is not in the book. */
  readonly years: Float64Array;
  /** Implied, > 0. */
  readonly vols: Float64Array;
  /** Units of the underlying, long is positive. */
  readonly quantities: Float64Array;
  /** +1 call, −1 put. */
  readonly signs: Float64Array;
}

export interface BookMarket {
  readonly book: BookOptions;
  readonly spot: number;
  readonly rate: number;
  readonly carry: number;
  readonly horizon: number;
}

/** Of the book on the nodes of a lattice. */
export interface BookProfile {
  /** Value in money of the horizon, in units of the forward now. */
  readonly values: Float64Array;
  /** ∂value/∂forward: positions in units of the underlying that reinvest its yield until the horizon. */
  readonly deltas: Float64Array;
}

export function openProfile(size: number): BookProfile {
  return { values: new Float64Array(size), deltas: new Float64Array(size) };
}

/** Times that differ by less, in years, are the same: a thousandth of a second. */
const SAME_TIME = 3e-11;

/** Writes the book of those alive just after `alive` years as of `time` years, `time` ≥ `alive`, both from now. */
export type Profiler = (alive: number, time: number, into: BookProfile) => void;

/**
 * Values the book exactly, at the volatility of each option. One that has expired at `time` is worth its pay-off,
 * averaged over the cell of the lattice that has the strike in it, as a sum over nodes must have it where there is a
 * kink. `europeans` is that of a `Kernel`, for speed.
 */
export function profiler(
  market: BookMarket,
  lattice: Lattice,
  europeans: Kernel['europeans'] = priceEuropeans,
): Profiler {
  const { book, rate, carry, spot, horizon } = market;
  const { size, forwards } = lattice;
  const forwardNow = spot * Math.exp(carry * horizon);
  const input = new Float64Array(INPUT_COLUMNS.length * size);
  const output = new Float64Array(OUTPUT_COLUMNS.length * size);

  function addAlive(option: number, time: number, into: BookProfile): void {
    const left = horizon - time;
    const toSpot = forwardNow * Math.exp(-carry * left);
    input.fill(book.strikes[option]!, size, 2 * size);
    input.fill(book.years[option]! - time, 2 * size, 3 * size);
    input.fill(rate, 3 * size, 4 * size);
    input.fill(carry, 4 * size, 5 * size);
    input.fill(book.vols[option]!, 5 * size, 6 * size);
    input.fill(book.signs[option]!, 6 * size, 7 * size);
    for (let i = 0; i < size; i++) input[i] = toSpot * forwards[i]!;
    europeans(input, output, size);
    const growth = book.quantities[option]! * Math.exp(rate * left);
    const perValue = growth / forwardNow;
    const perDelta = growth * Math.exp(-carry * left);
    for (let i = 0; i < size; i++) {
      into.values[i] = into.values[i]! + perValue * output[i]!;
      into.deltas[i] = into.deltas[i]! + perDelta * output[size + i]!;
    }
  }

  function addPayoff(option: number, time: number, into: BookProfile): void {
    const left = horizon - time;
    const sign = book.signs[option]!;
    const strike = (book.strikes[option]! / forwardNow) * Math.exp(carry * left);
    const growth = book.quantities[option]! * Math.exp((rate - carry) * left);
    for (let i = 0; i < size; i++) {
      const intrinsic = Math.max(sign * (forwards[i]! - strike), 0);
      into.values[i] =
        into.values[i]! + growth * (intrinsic + strike * kinkOf(Math.log(forwards[i]! / strike), lattice.spacing));
    }
  }

  return (alive, time, into) => {
    into.values.fill(0);
    into.deltas.fill(0);
    for (let option = 0; option < book.count; option++) {
      if (book.quantities[option] === 0 || !(book.years[option]! - alive > SAME_TIME)) continue;
      if (book.years[option]! - time > SAME_TIME) addAlive(option, time, into);
      else addPayoff(option, time, into);
    }
  };
}

/** What averaging over a cell adds to max(x, 0) at `x` from the kink. */
function kinkOf(x: number, cell: number): number {
  const room = 0.5 * cell - Math.abs(x);
  return room > 0 ? (room * room) / (2 * cell) : 0;
}

/** Whether an option of the book expires in (from, to]. */
export function expiresWithin({ count, years }: BookOptions, from: number, to: number): boolean {
  for (let option = 0; option < count; option++)
    if (years[option]! - from > SAME_TIME && !(years[option]! - to > SAME_TIME)) return true;
  return false;
}

/** Σ|quantity|. */
export function grossQuantity({ count, quantities }: BookOptions): number {
  let gross = 0;
  for (let option = 0; option < count; option++) gross += Math.abs(quantities[option]!);
  return gross;
}
