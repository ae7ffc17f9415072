import type { Candidate, Leg, LegCost, LimitName, Problem } from './model.ts';

/** What a plan comes to, by the formulas. */
export interface Evaluation {
  readonly cost: LegCost;
  /** Quote currency squared, over the horizon. */
  readonly variance: number;
  /** ½γ·variance + cost. */
  readonly objective: number;
  readonly reached: Float64Array;
  /** What each limit is a bound of. */
  readonly used: Readonly<Record<LimitName, number>>;
}

/** Variance of exposures u to factors: uᵀCu. Never below 0. */
export function residualRisk(exposures: Float64Array, covariance: Float64Array): number {
  const n = exposures.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row += covariance[i * n + j]! * exposures[j]!;
    sum += exposures[i]! * row;
  }
  return Math.max(sum, 0);
}

/** Of an order of `size` units, ≥ 0. */
export function impactCost({ impact }: Candidate, size: number): number {
  return impact.coefficient * size * (impact.shape === 'linear' ? size : Math.sqrt(size));
}

/** Expected cost of an order of `quantity`, signed; nothing at 0. */
export function legCost(candidate: Candidate, quantity: number): LegCost {
  const size = Math.abs(quantity);
  const trading = size * (quantity > 0 ? candidate.buyCost : candidate.sellCost);
  const impact = impactCost(candidate, size);
  const fixed = size > 0 ? candidate.fixedCost : 0;
  const holding = quantity * candidate.holdingCost;
  return { trading, impact, fixed, holding, total: trading + impact + fixed + holding };
}

/** `quantities`: one per candidate. */
export function evaluate(problem: Problem, quantities: Float64Array): Evaluation {
  const exposures = Float64Array.from(problem.factors);
  const reached = Float64Array.from(problem.targets, ({ value }) => value);
  const cost = { trading: 0, impact: 0, fixed: 0, holding: 0, total: 0 };
  const used = { maxCost: 0, maxLegs: 0, maxNewLegs: 0, maxNotional: 0 };
  problem.candidates.forEach((candidate, i) => {
    const quantity = quantities[i]!;
    if (quantity === 0) return;
    for (let f = 0; f < exposures.length; f++) exposures[f] = exposures[f]! + quantity * candidate.factors[f]!;
    for (let t = 0; t < reached.length; t++) reached[t] = reached[t]! + quantity * candidate.greeks[t]!;
    const own = legCost(candidate, quantity);
    for (const part of ['trading', 'impact', 'fixed', 'holding', 'total'] as const) cost[part] += own[part];
    used.maxLegs++;
    if (candidate.isNew) used.maxNewLegs++;
    used.maxNotional += Math.abs(quantity) * candidate.notional;
  });
  used.maxCost = cost.total;
  const variance = residualRisk(exposures, problem.covariance);
  return { cost, variance, objective: 0.5 * problem.riskAversion * variance + cost.total, reached, used };
}

export function legsOf({ candidates }: Problem, quantities: Float64Array): Leg[] {
  return candidates.flatMap((candidate, i) => {
    const quantity = quantities[i]!;
    return quantity === 0 ? [] : [{ candidate: i, id: candidate.id, quantity, cost: legCost(candidate, quantity) }];
  });
}
