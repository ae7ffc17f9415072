import { moneyOf } from './formulation.ts';
import type { Formulation } from './layout.ts';
import { emptyRows, type LinearSolver, type OpenProgramme, type SolveOptions } from './linearProgramme.ts';
import { addTangent, argumentOf, valueAt, type ConvexTerm } from './tangents.ts';

/** A formulation and the solver's hold on it. */
export interface Session {
  readonly formulation: Formulation;
  readonly open: OpenProgramme;
}

export interface Minimum {
  readonly status: 'found';
  /** Of the programme's columns. */
  readonly x: Float64Array;
  /** Proved: the objective is nowhere below. Precise only as far as the solver's tolerances. */
  readonly lower: number;
  readonly upper: number;
  /** See `LinearAnswer`. */
  readonly reducedCosts: Float64Array;
}

export type Minimised = Minimum | { readonly status: 'infeasible' } | { readonly status: 'limit' | 'solver' };

/** When to stop: below `gap` of the objective's size, or of `worth` where that is more. */
export interface Precision extends SolveOptions {
  readonly worth: number;
  /** Rounds of taking in tangents. */
  readonly rounds: number;
}

/** A point that adds a tangent no nearer than this to one that is there moves nothing but the solver's tolerances. */
const NEAREST = 1e-9;
/** The cost limit may be overstepped by this, in its unit, by what the tangents leave out. */
const COST_ROUNDING = 5e-7;
/** Objectives are brought to this range, where the solver's absolute tolerances mean what they say. */
const RANGE = 30;

export function openSession(solver: LinearSolver, formulation: Formulation): Session {
  return { formulation, open: solver.open(formulation.programme) };
}

/**
 * Minimises a cost of the columns whose convex parts are bounded below by tangents: solves, takes in the tangents at the point
 * found, and again (Kelley 1960, "The cutting-plane method for solving convex programs"). Every function is of one variable, so
 * that its tangents halve the distance to the minimum each time and the square of it is the gap.
 */
export function minimise(session: Session, cost: Float64Array, precision: Precision): Minimised {
  const { formulation, open } = session;
  const limit = costLimit(formulation);
  let unit = precision.worth || cost.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  let scaled = cost.map((value) => value / unit);
  let best: Minimum | undefined;
  for (let round = 0; ; round++) {
    const answer = open.solve(scaled, precision);
    if (answer.status === 'infeasible') return answer;
    if (answer.status === 'failed') return best ?? { status: answer.reason };
    const { x } = answer;
    const lower = Math.max(answer.bound * unit, best?.lower ?? -Infinity);
    const upper = valueOf(formulation, x, cost);
    const reducedCosts = answer.reducedCosts.map((value) => value * unit);
    const now = { status: 'found' as const, x, lower, upper, reducedCosts };
    const isWithin = !limit || overstep(formulation, limit, x) <= COST_ROUNDING;
    if (isWithin && (!best || upper <= best.upper)) best = now;
    else if (best) best = { ...best, lower, reducedCosts };
    const size = Math.max(Math.abs(upper), precision.worth);
    if (best && best.upper - lower <= precision.gap * size) return best;
    const isLast = answer.status === 'limit' || round >= precision.rounds;
    const matters = { cost, least: precision.gap * size, ...(limit && !isWithin ? { limit } : {}) };
    if (isLast || !takeIn(session, x, matters)) return best ?? now;
    if (size > 0 && (size > RANGE * unit || RANGE * size < unit)) {
      unit = size;
      scaled = cost.map((value) => value / unit);
    }
  }
}

interface CostLimit {
  readonly money: Float64Array;
  readonly upper: number;
  readonly unit: number;
  /** Column of its violation in its unit; −1 where it may not give way. */
  readonly violation: number;
}

function costLimit(formulation: Formulation): CostLimit | undefined {
  const { constraints, violationOf } = formulation;
  const c = constraints.findIndex(({ of }) => of === 'maxCost');
  if (c < 0) return undefined;
  const { upper, unit } = constraints[c]!;
  return { money: moneyOf(formulation), upper, unit, violation: violationOf[c]! };
}

/** By how much a point exceeds the limit on cost, in its unit, beyond the violation that it admits to. */
function overstep(formulation: Formulation, { money, upper, unit, violation }: CostLimit, x: Float64Array): number {
  const admitted = violation < 0 ? 0 : x[violation]!;
  return (valueOf(formulation, x, money) - upper) / unit - admitted;
}

/** A cost of the columns at a point, the convex parts by their functions and not by their tangents. */
function valueOf({ terms }: Formulation, x: Float64Array, cost: Float64Array): number {
  const stated = cost.reduce((sum, value, column) => sum + value * x[column]!, 0);
  return terms.reduce((sum, term) => sum + cost[term.column]! * shortfall(term, x), stated);
}

/** By how much the tangents understate a convex part. */
function shortfall(term: ConvexTerm, x: Float64Array): number {
  return Math.max(valueAt(term, argumentOf(term, x)) - x[term.column]!, 0);
}

/** What an understatement is measured by: the objective, and the limit on cost where that is exceeded. */
interface Matters {
  readonly cost: Float64Array;
  /** Of the objective. */
  readonly least: number;
  readonly limit?: CostLimit;
}

/** Adds the tangents at a point of the convex parts that are understated by what matters; whether there were any. */
function takeIn({ formulation, open }: Session, x: Float64Array, { cost, least, limit }: Matters): boolean {
  const rows = emptyRows();
  const share = 0.5 / formulation.terms.length;
  for (const term of formulation.terms) {
    const short = shortfall(term, x);
    const inObjective = cost[term.column]! * short > share * least;
    const inLimit = limit && limit.money[term.column]! * short > share * COST_ROUNDING * limit.unit;
    const anchor = argumentOf(term, x);
    if (!inObjective && !inLimit) continue;
    if (term.anchors.some((other) => Math.abs(other - anchor) <= NEAREST)) continue;
    term.anchors.push(anchor);
    addTangent(rows, term, anchor);
  }
  if (rows.lower.length > 0) open.addRows(rows);
  return rows.lower.length > 0;
}
