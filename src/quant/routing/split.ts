import type { Exchange } from './exchange.ts';
import { fillLanes, kinksOf, LANE, type Fill, type Lane, type Order, type Side } from './waterFilling.ts';

export interface Venue {
  readonly exchange: Exchange;
  /**
   * What using it costs whatever the amount, such as gas, >= 0, in units of what the order does not fix: of the output with an exact
   * input, of the input with an exact output.
   */
  readonly fixedCost: number;
}

export interface Split {
  /** By venue; 0 where it is not used. */
  readonly amountsIn: Float64Array;
  readonly amountsOut: Float64Array;
  readonly amountIn: number;
  readonly amountOut: number;
  /** Of the venues that are used. */
  readonly fixedCosts: number;
  /** Output per unit of input at which the last unit was bought, the same wherever the price can move. */
  readonly price: number;
  /** Output less fixed costs; of an exact output input and fixed costs, negative. */
  readonly worth: number;
  /** What no split is worth more than; above `worth` only where the search was cut short. */
  readonly bound: number;
}

/** Venues × sets of them that are looked at, some milliseconds; what is left unproved then is told by `bound`. */
const MOST_WORK = 6_000;
const LEAST_SETS = 24;
/** Of the worth: sets that are better by less are not looked for. */
const TOLERANCE = 1e-13;
const MOST_STEPS = 200;
/** Of all that a pool holds: the rest would cost without end. */
const MOST_SHARE = 1 - 1e-12;

/**
 * The price below which a venue is worth its fixed cost: where what it pays above that price, π(ν) = max G(δ) − νδ, comes to the cost
 * (for an exact output to ν times the cost). Newton's steps on the convex π rise to it.
 */
function takeOffPrice(exchange: Exchange, fixedCost: number, cut: number, side: Side): number {
  if (!(cut > 0)) return -Infinity;
  const best = exchange.priceAt(0);
  if (fixedCost === 0) return best;
  const [constant, perPrice] = side === 'exact_in' ? [fixedCost, 0] : [0, fixedCost];
  let price = cut < Infinity ? exchange.priceAt(cut) : best / 4;
  const gain = () => {
    const amount = Math.min(exchange.amountAt(price, true), cut);
    return { amount, excess: exchange.outputOf(amount) - price * (amount + perPrice) - constant };
  };
  if (cut < Infinity && exchange.outputOf(cut) - price * (cut + perPrice) - constant <= 0)
    return (exchange.outputOf(cut) - constant) / (cut + perPrice);
  while (gain().excess < 0) {
    price /= 16;
    if (!(price > Number.MIN_VALUE)) return -Infinity;
  }
  for (let step = 0; step < MOST_STEPS; step++) {
    const { amount, excess } = gain();
    const next = price + excess / (amount + perPrice);
    if (!(next > price * (1 + 2e-16))) break;
    price = Math.min(next, best);
  }
  return price;
}

function laneOf({ exchange, fixedCost }: Venue, { side, amount }: Order): Lane {
  const { mostIn, mostOut } = exchange;
  const held = mostIn < Infinity ? mostOut : MOST_SHARE * mostOut;
  const room = Math.min(amount, side === 'exact_in' ? mostIn : held);
  const cut = side === 'exact_in' ? room : exchange.inputFor(room);
  return { exchange, fixedCost, cut, room, takeOff: takeOffPrice(exchange, fixedCost, cut, side) };
}

export interface Single {
  /** Its place among the venues. */
  readonly venue: number;
  readonly amountIn: number;
  readonly amountOut: number;
  /** As of a split. */
  readonly worth: number;
}

/** The best of what one venue alone would do with the whole order; undefined when none takes so much. */
export function bestSingle(venues: readonly Venue[], amount: number, side: Side = 'exact_in'): Single | undefined {
  let best: Single | undefined;
  venues.forEach(({ exchange, fixedCost }, venue) => {
    if (amount > (side === 'exact_in' ? exchange.mostIn : exchange.mostOut)) return;
    const amountIn = side === 'exact_in' ? amount : exchange.inputFor(amount);
    if (amountIn === Infinity) return;
    const amountOut = side === 'exact_in' ? exchange.outputOf(amount) : amount;
    const worth = side === 'exact_in' ? amountOut - fixedCost : -amountIn - fixedCost;
    if (!best || worth > best.worth) best = { venue, amountIn, amountOut, worth };
  });
  return best;
}

/**
 * The best split of an order. Without fixed costs by filling once; with them by branch and bound, where an open venue counts with the
 * concave envelope of what it pays less its cost, so that a fill is an upper bound and leaves at most one venue undecided.
 *
 * @param amount > 0
 * @returns undefined when the venues cannot take so much together
 */
export function splitOrder(venues: readonly Venue[], amount: number, side: Side = 'exact_in'): Split | undefined {
  const order: Order = { side, amount };
  const lanes = venues.map((venue) => laneOf(venue, order));
  const kinks = kinksOf(lanes);
  const fill = (states: Uint8Array) => fillLanes(lanes, states, order, kinks);
  const root = Uint8Array.from(lanes, ({ fixedCost }) => (fixedCost > 0 ? LANE.open : LANE.in));
  const relaxed = fill(root);
  if (!relaxed) return undefined;
  const { best, bound } = root.includes(LANE.open)
    ? branchAndBound(lanes, fill, root, relaxed, side)
    : { best: relaxed, bound: relaxed.worth };
  // Equal up to rounding, and then the single one is not to look better.
  const single = bestSingle(venues, amount, side);
  const chosen = single && single.worth >= best.worth ? fillOf(lanes, single) : best;
  return splitOf(lanes, chosen, Math.max(bound, chosen.worth));
}

