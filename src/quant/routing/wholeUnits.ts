import { splitOrder, type Split, type Venue } from './split.ts';
import type { Side } from './waterFilling.ts';

/** A venue whose amounts are whole base units; `pays` and `costs` are exact, what the contract does to the last unit. */
export interface UnitVenue extends Venue {
  /** What is paid out for an amount, > 0. */
  readonly pays: (amountIn: bigint) => bigint;
  /** The least that buys an amount, > 0. @throws RangeError it does not hold so much */
  readonly costs: (amountOut: bigint) => bigint;
  /** What the order fixes is traded here in multiples of it, > 0; 1 when left out. */
  readonly lot?: bigint;
}

export interface UnitSplit {
  /** Of the venues that are used. */
  readonly parts: readonly { readonly venue: number; readonly amountIn: bigint; readonly amountOut: bigint }[];
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** Of the amount, what no lot takes; 0 as long as there is a venue without lots. */
  readonly left: bigint;
}

/** Whole numbers of lots are sought by steps of one lot, so many at most. */
const MOST_STEPS = 100;
/** Of binary floats, relative. */
const NOISE = 1e-13;

/**
 * The best split of a whole number of base units: the amounts add up to it exactly, each a multiple of its venue's lot.
 *
 * @param amount > 0, to be paid in, or to be got out
 * @returns undefined when the venues cannot take so much together
 */
export function splitUnits(
  venues: readonly UnitVenue[],
  amount: bigint,
  side: Side = 'exact_in',
): UnitSplit | undefined {
  const real = splitOrder(venues, Number(amount), side);
  if (!real) return undefined;
  const fixed = side === 'exact_in' ? real.amountsIn : real.amountsOut;
  const inLots = venues.some(({ lot }, i) => lot !== undefined && lot > 1n && fixed[i]! > 0);
  const amounts = inLots ? wholeLots(venues, amount, side, real) : whole(venues, fixed, amount);
  const split = quoted(venues, amounts, amount, side);
  return inLots ? split : bestAlone(venues, amount, side, split);
}

/**
 * One venue alone where that is better by the unit that rounding takes of each part. Contracts round against the trader, so that the
 * real-valued answer tells which need be asked.
 */
function bestAlone(venues: readonly UnitVenue[], amount: bigint, side: Side, split: UnitSplit): UnitSplit {
  const real = Number(amount);
  let best = split;
  venues.forEach(({ exchange, fixedCost, lot }, i) => {
    if (real > (side === 'exact_in' ? exchange.mostIn : exchange.mostOut) || (lot !== undefined && amount % lot > 0n))
      return;
    const hoped = side === 'exact_in' ? exchange.outputOf(real) : -exchange.inputFor(real);
    const least = Number(worth(venues, best, side));
    if (!(hoped - fixedCost >= least - NOISE * Math.abs(least))) return;
    const alone = quoted(
      venues,
      venues.map((_, k) => (k === i ? amount : 0n)),
      amount,
      side,
    );
    if (worth(venues, alone, side) > worth(venues, best, side)) best = alone;
  });
  return best;
}

/** Rounded down, and what that leaves over goes to the largest part. */
function whole(venues: readonly UnitVenue[], fixed: Float64Array, amount: bigint): bigint[] {
  const amounts = venues.map((_, i) => BigInt(Math.floor(fixed[i]!)));
  const largest = fixed.reduce((best, each, i) => (each > fixed[best]! ? i : best), 0);
  const sum = amounts.reduce((total, each) => total + each, 0n);
  amounts[largest] = amounts[largest]! + amount - sum;
  return amounts;
}

function quoted(venues: readonly UnitVenue[], amounts: readonly bigint[], amount: bigint, side: Side): UnitSplit {
  const parts = amounts.flatMap((each, venue) => {
    if (each <= 0n) return [];
    const { pays, costs } = venues[venue]!;
    return [
      side === 'exact_in'
        ? { venue, amountIn: each, amountOut: pays(each) }
        : { venue, amountIn: costs(each), amountOut: each },
    ];
  });
  const amountIn = parts.reduce((total, part) => total + part.amountIn, 0n);
  const amountOut = parts.reduce((total, part) => total + part.amountOut, 0n);
  return { parts, amountIn, amountOut, left: amount - (side === 'exact_in' ? amountIn : amountOut) };
}

