import { noAllowance, type Allowance } from './constraints.ts';
import type { Formulation } from './layout.ts';
import { minimise, type Minimised, type Minimum, type Precision, type Session } from './minimise.ts';
import { PRIORITIES } from './model.ts';

export type Settled =
  | { readonly status: 'settled'; readonly allowance: Allowance }
  | { readonly status: 'infeasible' | 'solver' }
  /** `x`: a point, if there is one, that keeps priority 0 but is not known to violate the least. */
  | { readonly status: 'limit'; readonly x?: Float64Array };

/** Weighted violations, in units of order one, below which nothing has given way. */
const NOTHING = 1e-8;
/** What a settled violation may be exceeded by, so that the point that attains it stays feasible. */
const SLACK = 1e-9;

/**
 * What has to give way: the least weighted violation of priority 5, keeping that the least of 4, and so on to 1. Bounds the
 * rows of the programme by what it finds.
 */
export function settle(session: Session, precision: Precision): Settled {
  const { formulation } = session;
  const all = minimise(session, violationCost(formulation), precision);
  if (all.status !== 'found') return all;
  if (!isProved(all, precision)) return { status: 'limit', x: all.x };
  const allowance = noAllowance();
  if (all.upper > NOTHING) {
    for (const priority of PRIORITIES.slice(1).reverse()) {
      const least = leastViolation(session, priority, precision);
      if (least.status !== 'found') return least;
      if (!isProved(least, precision)) return { status: 'limit', x: least.x };
      allowance[priority] = least.upper > NOTHING ? least.upper : 0;
      allow(session, allowance, priority);
    }
  }
  allowAll(session, allowance);
  return { status: 'settled', allowance };
}

/** Twice the gap: tangents and whole numbers have one each. */
function isProved({ lower, upper }: Minimum, { gap, worth }: Precision): boolean {
  return upper - lower <= 2 * gap * Math.max(upper, worth);
}

function leastViolation(session: Session, priority: number, precision: Precision): Minimised {
  if (session.formulation.allowanceRow[priority]! < 0) return NO_VIOLATION;
  return minimise(session, violationCost(session.formulation, priority), precision);
}

const NO_VIOLATION: Minimised = {
  status: 'found',
  x: new Float64Array(0),
  lower: 0,
  upper: 0,
  reducedCosts: new Float64Array(0),
};

/** Holds a programme to the violations that were settled for another of the same problem. */
export function allowAll(session: Session, allowance: Allowance): void {
  for (const priority of PRIORITIES) allow(session, allowance, priority);
}

function allow({ formulation, open }: Session, allowance: Allowance, priority: number): void {
  const row = formulation.allowanceRow[priority]!;
  if (row >= 0) open.boundRow(row, -Infinity, allowance[priority]! * (1 + SLACK) + SLACK);
}

function violationCost({ constraints, violationOf, layout }: Formulation, only?: number): Float64Array {
  const cost = new Float64Array(layout.count);
  constraints.forEach(({ priority, weight }, c) => {
    if (priority === 0 || (only !== undefined && priority !== only)) return;
    cost[violationOf[c]!] = cost[violationOf[c]! + 1] = weight;
  });
  return cost;
}

/**
 * Constraints of priority 0 that cannot hold together, none of which could be left out: the deletion filter (Chinneck & Dravnieks
 * 1991, "Locating minimal infeasible constraint sets in linear programs"). Precondition: the programme is infeasible.
 */
export function irreducible({ formulation, open }: Session, precision: Precision): string[] {
  const { constraints, rowOf, layout, programme } = formulation;
  const nothing = new Float64Array(layout.count);
  return constraints.flatMap(({ priority, id }, c) => {
    const row = rowOf[c]!;
    if (priority > 0 || row < 0) return [];
    open.boundRow(row, -Infinity, Infinity);
    if (minimise({ formulation, open }, nothing, precision).status === 'infeasible') return [];
    open.boundRow(row, programme.rows.lower[row]!, programme.rows.upper[row]!);
    return [id];
  });
}
