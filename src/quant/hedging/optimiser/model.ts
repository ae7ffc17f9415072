import type { ImpactShape } from '../cost.ts';

/** What may be traded. Quantities are in units of the instrument, long is positive; money is in the quote currency. */
export interface Candidate {
  readonly id: string;
  /** Of one unit bought, per 1.00 of each risk factor. */
  readonly factors: Float64Array;
  /** Of one unit bought, one value per row of `Problem.targets`. */
  readonly greeks: Float64Array;
  /** Fee and half-spread of one unit bought, of one unit sold; ≥ 0. */
  readonly buyCost: number;
  readonly sellCost: number;
  /** Of an order whatever its size; ≥ 0. */
  readonly fixedCost: number;
  /** What an order of q units costs beyond that: coefficient·|q|^1.5 (square root of size) or coefficient·q² (linear in size). */
  readonly impact: { readonly coefficient: number; readonly shape: ImpactShape };
  /** What one unit held long pays over the horizon, and one held short receives: funding, carry. Either sign. */
  readonly holdingCost: number;
  /** Step of the quantities; 0 where there is none. */
  readonly lot: number;
  /** Least |quantity| of an order, if there is one; 0 for none. */
  readonly minTrade: number;
  /** Most units bought, most units sold (≥ 0, finite): position, notional, participation and no-short limits taken together. */
  readonly maxBuy: number;
  readonly maxSell: number;
  /** Of one unit; ≥ 0. */
  readonly notional: number;
  /** Whether an order in it opens a leg that the book does not have. */
  readonly isNew: boolean;
}

/** 0 must hold, or there is no plan; of the others 1 gives way first and 5 last. */
export const PRIORITIES = [0, 1, 2, 3, 4, 5] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A Greek, or any other sum over the positions, that is to end within `tolerance` of `target`. */
export interface Target {
  readonly id: string;
  /** Without any hedge. */
  readonly value: number;
  readonly target: number;
  readonly tolerance: number;
  readonly priority: Priority;
  /** What one unit of violation weighs against those of the same priority; > 0. */
  readonly scale: number;
}

/** An upper bound. */
export interface Limit {
  readonly value: number;
  readonly priority: Priority;
  /** As that of a target. */
  readonly scale: number;
}

export const LIMIT_NAMES = ['maxCost', 'maxLegs', 'maxNewLegs', 'maxNotional'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** On cost (all parts of it), orders, orders that open a leg, and Σ|quantity|·notional. */
export type Limits = { readonly [Name in LimitName]?: Limit };

/** minimise ½γ·variance of (book + hedge) + cost of the hedge, within the targets and limits. */
export interface Problem {
  /** Of the book: quote currency per 1.00 of each risk factor. */
  readonly factors: Float64Array;
  /** Of the factors over the horizon, row by row, positive semi-definite. */
  readonly covariance: Float64Array;
  /** γ ≥ 0, absolute, per unit of quote currency. */
  readonly riskAversion: number;
  readonly candidates: readonly Candidate[];
  readonly targets: readonly Target[];
  readonly limits: Limits;
}

/** Quote currency; `total` is their sum and may be negative where holding earns more than trading costs. */
export interface LegCost {
  /** Fee and half-spread. */
  readonly trading: number;
  readonly impact: number;
  readonly fixed: number;
  readonly holding: number;
  readonly total: number;
}

export interface Leg {
  /** Index into `Problem.candidates`. */
  readonly candidate: number;
  readonly id: string;
  /** Signed; a whole number of lots. */
  readonly quantity: number;
  readonly cost: LegCost;
}

/** A constraint that gave way. */
export interface Relaxation {
  /** Of the target, or the name of the limit. */
  readonly id: string;
  readonly priority: Priority;
  /** What is reached, and by how much it misses the band or exceeds the limit, in the unit of the constraint. */
  readonly value: number;
  readonly by: number;
}

/**
 * `cheapest`: least cost within the constraints; `balanced`: least objective; `tightest`: least variance within them, maxCost among them.
 */
export const ALTERNATIVES = ['cheapest', 'balanced', 'tightest'] as const;
export type AlternativeName = (typeof ALTERNATIVES)[number];

export interface Alternative {
  /** More than one where they coincide. */
  readonly names: readonly AlternativeName[];
  readonly legs: readonly Leg[];
  readonly cost: LegCost;
  /** Of book and hedge over the horizon, quote currency squared. */
  readonly variance: number;
  /** ½γ·variance + cost. */
  readonly objective: number;
  /** What each target's row comes to with the hedge. */
  readonly reached: Float64Array;
  readonly relaxed: readonly Relaxation[];
  /**
   * How far the criteria of its names may be above the best possible, as a fraction of them: proved, over all candidates. With fixed
   * costs and leg counts this is the distance to a relaxation without them, and most of it is usually not to be had.
   */
  readonly gap: number;
}

export const INVALID_REASONS = [
  'not_finite',
  'negative_cost',
  'negative_size',
  'wrong_length',
  'scale_not_positive',
  'duplicate_id',
  'covariance_not_psd',
] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];

/** `limit`: ended by its effort before any plan was found; `solver`: the solver failed; `crashed`, `timed_out`: its thread did. */
export type UnsolvedReason = 'limit' | 'solver' | 'crashed' | 'timed_out';

export type Outcome =
  | {
      readonly status: 'solved';
      /** One to three distinct ones, cost rising and variance falling. */
      readonly alternatives: readonly Alternative[];
      /** Whether it is proved that no plan gives way less; otherwise more effort may find one. */
      readonly isLeastRelaxed: boolean;
      /** Of the book without a hedge. */
      readonly variance: number;
    }
  /** `binding`: constraints of priority 0 that cannot hold together, none of which could be left out: ids of targets, names of limits. */
  | { readonly status: 'infeasible'; readonly binding: readonly string[] }
  /** `subject`: the candidate, target, limit or field at fault. */
  | { readonly status: 'invalid'; readonly reason: InvalidReason; readonly subject: string }
  | { readonly status: 'unsolved'; readonly reason: UnsolvedReason };

/** How hard to try. */
export interface Effort {
  /** Relative gap at which a plan in whole lots is good enough. */
  readonly gap: number;
  /** Relative gap of continuous plans, and of the bound that whole lots are measured against; quantities are good to its root. */
  readonly precision: number;
  /** Branch-and-bound nodes of one mixed-integer programme: the same everywhere, unlike seconds. */
  readonly nodes: number;
  /** Seconds of one mixed-integer programme: what ends it where its nodes are slow. */
  readonly seconds: number;
  /** Candidates that a mixed-integer programme chooses among. */
  readonly shortlist: number;
}

export const DEFAULT_EFFORT: Effort = { gap: 1e-4, precision: 1e-6, nodes: 200, seconds: 0.1, shortlist: 24 };