function worth(venues: readonly UnitVenue[], { parts, amountIn, amountOut }: UnitSplit, side: Side): bigint {
  const fixedCosts = parts.reduce((total, { venue }) => total + venues[venue]!.fixedCost, 0);
  return (side === 'exact_in' ? amountOut : -amountIn) - BigInt(Math.round(fixedCosts));
}

interface Trial {
  readonly amounts: bigint[];
  readonly left: bigint;
  readonly worth: number;
}

/**
 * Lots are rounded down and their venues then moved by a lot at a time, the venues without lots filled anew each time, as long as that
 * places more, or as much better.
 */
function wholeLots(venues: readonly UnitVenue[], amount: bigint, side: Side, real: Split): bigint[] {
  const fixed = side === 'exact_in' ? real.amountsIn : real.amountsOut;
  const lots = venues.map(({ lot }) => (lot !== undefined && lot > 1n ? lot : undefined));
  const most = venues.map(({ exchange }) => (side === 'exact_in' ? exchange.mostIn : exchange.mostOut));
  const free = venues.map((venue, i) => ({ ...venue, i })).filter(({ i }) => lots[i] === undefined);
  const trialOf = (counts: readonly bigint[]): Trial | undefined => {
    const amounts = venues.map((_, i) => (lots[i] === undefined ? 0n : counts[i]! * lots[i]!));
    const left = amounts.reduce((rest, each) => rest - each, amount);
    if (left < 0n || amounts.some((each, i) => each < 0n || Number(each) > most[i]!)) return undefined;
    const rest = left > 0n ? splitOrder(free, Number(left), side) : undefined;
    if (rest) {
      const filled = whole(free, side === 'exact_in' ? rest.amountsIn : rest.amountsOut, left);
      free.forEach(({ i }, k) => (amounts[i] = filled[k]!));
    }
    return { amounts, left: rest ? 0n : left, worth: (rest?.worth ?? 0) + worthOfLots(venues, lots, amounts, side) };
  };
  let counts = lots.map((lot, i) => (lot === undefined ? 0n : BigInt(Math.floor(fixed[i]!)) / lot));
  let best = trialOf(counts)!;
  const moves = movesOf(lots);
  for (let step = 0; step < MOST_STEPS; step++) {
    const before = best;
    const from = counts;
    for (const move of moves) {
      const next = from.map((count, i) => count + move[i]!);
      const trial = trialOf(next);
      if (trial && isBetter(trial, best)) [counts, best] = [next, trial];
    }
    if (best === before) break;
  }
  return best.amounts;
}

/** A lot more or less of one venue, and a lot from one venue to another. */
function movesOf(lots: readonly (bigint | undefined)[]): bigint[][] {
  const places = lots.flatMap((lot, i) => (lot === undefined ? [] : [i]));
  const move = (up: number, down: number) => lots.map((_, i) => (i === up ? 1n : i === down ? -1n : 0n));
  const pairs = places.flatMap((up) => places.filter((down) => down !== up).map((down) => move(up, down)));
  return [...places.flatMap((i) => [move(i, -1), move(-1, i)]), ...pairs];
}

function isBetter(one: Trial, other: Trial): boolean {
  return one.left === other.left ? one.worth > other.worth : one.left < other.left;
}

function worthOfLots(
  venues: readonly UnitVenue[],
  lots: readonly (bigint | undefined)[],
  amounts: readonly bigint[],
  side: Side,
): number {
  let sum = 0;
  venues.forEach(({ exchange, fixedCost }, i) => {
    const each = Number(amounts[i]!);
    if (lots[i] === undefined || each === 0) return;
    sum += (side === 'exact_in' ? exchange.outputOf(each) : -exchange.inputFor(each)) - fixedCost;
  });
  return sum;
}
