import type { Exchange } from './exchange.ts';

/** What is fixed of an order: what is paid in, or what is to be got out. */
export type Side = 'exact_in' | 'exact_out';

export interface Order {
  readonly side: Side;
  /** > 0 */
  readonly amount: number;
}

/** A venue as the order sees it. */
export interface Lane {
  readonly exchange: Exchange;
  /** Of what the order does not fix: the output of an exact input, the input of an exact output. */
  readonly fixedCost: number;
  /** Input that the whole order would take here, or the most that is taken. */
  readonly cut: number;
  /** The most that it takes of what the order fixes. */
  readonly room: number;
  /** The price below which it is worth its fixed cost; −Infinity where it never is. */
  readonly takeOff: number;
}

/** Whether a lane may be used, and pays its fixed cost. `open`: with the concave envelope of what it pays, less the cost. */
export const LANE = { out: 0, open: 1, in: 2 } as const;

export interface Fill {
  /** The price at which the last unit was bought. */
  readonly price: number;
  readonly amountsIn: Float64Array;
  /** The open lane that is filled between nothing and where its envelope meets its curve; −1 where there is none. */
  readonly partial: number;
  /** How far it is, 0 to 1. */
  readonly share: number;
  /** Output less fixed costs, or with an exact output minus the input and fixed costs. */
  readonly worth: number;
}

const MOST_STEPS = 100;
/** Of the order: what rounding may leave over when all lanes are full. */
const ROUNDING = 1e-14;
/** Between two prices that binary floats tell apart, relative. */
const SMALLEST_GAP = 4e-16;

/** Prices where the amount taken by all lanes together jumps or bends, descending. */
export function kinksOf(lanes: readonly Lane[]): Float64Array {
  const kinks: number[] = [];
  for (const { exchange, cut, takeOff } of lanes) {
    kinks.push(takeOff);
    for (const kink of exchange.kinksBefore(cut)) kinks.push(kink);
  }
  return Float64Array.from(kinks.filter((kink) => kink > -Infinity))
    .sort()
    .reverse();
}

/**
 * Fills the lanes from the best price downwards, until the order is filled: at the price found, no unit would be better elsewhere. The
 * price lies at a kink, or between two where the sum is smooth.
 *
 * @param states of the lanes; @param kinks of all lanes, descending
 * @returns undefined when the lanes cannot take the order
 */
