import type { Evaluation } from './evaluate.ts';
import { LIMIT_NAMES, PRIORITIES, type LimitName, type Priority, type Relaxation } from './model.ts';
import type { Space } from './space.ts';

/** A target's band or a limit, as lower ≤ sum ≤ upper. */
export interface Constraint {
  readonly id: string;
  readonly priority: Priority;
  /** A target by its index, a limit by its name. */
  readonly of: number | LimitName;
  readonly lower: number;
  readonly upper: number;
  /** What its sum is measured in, so that it is of order one. */
  readonly unit: number;
  /** Of one such unit of violation, the largest of its priority being 1. */
  readonly weight: number;
}

/** Most weighted violation of each priority; 0 of priority 0. */
export type Allowance = Float64Array;

/** Violations below this, in units of order one, are rounding: solvers keep rows to 1e-9. */
export const ROUNDING = 1e-6;

export function constraintsOf({ problem, sizes }: Space): Constraint[] {
  const { candidates, targets, limits } = problem;
  const largest = (amountOf: (i: number) => number): number =>
    candidates.reduce((most, _, i) => Math.max(most, sizes[i]! * Math.abs(amountOf(i))), 0);
  const raw = targets.map(({ id, value, target, tolerance, priority, scale }, t) => {
    const [lower, upper] = [target - tolerance, target + tolerance];
    const unit = Math.max(Math.abs(target - value), tolerance) || largest((i) => candidates[i]!.greeks[t]!) || 1;
    return { id, priority, of: t as number | LimitName, lower, upper, unit, weight: scale * unit };
  });
  for (const name of LIMIT_NAMES) {
    const limit = limits[name];
    if (!limit) continue;
    const { priority, scale, value: upper } = limit;
    const unit = Math.abs(upper) || largest((i) => amountOf(name, candidates[i]!)) || 1;
    raw.push({ id: name, priority, of: name, lower: -Infinity, upper, unit, weight: scale * unit });
  }
  const heaviest = PRIORITIES.map((p) => Math.max(...raw.filter((c) => c.priority === p).map((c) => c.weight)));
  return raw.map((constraint) => ({ ...constraint, weight: constraint.weight / heaviest[constraint.priority]! }));
}

function amountOf(name: LimitName, candidate: { buyCost: number; sellCost: number; notional: number }): number {
  if (name === 'maxCost') return Math.max(candidate.buyCost, candidate.sellCost);
  return name === 'maxNotional' ? candidate.notional : 0;
}

export function noAllowance(): Allowance {
  return new Float64Array(PRIORITIES.length);
}

/** What the constraint's sum comes to in a plan. */
export function sumOf({ of }: Constraint, { reached, used }: Evaluation): number {
  return typeof of === 'number' ? reached[of]! : used[of];
}

/** By how much a plan violates it, in its unit. */
function missOf(constraint: Constraint, evaluation: Evaluation): number {
  const sum = sumOf(constraint, evaluation);
  return Math.max(sum - constraint.upper, constraint.lower - sum, 0) / constraint.unit;
}

/** Weighted violation of each priority. */
export function violationsOf(constraints: readonly Constraint[], evaluation: Evaluation): Allowance {
  const missed = noAllowance();
  for (const constraint of constraints) {
    missed[constraint.priority]! += constraint.weight * missOf(constraint, evaluation);
  }
  return missed;
}

/** Strongest first. */
export const BY_STRENGTH: readonly Priority[] = [0, 5, 4, 3, 2, 1];

/** Whether nothing is violated by more than is allowed. */
export function isWithin(violations: Allowance, allowance: Allowance): boolean {
  return violations.every((violation, priority) => violation <= allowance[priority]! + ROUNDING);
}

export function relaxationsOf(constraints: readonly Constraint[], evaluation: Evaluation): Relaxation[] {
  return constraints.flatMap((constraint) => {
    const miss = missOf(constraint, evaluation);
    if (miss <= ROUNDING) return [];
    const { id, priority, unit } = constraint;
    return [{ id, priority, value: sumOf(constraint, evaluation), by: miss * unit }];
  });
}
