import type { HedgeState, Policy, Rule } from './policy.ts';
import { compileRule, elapsed, isAt, type RuleNode } from './policyRules.ts';

/**
 * `within_band`: the rule would not trade, or is there already; `not_due`: the interval between looks, or a clock of the
 * rule, has not run out; `cooling_down`: too soon after a trade; `below_minimum_trade`: what the rule asks for is not worth
 * an order; `traded`: to where the rule asked; `clipped`: towards it, by the largest trade.
 */
export const DECISION_REASONS = [
  'within_band',
  'not_due',
  'cooling_down',
  'below_minimum_trade',
  'traded',
  'clipped',
] as const;
export type DecisionReason = (typeof DECISION_REASONS)[number];

/** Positions are those of the hedge, in units of the underlying. */
export interface Decision {
  /** Signed, bought is positive; 0 for none. */
  trade: number;
  /** What the rule leaves alone; ±Infinity where a clock alone decides and it has not struck. */
  lower: number;
  upper: number;
  /** Where a trade of the rule leads, minimum and clip aside; where it asks for none, the middle of its band. */
  aim: number;
  /** Whether the rule was looked at: not within the minimum interval, nor while cooling down. The caller keeps the time. */
  looked: boolean;
  reason: DecisionReason;
}

export interface CompiledPolicy {
  /** Leaves that trade to the book's delta at another variance (leland, zakamouline), in the order of the tree. */
  readonly modifiedLeaves: number;
  /** Their factors on the variance of every option of the book: `out[i]` for leaf i, > 0. */
  factors(state: HedgeState, out: Float64Array): void;
  /** Risk aversion of every `optimal` leaf, in the order of the tree. */
  readonly optimalLeaves: readonly number[];
  /**
   * `deltas[i]`: the book's delta at factor i, in the policy's convention; `edges[2j]`, `edges[2j + 1]`: lower and upper
   * hedge position of optimal leaf j, solved for a target of 0 and a hedge ratio of 1. Writes `out` and returns it;
   * allocates nothing. RangeError where the state, a delta or an edge that it reads is NaN.
   */
  decide(state: HedgeState, deltas: ArrayLike<number>, edges: ArrayLike<number>, out: Decision): Decision;
}

/** A decision to write to. */
export function openDecision(): Decision {
  return { trade: 0, lower: -Infinity, upper: Infinity, aim: 0, looked: false, reason: 'not_due' };
}

/**
 * The policy as a function of the state. It holds scratch memory: one thread uses it, one state at a time.
 *
 * @throws RangeError for a number out of its range, or a composition of no rules
 */
export function compilePolicy(policy: Policy): CompiledPolicy {
  requirePolicy(policy);
  const { root, factors, optimal } = compileRule(policy);
  const { minInterval, coolDown, minTrade, maxTrade } = policy;
  return {
    modifiedLeaves: factors.length,
    optimalLeaves: optimal,
    factors(state, out) {
      for (let i = 0; i < factors.length; i++) out[i] = factors[i]!(state);
    },
    decide(state, deltas, edges, out) {
      if (!elapsed(state.now - state.lastLook, minInterval)) return leave(state, 'not_due', out);
      if (!elapsed(state.now - state.lastTrade, coolDown)) return leave(state, 'cooling_down', out);
      root.look(state, deltas, edges);
      requireNumbers(state, root);
      out.looked = true;
      out.lower = root.lower;
      out.upper = root.upper;
      out.aim = root.wants ? root.goal : root.centre;
      size(state, root, minTrade, maxTrade, out);
      return out;
    },
  };
}

function leave(state: HedgeState, reason: DecisionReason, out: Decision): Decision {
  out.trade = 0;
  out.lower = -Infinity;
  out.upper = Infinity;
  out.aim = state.hedge;
  out.looked = false;
  out.reason = reason;
  return out;
}

function size(state: HedgeState, root: RuleNode, minTrade: number, maxTrade: number, out: Decision): void {
  out.trade = 0;
  if (!root.wants || isAt(root.goal, state)) {
    out.reason = root.lower === -Infinity && root.upper === Infinity ? 'not_due' : 'within_band';
    return;
  }
  const asked = Math.abs(root.goal - state.hedge);
  const traded = Math.min(asked, maxTrade);
  if (traded < minTrade) {
    out.reason = 'below_minimum_trade';
    return;
  }
  out.trade = root.goal > state.hedge ? traded : -traded;
  out.reason = traded < asked ? 'clipped' : 'traded';
}

/** A comparison with NaN would leave the hedge alone and say that all is well. */
function requireNumbers({ hedge }: HedgeState, { lower, upper, centre }: RuleNode): void {
  if (Number.isNaN(hedge) || Number.isNaN(lower) || Number.isNaN(upper) || Number.isNaN(centre))
    throw new RangeError('a hedge is decided on numbers: the hedge, its target or its band is NaN');
}

function requirePolicy(policy: Policy): void {
  require(policy.hedgeRatio >= 0 && policy.hedgeRatio <= 1.5, 'hedgeRatio must be 0 to 1.5');
  require(policy.innerFraction >= 0 && policy.innerFraction <= 1, 'innerFraction must be 0 to 1');
  require(policy.minInterval >= 0 && policy.coolDown >= 0, 'minInterval and coolDown must not be negative');
  require(policy.minTrade >= 0 && policy.maxTrade > 0, 'minTrade must not be negative, and maxTrade above 0');
  requireRule(policy.rule);
}

function requireRule(rule: Rule): void {
  switch (rule.kind) {
    case 'interval':
      return require(rule.years >= 0, 'years must not be negative');
    case 'delta_tolerance':
      return require(rule.below >= 0 && rule.above >= 0, 'below and above must not be negative');
    case 'leland':
      return require(rule.periodYears > 0, 'periodYears must be above 0');
    case 'whalley_wilmott':
    case 'zakamouline':
    case 'optimal':
      return require(rule.riskAversion > 0 && rule.riskAversion < Infinity, 'riskAversion must be above 0 and finite');
    case 'all_of':
    case 'any_of':
      require(rule.rules.length > 0, `${rule.kind} needs a rule`);
      return rule.rules.forEach(requireRule);
    case 'not':
      return requireRule(rule.rule);
    case 'stop_loss':
  }
}

function require(holds: boolean, reason: string): void {
  if (!holds) throw new RangeError(reason);
}