export function fillLanes(
  lanes: readonly Lane[],
  states: Uint8Array,
  order: Order,
  kinks: Float64Array,
): Fill | undefined {
  const exactIn = order.side === 'exact_in';
  const takenBy = (i: number, price: number, inclusive: boolean): number => {
    const lane = lanes[i]!;
    const state = states[i];
    if (state === LANE.out) return 0;
    if (state === LANE.open && (inclusive ? lane.takeOff < price : lane.takeOff <= price)) return 0;
    if (!(price > 0)) return lane.cut;
    return Math.min(lane.exchange.amountAt(price, inclusive), lane.cut);
  };
  const measured = (i: number, amountIn: number) => (exactIn ? amountIn : lanes[i]!.exchange.outputOf(amountIn));
  const total = (price: number, inclusive: boolean): number => {
    let sum = 0;
    for (let i = 0; i < lanes.length; i++) {
      const taken = takenBy(i, price, inclusive);
      if (taken > 0) sum += measured(i, taken);
    }
    return sum;
  };
  const least = order.amount * (1 - ROUNDING);
  if (lanes.reduce((sum, { room }, i) => sum + (states[i] === LANE.out ? 0 : room), 0) < least) return undefined;

  /** The first kink down to which all lanes together take the order. */
  const kinkOfOrder = (): number => {
    let low = -1;
    let high = kinks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (total(kinks[middle]!, true) >= least) high = middle;
      else low = middle;
    }
    return high;
  };

  const k = kinkOfOrder();
  if (k < kinks.length && total(kinks[k]!, false) < least) return atJump(kinks[k]!);
  if (k === 0) return undefined;
  const high = kinks[k - 1]!;
  let low = k < kinks.length ? Math.max(kinks[k]!, Number.MIN_VALUE) : high / 4;
  if (k === kinks.length) {
    for (; total(low, true) < least; low /= 16) if (!(low > Number.MIN_VALUE)) return undefined;
  }
  return atPrice(smoothPrice(low, high), low, high);

  /** Newton's steps in 1/√price, in which the input of a constant product is linear, or √price, in which its output is. */
  function smoothPrice(lowest: number, highest: number): number {
    let [low, high] = [lowest, highest];
    let price = Math.sqrt(low) * Math.sqrt(high);
    for (let step = 0; step < MOST_STEPS; step++) {
      const miss = order.amount - total(price, true);
      if (miss === 0) break;
      if (miss > 0) high = price;
      else low = price;
      const root = Math.sqrt(price);
      const slope = slopeAt(price) * -2 * price * (exactIn ? root : -1 / root);
      const next = (exactIn ? 1 / root : root) + miss / slope;
      let wanted = exactIn ? 1 / (next * next) : next * next;
      if (!(next > 0 && wanted > low && wanted < high)) wanted = Math.sqrt(low) * Math.sqrt(high);
      if (Math.abs(wanted - price) <= 2e-16 * price) break;
      price = wanted;
    }
    return price;
  }

  /** Of all lanes together, in what the order measures. */
  function slopeAt(price: number): number {
    let sum = 0;
    for (let i = 0; i < lanes.length; i++) sum += slopeOf(i, price);
    return exactIn ? sum : price * sum;
  }

  function slopeOf(i: number, price: number): number {
    const taken = takenBy(i, price, true);
    return taken > 0 && taken < lanes[i]!.cut ? lanes[i]!.exchange.slopeAt(price) : 0;
  }

  /** Between kinks: a straight line between the amounts at two prices next to each other, since the price, being rounded, misses the order. */
  function atPrice(price: number, lowest: number, highest: number): Fill {
    const amountsAt = (nu: number) => Float64Array.from(lanes, (_, i) => takenBy(i, nu, true));
    for (let gap = SMALLEST_GAP; ; gap *= 4) {
      const [above, below] = [Math.min(price * (1 + gap), highest), Math.max(price * (1 - gap), lowest)];
      const [few, many] = [amountsAt(above), amountsAt(below)];
      const [least, most] = [sumOf(few), sumOf(many)];
      const isBracket = least <= order.amount && most >= order.amount;
      if (!isBracket && (above < highest || below > lowest)) continue;
      const share = most > least ? Math.min(Math.max((order.amount - least) / (most - least), 0), 1) : 0;
      return finished(
        price,
        few.map((amount, i) => amount + share * (many[i]! - amount)),
        -1,
        1,
        0,
      );
    }
  }

  /** At a kink: what is left of the order goes to those that take it at this price, and of the open ones at most one is not filled. */
  function atJump(price: number): Fill {
    const amountsIn = Float64Array.from(lanes, (_, i) => takenBy(i, price, false));
    let left = order.amount - sumOf(amountsIn);
    let [partial, share, whole] = [-1, 1, 0];
    for (const state of [LANE.in, LANE.open]) {
      for (let i = 0; i < lanes.length && left > ROUNDING * order.amount; i++) {
        if (states[i] !== state) continue;
        const before = amountsIn[i]!;
        const after = takenBy(i, price, true);
        const room = measured(i, after) - measured(i, before);
        if (!(room > 0)) continue;
        const taken = Math.min(room, left);
        left -= taken;
        if (taken === room) {
          amountsIn[i] = after;
        } else if (state === LANE.open && before === 0 && lanes[i]!.takeOff === price) {
          [partial, share, whole] = [i, taken / room, after];
          amountsIn[i] = exactIn ? taken : lanes[i]!.exchange.inputFor(taken);
        } else {
          amountsIn[i] = exactIn ? before + taken : lanes[i]!.exchange.inputFor(measured(i, before) + taken);
        }
      }
    }
    return finished(price, amountsIn, partial, share, whole);
  }

  function sumOf(amountsIn: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < lanes.length; i++) sum += measured(i, amountsIn[i]!);
    return sum;
  }

  function finished(price: number, amountsIn: Float64Array, partial: number, share: number, whole: number): Fill {
    settleRounding(amountsIn);
    let worth = 0;
    for (let i = 0; i < lanes.length; i++) {
      const { exchange, fixedCost } = lanes[i]!;
      const amountIn = i === partial ? whole : amountsIn[i]!;
      if (amountIn === 0) continue;
      worth +=
        (i === partial ? share : 1) * (exactIn ? exchange.outputOf(amountIn) - fixedCost : -amountIn - fixedCost);
    }
    return { price, amountsIn, partial, share, worth };
  }

  /** An exact input is spent to the last bit: what rounding left over goes to, or comes from, the largest. */
  function settleRounding(amountsIn: Float64Array): void {
    if (!exactIn) return;
    const largest = amountsIn.reduce((best, amount, i) => (amount > amountsIn[best]! ? i : best), 0);
    amountsIn[largest] = amountsIn[largest]! + (order.amount - sumOf(amountsIn));
  }
}
