import type { Layout } from './columns.ts';
import type { Constraint } from './constraints.ts';
import type { LinearProgramme } from './linearProgramme.ts';
import type { Candidate } from './model.ts';
import type { Space } from './space.ts';
import type { ConvexTerm } from './tangents.ts';

/** A problem over some of its candidates, as a linear programme with tangents in place of its convex parts. */
export interface Formulation {
  readonly space: Space;
  readonly list: readonly number[];
  readonly layout: Layout;
  readonly programme: LinearProgramme;
  readonly constraints: readonly Constraint[];
  /** Row of each constraint; −1 where the programme does not count the orders that it bounds. */
  readonly rowOf: Int32Array;
  /** Column of the violation over each constraint; −1 of priority 0. */
  readonly violationOf: Int32Array;
  /** Row that bounds the weighted violation of each priority; −1 where nothing may give way. */
  readonly allowanceRow: Int32Array;
  readonly terms: readonly ConvexTerm[];
  /** Quantity of one unit of each listed candidate's columns. */
  readonly units: Float64Array;
  /** With lots; otherwise their relaxation. */
  readonly exact: boolean;
  /** With a column for each order. */
  readonly counted: boolean;
}

/** Whether there are orders to count: fixed costs, least sizes above a lot, limits on legs. */
export function countsOrders({ problem }: Space): boolean {
  const { maxLegs, maxNewLegs } = problem.limits;
  return Boolean(maxLegs ?? maxNewLegs) || problem.candidates.some(hasThreshold);
}

function hasThreshold({ fixedCost, minTrade, lot }: Candidate): boolean {
  return fixedCost > 0 || minTrade > lot;
}

/** Whether its relaxation may answer what cannot be traded. */
export function needsWholeNumbers(space: Space): boolean {
  return countsOrders(space) || space.problem.candidates.some(({ lot }) => lot > 0);
}

/** Most units of one side, whole lots where there are lots; 0 where that is less than an order may be. */
export function mostUnits({ lot, minTrade }: Candidate, most: number, unit: number): number {
  const units = lot > 0 ? Math.floor(most / lot + 1e-9) * (lot / unit) : most / unit;
  return units * unit < minTrade * (1 - 1e-9) ? 0 : units;
}

/** Of a candidate's size: what a solver leaves of a trade that is not made. */
const NOTHING = 1e-8;

/** Signed quantities, one per candidate of the problem, of a point of a programme. */
export function quantitiesOf({ space, list, layout, units, exact }: Formulation, x: Float64Array): Float64Array {
  const quantities = new Float64Array(space.problem.candidates.length);
  list.forEach((i, a) => {
    const net = x[layout.buy + a]! - x[layout.sell + a]!;
    const { lot } = space.problem.candidates[i]!;
    if (exact && lot > 0) quantities[i] = ofLots(Math.round(net), lot);
    else quantities[i] = Math.abs(net) < NOTHING ? 0 : net * units[a]!;
  });
  return quantities;
}

/** A number of lots as a quantity; for a lot of 0.1 the double nearest to the decimal, 0.3 and not 0.30000000000000004. */
export function ofLots(count: number, lot: number): number {
  const perUnit = Math.round(1 / lot);
  return Math.abs(perUnit * lot - 1) < 1e-12 ? count / perUnit : count * lot;
}
