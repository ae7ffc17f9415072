import type { Layout } from './columns.ts';
import type { Constraint } from './constraints.ts';
import { impactCost } from './evaluate.ts';
import { countsOrders, mostUnits, type Formulation } from './layout.ts';
import { addEntry, emptyRows, startRow, type Rows } from './linearProgramme.ts';
import { PRIORITIES, type LimitName } from './model.ts';
import type { Space } from './space.ts';
import { addTangent, convexTerms, thinned, type Anchors } from './tangents.ts';

type Draft = Omit<Formulation, 'programme' | 'allowanceRow'>;

/**
 * Writes a problem down over some of its candidates. `exact`: with lots, and orders where they count; otherwise a relaxation
 * without either, in which a fixed cost is spread over the largest order.
 */
export function formulate(
  space: Space,
  constraints: readonly Constraint[],
  list: readonly number[],
  exact: boolean,
  anchors: Anchors,
): Formulation {
  const { candidates } = space.problem;
  const counted = exact && countsOrders(space);
  const soft = constraints.filter(({ priority }) => priority > 0).length;
  const layout = layoutOf(list.length, space.rank, soft, counted);
  const units = Float64Array.from(list, (i) => (exact && candidates[i]!.lot) || space.sizes[i]!);
  const rowOf = new Int32Array(constraints.length).fill(-1);
  const violationOf = new Int32Array(constraints.length).fill(-1);
  const terms = convexTerms(space, list, layout, units, exact ? thinned(anchors) : anchors);
  const draft = { space, list, layout, constraints, rowOf, violationOf, terms, units, exact, counted };
  const rows = emptyRows();
  writeCoordinates(draft, rows);
  constraints.forEach((_, c) => writeConstraint(draft, rows, c));
  const allowanceRow = writeAllowances(draft, rows);
  if (counted) writeOrders(draft, rows);
  writeTangents(draft, rows);
  return { ...draft, allowanceRow, programme: { ...boundsOf(draft), rows } };
}

function layoutOf(k: number, rank: number, soft: number, counted: boolean): Layout {
  const coordinate = 3 * k;
  const square = coordinate + rank;
  const violation = square + rank;
  const buys = violation + 2 * soft;
  const sells = buys + (counted ? k : 0);
  const count = sells + (counted ? k : 0);
  return { buy: 0, sell: k, impact: 2 * k, coordinate, square, violation, buys, sells, count };
}

/** What one of each column costs, quote currency. */
export function moneyOf({ space, list, layout, units, counted }: Omit<Draft, 'terms'>): Float64Array {
  const money = new Float64Array(layout.count);
  list.forEach((i, a) => {
    const candidate = space.problem.candidates[i]!;
    const { buyCost, sellCost, holdingCost, fixedCost, maxBuy, maxSell } = candidate;
    const spread = (most: number): number => (counted || most === 0 ? 0 : fixedCost / most);
    money[layout.buy + a] = (buyCost + holdingCost + spread(maxBuy)) * units[a]!;
    money[layout.sell + a] = (sellCost - holdingCost + spread(maxSell)) * units[a]!;
    money[layout.impact + a] = impactCost(candidate, space.sizes[i]!);
    if (counted) money[layout.buys + a] = money[layout.sells + a] = fixedCost;
  });
  return money;
}

function boundsOf({ space, list, layout, units, exact, counted }: Draft) {
  const lower = new Float64Array(layout.count);
  const upper = new Float64Array(layout.count).fill(Infinity);
  const whole = new Uint8Array(layout.count);
  lower.fill(-Infinity, layout.coordinate, layout.square);
  list.forEach((i, a) => {
    const candidate = space.problem.candidates[i]!;
    upper[layout.buy + a] = mostUnits(candidate, candidate.maxBuy, units[a]!);
    upper[layout.sell + a] = mostUnits(candidate, candidate.maxSell, units[a]!);
    whole[layout.buy + a] = whole[layout.sell + a] = Number(exact && candidate.lot > 0);
    for (const order of counted ? [layout.buys + a, layout.sells + a] : []) upper[order] = whole[order] = 1;
  });
  return { lower, upper, whole };
}

