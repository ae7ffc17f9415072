import type { Scenarios } from '../quant/kernel/scenarioGrid.ts';
import type { BookRow } from '../portfolios/model.ts';
import { yearsTo, type UnderlyingView } from '../market/service.ts';
import { liquidityGreeks } from './valuation.ts';

/** What is summed per scenario: value s of column c of n scenarios at `[c * n + s]`. */
export const SUM_COLUMNS = ['value', 'margin', 'delta', 'gamma', 'vega'] as const;
export type SumColumn = (typeof SUM_COLUMNS)[number];

export function columnOf(sums: Float64Array, name: SumColumn): Float64Array {
  const n = sums.length / SUM_COLUMNS.length;
  const c = SUM_COLUMNS.indexOf(name);
  return sums.subarray(c * n, (c + 1) * n);
}

/**
 * Adds spot, perpetuals, futures and shares of pools, all of one underlying and all of them valued, to the sums of every
 * scenario. `margin` is what contracts have been marked to market by. Their delta is the slope of that in spot: the profit
 * of an inverse contract of N is kept in coin, so N·(1/P₀ − 1/P) coins at P are a straight line of slope N/P₀.
 */
export function addLinear(
  view: UnderlyingView,
  asOfMs: number,
  rows: readonly BookRow[],
  scenarios: Scenarios,
  sums: Float64Array,
): void {
  const pools = rows.filter(({ kind }) => kind === 'liquidity');
  const curved = rows.filter(({ kind }) => kind === 'future' && view.carry !== undefined);
  const straight = rows.filter((row) => row.kind !== 'liquidity' && !curved.includes(row));
  addStraight(view, straight, scenarios, sums);
  if (curved.length > 0) addCarried(view, asOfMs, curved, scenarios, sums);
  if (pools.length > 0) addPools(view, pools, scenarios, sums);
}

const sizeOf = ({ quantity, multiplier }: BookRow) => quantity * multiplier;

/** Spot, perpetuals, and futures on listed forwards, whose prices move in proportion with spot and not with time. */
function addStraight(
  view: UnderlyingView,
  rows: readonly BookRow[],
  { spotMoves }: Scenarios,
  sums: Float64Array,
): void {
  let worth = 0;
  let margined = 0;
  let delta = 0;
  for (const row of rows) {
    const size = sizeOf(row);
    if (row.kind === 'spot') {
      worth += size * view.spot.mark;
      delta += size;
      continue;
    }
    const price = row.kind === 'perpetual' ? view.perpetual!.mark : view.forward(row.expiryMs!)!;
    const inverse = row.settlement === 'inverse';
    margined += inverse ? size : size * price;
    delta += inverse ? size / price : size;
  }
  const [value, margin, deltas] = [columnOf(sums, 'value'), columnOf(sums, 'margin'), columnOf(sums, 'delta')];
  spotMoves.forEach((move, s) => {
    value[s]! += worth * (1 + move);
    margin[s]! += margined * move;
    deltas[s]! += delta;
  });
}

/** Distinct values of a column, and which of them each scenario has: a ladder has few dates, a matrix few spots. */
function distinct(column: Float64Array): { values: number[]; of: number[] } {
  const places = new Map<number, number>();
  const of = Array.from(column, (value) => {
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return place;
  });
  return { values: [...places.keys()], of };
}

/**
 * Futures that follow from a carry b: F = S·e^(bT), so that at S·(1 + m) and t later a linear one has made
 * S·(1 + m)·e^(b(T − t)) − F₀, and an inverse one N·((1 + m)·S/F₀ − e^(−b(T − t))).
 */
function addCarried(
  view: UnderlyingView,
  asOfMs: number,
  rows: readonly BookRow[],
  { spotMoves, years }: Scenarios,
  sums: Float64Array,
): void {
  const dates = distinct(years);
  const spot = view.spot.mark;
  const perDate = dates.values.map((passed) => {
    const at = { slope: 0, constant: 0, delta: 0 };
    for (const row of rows) {
      const size = sizeOf(row);
      const forward = view.forward(row.expiryMs!)!;
      const growth = Math.exp(view.carry! * Math.max(yearsTo(asOfMs, row.expiryMs!) - passed, 0));
      const inverse = row.settlement === 'inverse';
      const slope = inverse ? (size * spot) / forward : size * spot * growth;
      at.slope += slope;
      at.constant -= inverse ? size / growth : size * forward;
      at.delta += slope / spot;
    }
    return at;
  });
  const [margin, deltas] = [columnOf(sums, 'margin'), columnOf(sums, 'delta')];
  spotMoves.forEach((move, s) => {
    const { slope, constant, delta } = perDate[dates.of[s]!]!;
    margin[s]! += slope * (1 + move) + constant;
    deltas[s]! += delta;
  });
}

/** Each share at each distinct spot: the price of a pool follows spot alone. */
function addPools(view: UnderlyingView, rows: readonly BookRow[], { spotMoves }: Scenarios, sums: Float64Array): void {
  const spots = distinct(spotMoves);
  const perSpot = spots.values.map((move) => {
    const at = { value: 0, delta: 0, gamma: 0 };
    for (const row of rows) {
      const one = liquidityGreeks(row.pool!, view.spot.mark * (1 + move));
      const size = sizeOf(row);
      at.value += size * one.value;
      at.delta += size * one.delta;
      at.gamma += size * one.gamma;
    }
    return at;
  });
  for (const name of ['value', 'delta', 'gamma'] as const) {
    const column = columnOf(sums, name);
    spots.of.forEach((place, s) => (column[s]! += perSpot[place]![name]));
  }
}
