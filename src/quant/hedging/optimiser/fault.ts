import { isPsd } from './semidefinite.ts';
import { LIMIT_NAMES, type Candidate, type InvalidReason, type Problem, type Target } from './model.ts';

export interface Fault {
  readonly reason: InvalidReason;
  readonly subject: string;
}

/** What is wrong with the numbers of a problem, the first thing found; undefined where it can be solved or shown to be infeasible. */
export function faultOf(problem: Problem): Fault | undefined {
  const { factors, covariance, riskAversion, candidates, targets } = problem;
  if (!factors.every(Number.isFinite)) return { reason: 'not_finite', subject: 'factors' };
  if (!Number.isFinite(riskAversion)) return { reason: 'not_finite', subject: 'riskAversion' };
  if (riskAversion < 0) return { reason: 'negative_cost', subject: 'riskAversion' };
  if (covariance.length !== factors.length ** 2) return { reason: 'wrong_length', subject: 'covariance' };
  if (!covariance.every(Number.isFinite)) return { reason: 'not_finite', subject: 'covariance' };
  if (!isPsd(covariance, factors.length)) return { reason: 'covariance_not_psd', subject: 'covariance' };
  return (
    firstFault(candidates, (candidate) => candidateFault(candidate, factors.length, targets.length)) ??
    firstFault(targets, targetFault) ??
    duplicate(candidates) ??
    duplicate([...targets, ...LIMIT_NAMES.map((id) => ({ id }))]) ??
    limitFault(problem)
  );
}

function firstFault<Item extends { readonly id: string }>(
  items: readonly Item[],
  reasonOf: (item: Item) => InvalidReason | undefined,
): Fault | undefined {
  for (const item of items) {
    const reason = reasonOf(item);
    if (reason) return { reason, subject: item.id };
  }
  return undefined;
}

function candidateFault(candidate: Candidate, factors: number, targets: number): InvalidReason | undefined {
  const { buyCost, sellCost, fixedCost, impact, holdingCost, lot, minTrade, maxBuy, maxSell, notional } = candidate;
  if (candidate.factors.length !== factors || candidate.greeks.length !== targets) return 'wrong_length';
  const costs = [buyCost, sellCost, fixedCost, impact.coefficient];
  const sizes = [lot, minTrade, maxBuy, maxSell, notional];
  const all = [...costs, ...sizes, holdingCost, ...candidate.factors, ...candidate.greeks];
  if (!all.every(Number.isFinite)) return 'not_finite';
  if (costs.some((cost) => cost < 0)) return 'negative_cost';
  return sizes.some((size) => size < 0) ? 'negative_size' : undefined;
}

function targetFault({ value, target, tolerance, scale }: Target): InvalidReason | undefined {
  if (![value, target, tolerance, scale].every(Number.isFinite)) return 'not_finite';
  if (tolerance < 0) return 'negative_size';
  return scale > 0 ? undefined : 'scale_not_positive';
}

function limitFault({ limits }: Problem): Fault | undefined {
  for (const name of LIMIT_NAMES) {
    const limit = limits[name];
    if (!limit) continue;
    if (![limit.value, limit.scale].every(Number.isFinite)) return { reason: 'not_finite', subject: name };
    if (!(limit.scale > 0)) return { reason: 'scale_not_positive', subject: name };
  }
  return undefined;
}

function duplicate(items: readonly { readonly id: string }[]): Fault | undefined {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) return { reason: 'duplicate_id', subject: id };
    seen.add(id);
  }
  return undefined;
}
