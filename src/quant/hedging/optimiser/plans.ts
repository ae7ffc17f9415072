import {
  BY_STRENGTH,
  noAllowance,
  relaxationsOf,
  ROUNDING,
  violationsOf,
  type Allowance,
  type Constraint,
} from './constraints.ts';
import { evaluate, legsOf, type Evaluation } from './evaluate.ts';
import { moneyOf } from './formulation.ts';
import type { Formulation } from './layout.ts';
import { ALTERNATIVES, type Alternative, type AlternativeName, type Problem } from './model.ts';
import type { Space } from './space.ts';

/** Quantities and what they come to. */
export interface Plan {
  readonly quantities: Float64Array;
  readonly evaluation: Evaluation;
}

/** What is minimised: risk × variance + cost × cost. */
export interface Criterion {
  readonly risk: number;
  readonly cost: number;
}

/** Among plans of equal cost the one of less risk, among those of equal risk the one of less cost. */
const TIE = 1e-6;
/** Objectives smaller than this part of the book's own risk are not told apart more finely. */
const SMALL = 0.1;

/** One family in the weight of risk, so that cost rises and variance falls from the first to the last. */
export function criteriaOf({ problem, sd, sizes }: Space): Record<AlternativeName, Criterion> {
  const half = 0.5 * problem.riskAversion;
  const dearest = problem.candidates.reduce((most, { buyCost, sellCost, fixedCost }, i) => {
    return Math.max(most, sizes[i]! * Math.max(buyCost, sellCost) + fixedCost);
  }, 0);
  return {
    cheapest: { risk: TIE * half, cost: 1 },
    balanced: { risk: half, cost: 1 },
    tightest: { risk: 1 / sd ** 2, cost: TIE / (dearest || 1) },
  };
}

export function valueOf({ risk, cost }: Criterion, { evaluation }: Plan): number {
  return risk * evaluation.variance + cost * evaluation.cost.total;
}

/** The size below which an objective is not told apart more finely. */
export function worthOf({ risk }: Criterion, { sd }: Space): number {
  return SMALL * risk * sd ** 2;
}

/** The criterion as a cost of a programme's columns. */
export function costVector(formulation: Formulation, { risk, cost }: Criterion): Float64Array {
  const { layout, space } = formulation;
  const vector = moneyOf(formulation).map((money) => cost * money);
  return vector.fill(risk * space.sd ** 2, layout.square, layout.square + space.rank);
}

export function planOf(problem: Problem, quantities: Float64Array): Plan {
  return { quantities, evaluation: evaluate(problem, quantities) };
}

/** The plans of least violation, the strongest priority first, and what they need to be allowed; none that violates priority 0. */
export function leastViolating(
  plans: readonly Plan[],
  constraints: readonly Constraint[],
): { readonly plans: readonly Plan[]; readonly allowance: Allowance } {
  const allowance = noAllowance();
  let left = plans.map((plan) => ({ plan, violations: violationsOf(constraints, plan.evaluation) }));
  for (const priority of BY_STRENGTH) {
    const least = Math.min(...left.map(({ violations }) => violations[priority]!));
    const most = (priority === 0 ? 0 : least) + ROUNDING;
    left = left.filter(({ violations }) => violations[priority]! <= most);
    if (left.length === 0) break;
    allowance[priority] = least > ROUNDING ? least : 0;
  }
  return { plans: left.map(({ plan }) => plan), allowance };
}

export function bestOf(plans: readonly Plan[], criterion: Criterion): Plan | undefined {
  const values = plans.map((plan) => valueOf(criterion, plan));
  return plans[values.indexOf(Math.min(...values))];
}

/** (value − lower) as a fraction of the value or, where that is more, of what is not told apart. */
export function gapOf(plan: Plan, criterion: Criterion, lower: number, space: Space): number {
  const value = valueOf(criterion, plan);
  const size = Math.max(Math.abs(value), worthOf(criterion, space));
  return value > lower && size > 0 ? (value - lower) / size : 0;
}

/**
 * The best plan by each criterion among all that were found, so that a small gap in one search cannot put them out of order;
 * those that coincide are one. Precondition: there is a plan.
 */
export function alternativesOf(
  space: Space,
  constraints: readonly Constraint[],
  plans: readonly Plan[],
  lower: Readonly<Record<AlternativeName, number>>,
): Alternative[] {
  const criteria = criteriaOf(space);
  const chosen: { plan: Plan; names: AlternativeName[] }[] = [];
  for (const name of ALTERNATIVES) {
    const plan = bestOf(plans, criteria[name])!;
    const same = chosen.find((other) => coincide(space, other.plan, plan));
    if (same) same.names.push(name);
    else chosen.push({ plan, names: [name] });
  }
  return chosen.map(({ plan: { quantities, evaluation }, names }) => ({
    names,
    legs: legsOf(space.problem, quantities),
    ...{ cost: evaluation.cost, variance: evaluation.variance, objective: evaluation.objective },
    reached: evaluation.reached,
    relaxed: relaxationsOf(constraints, evaluation),
    gap: Math.max(...names.map((name) => gapOf({ quantities, evaluation }, criteria[name], lower[name], space))),
  }));
}

/** Quantities this near, in sizes of the candidate, are the same plan. */
const SAME = 1e-5;

function coincide({ sizes }: Space, one: Plan, other: Plan): boolean {
  return one.quantities.every((quantity, i) => Math.abs(quantity - other.quantities[i]!) <= SAME * sizes[i]!);
}