/** coordinate − Σ moves·trades = start */
function writeCoordinates({ space, list, layout, units }: Draft, rows: Rows): void {
  for (let j = 0; j < space.rank; j++) {
    startRow(rows, space.start[j]!, space.start[j]!);
    addEntry(rows, layout.coordinate + j, 1);
    list.forEach((i, a) => {
      const move = space.moves[i]![j]! * units[a]!;
      addEntry(rows, layout.buy + a, -move);
      addEntry(rows, layout.sell + a, move);
    });
  }
}

/** lower ≤ sum − over + under ≤ upper */
function writeConstraint(draft: Draft, rows: Rows, c: number): void {
  const { constraints, layout, violationOf, rowOf, counted, space } = draft;
  const { of, unit, priority, lower, upper } = constraints[c]!;
  const softBefore = constraints.slice(0, c).filter((other) => other.priority > 0).length;
  if (priority > 0) violationOf[c] = layout.violation + 2 * softBefore;
  if ((of === 'maxLegs' || of === 'maxNewLegs') && !counted) return;
  const now = typeof of === 'number' ? space.problem.targets[of]!.value : 0;
  rowOf[c] = startRow(rows, (lower - now) / unit, (upper - now) / unit);
  if (typeof of === 'number') writeTarget(draft, rows, of, unit);
  else writeLimit(draft, rows, of, unit);
  if (priority === 0) return;
  addEntry(rows, violationOf[c]!, -1);
  if (lower > -Infinity) addEntry(rows, violationOf[c]! + 1, 1);
}

function writeTarget({ space, list, layout, units }: Draft, rows: Rows, target: number, unit: number): void {
  list.forEach((i, a) => {
    const value = (space.problem.candidates[i]!.greeks[target]! * units[a]!) / unit;
    addEntry(rows, layout.buy + a, value);
    addEntry(rows, layout.sell + a, -value);
  });
}

function writeLimit(draft: Draft, rows: Rows, name: LimitName, unit: number): void {
  const { space, list, layout, units } = draft;
  if (name === 'maxCost') return moneyOf(draft).forEach((cost, column) => addEntry(rows, column, cost / unit));
  const [buy, sell] = name === 'maxNotional' ? [layout.buy, layout.sell] : [layout.buys, layout.sells];
  list.forEach((i, a) => {
    const { notional, isNew } = space.problem.candidates[i]!;
    const each = name === 'maxNotional' ? notional * units[a]! : Number(name === 'maxLegs' || isNew);
    addEntry(rows, buy + a, each / unit);
    addEntry(rows, sell + a, each / unit);
  });
}

/** Σ weight·violation of a priority, bounded later. */
function writeAllowances({ constraints, violationOf }: Draft, rows: Rows): Int32Array {
  return Int32Array.from(PRIORITIES, (priority) => {
    if (priority === 0 || constraints.every((constraint) => constraint.priority !== priority)) return -1;
    const row = startRow(rows, -Infinity, Infinity);
    constraints.forEach((constraint, c) => {
      if (constraint.priority !== priority) return;
      addEntry(rows, violationOf[c]!, constraint.weight);
      addEntry(rows, violationOf[c]! + 1, constraint.weight);
    });
    return row;
  });
}

/** least·order ≤ trade ≤ most·order, and not both sides: against each other they would make a small order of two large ones. */
function writeOrders({ space, list, layout, units }: Draft, rows: Rows): void {
  list.forEach((i, a) => {
    const candidate = space.problem.candidates[i]!;
    const unit = units[a]!;
    for (const [trade, order, most] of [
      [layout.buy + a, layout.buys + a, candidate.maxBuy],
      [layout.sell + a, layout.sells + a, candidate.maxSell],
    ] as const) {
      startRow(rows, -Infinity, 0);
      addEntry(rows, trade, 1);
      addEntry(rows, order, -mostUnits(candidate, most, unit));
      if (candidate.minTrade <= candidate.lot) continue;
      startRow(rows, 0, Infinity);
      addEntry(rows, trade, 1);
      addEntry(rows, order, -candidate.minTrade / unit);
    }
    startRow(rows, -Infinity, 1);
    addEntry(rows, layout.buys + a, 1);
    addEntry(rows, layout.sells + a, 1);
  });
}

function writeTangents({ terms }: Draft, rows: Rows): void {
  for (const term of terms) for (const anchor of term.anchors) addTangent(rows, term, anchor);
}