function fillOf(lanes: readonly Lane[], { venue, amountIn, worth }: Single): Fill {
  const amountsIn = new Float64Array(lanes.length);
  amountsIn[venue] = amountIn;
  return { price: lanes[venue]!.exchange.priceAt(amountIn), amountsIn, partial: -1, share: 1, worth };
}

function splitOf(lanes: readonly Lane[], { amountsIn, price, worth }: Fill, bound: number): Split {
  const amountsOut = amountsIn.map((amountIn, i) => lanes[i]!.exchange.outputOf(amountIn));
  const sum = (amounts: Float64Array) => amounts.reduce((total, each) => total + each, 0);
  const fixedCosts = lanes.reduce((total, { fixedCost }, i) => total + (amountsIn[i]! > 0 ? fixedCost : 0), 0);
  return {
    ...{ amountsIn, amountsOut, amountIn: sum(amountsIn), amountOut: sum(amountsOut) },
    ...{ fixedCosts, price, worth, bound },
  };
}

type FillStates = (states: Uint8Array) => Fill | undefined;

interface Node {
  readonly states: Uint8Array;
  readonly relaxed: Fill;
}

function branchAndBound(lanes: readonly Lane[], fill: FillStates, states: Uint8Array, relaxed: Fill, side: Side) {
  const most = Math.max(LEAST_SETS, MOST_WORK / lanes.length);
  let best = improved(lanes, fill, setOf(lanes, relaxed, states), side, most);
  const nodes: Node[] = [{ states, relaxed }];
  const isHopeless = (worth: number) => best !== undefined && worth <= best.worth + TOLERANCE * Math.abs(best.worth);
  for (let count = 0; nodes.length > 0 && (count < most || best === undefined); count++) {
    const node = nodes.pop()!;
    if (isHopeless(node.relaxed.worth)) continue;
    const { partial, share } = node.relaxed;
    const found = partial < 0 ? node.relaxed : fill(setOf(lanes, node.relaxed, node.states));
    if (found && !(best && found.worth <= best.worth)) best = found;
    if (partial < 0) continue;
    const children = [LANE.out, LANE.in].map((state) => {
      const with_ = node.states.slice();
      with_[partial] = state;
      return { states: with_, relaxed: fill(with_) };
    });
    if (share < 0.5) children.reverse();
    for (const { states, relaxed } of children)
      if (relaxed && !isHopeless(relaxed.worth)) nodes.push({ states, relaxed });
  }
  const open = nodes.map((node) => node.relaxed.worth);
  return { best: best!, bound: Math.max(best!.worth, ...open) };
}

/** The venues that a relaxed fill uses, as a decision. */
function setOf(lanes: readonly Lane[], { amountsIn }: Fill, states: Uint8Array): Uint8Array {
  return states.map((state, i) => {
    const isUsed = amountsIn[i]! > 0 || lanes[i]!.fixedCost === 0;
    return state !== LANE.out && isUsed ? LANE.in : LANE.out;
  });
}

/**
 * Drops and adds venues one by one as long as that makes it better, those that promise most first. By duality dropping one loses at
 * least its π(ν) at the price ν of the set, and adding one gains at most that, so that only few need be tried.
 */
function improved(
  lanes: readonly Lane[],
  fill: FillStates,
  start: Uint8Array,
  side: Side,
  most: number,
): Fill | undefined {
  const states = start.slice();
  let best = fill(states);
  let tries = 0;
  for (let isBetter = best !== undefined; isBetter;) {
    isBetter = false;
    for (const i of promising(lanes, states, best!.price, side)) {
      if (tries++ >= most) return best;
      const isUsed = states[i] === LANE.in;
      states[i] = isUsed ? LANE.out : LANE.in;
      const other = fill(states);
      if (other && other.worth > best!.worth) {
        [best, isBetter] = [other, true];
        break;
      }
      states[i] = isUsed ? LANE.in : LANE.out;
    }
  }
  return best;
}

/** Venues used that are not worth their cost at the price, and those unused that would be. */
function promising(lanes: readonly Lane[], states: Uint8Array, price: number, side: Side): number[] {
  const gains = lanes.map((lane, i) => {
    if (lane.fixedCost === 0) return 0;
    return states[i] === LANE.in ? -worthAt(lane, price, side) : worthAt(lane, price, side);
  });
  const places = [...gains.keys()].filter((i) => gains[i]! > 0);
  return places.sort((a, b) => gains[b]! - gains[a]!);
}

function worthAt({ exchange, fixedCost, cut }: Lane, price: number, side: Side): number {
  const amount = price > 0 ? Math.min(exchange.amountAt(price, true), cut) : cut;
  return exchange.outputOf(amount) - price * amount - (side === 'exact_in' ? 1 : price) * fixedCost;
}
