import { openHighs } from '../../../../src/hedging/solver/highs.ts';
import {
  type Alternative,
  type AlternativeName,
  type Candidate,
  DEFAULT_EFFORT,
  type Effort,
  type Outcome,
  type Problem,
  type Target,
} from '../../../../src/quant/hedging/optimiser/model.ts';
import { optimise } from '../../../../src/quant/hedging/optimiser/optimise.ts';

const solver = await openHighs();

/** Precise enough for answers that are known in closed form; every candidate is in the shortlist. */
export const PRECISE: Effort = { ...DEFAULT_EFFORT, gap: 1e-7, precision: 1e-10, seconds: 5, nodes: 10_000 };

export function solve(problem: Problem, effort: Effort = PRECISE): Outcome {
  return optimise(problem, solver, effort);
}

/** A cheap perpetual: one factor, of which it has 1, and no targets. */
export function candidate(over: Partial<Candidate> = {}): Candidate {
  return {
    id: 'perpetual',
    factors: Float64Array.of(1),
    greeks: new Float64Array(0),
    ...{ buyCost: 0, sellCost: 0, fixedCost: 0, holdingCost: 0 },
    impact: { coefficient: 0, shape: 'square_root' },
    ...{ lot: 0, minTrade: 0, maxBuy: 1000, maxSell: 1000, notional: 1, isNew: false },
    ...over,
  };
}

export function target(over: Partial<Target> & Pick<Target, 'id' | 'value'>): Target {
  return { target: 0, tolerance: 0, priority: 0, scale: 1, ...over };
}

/** One factor of variance 1. */
export function problem(over: Partial<Problem> = {}): Problem {
  return {
    factors: Float64Array.of(0),
    covariance: Float64Array.of(1),
    ...{ riskAversion: 1, candidates: [], targets: [], limits: {} },
    ...over,
  };
}

export function alternatives(outcome: Outcome): readonly Alternative[] {
  if (outcome.status !== 'solved') throw new Error(JSON.stringify(outcome));
  return outcome.alternatives;
}

export function named(outcome: Outcome, name: AlternativeName): Alternative {
  return alternatives(outcome).find(({ names }) => names.includes(name))!;
}

export function quantities({ legs }: Alternative): Record<string, number> {
  return Object.fromEntries(legs.map(({ id, quantity }) => [id, quantity]));
}
