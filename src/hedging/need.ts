import { requiredHedge } from '../quant/hedging/band.ts';
import type { Decision } from '../quant/hedging/policyDecision.ts';
import type { HedgeState } from '../quant/hedging/policy.ts';
import type { PlanRequest, Tool } from './tools.ts';
import { show } from './words.ts';
import type { NoTrade, PolicyDecision, Target } from './model.ts';

/** How much of the delta of an underlying has to be added, and why: by the tolerance of its target, or by a policy. */
export interface Need {
  /** Signed; 0 for nothing. */
  readonly needed: number;
  /** Net delta in the middle of the band. */
  readonly middle: number;
  /** What the exposure is beyond it. */
  readonly excess: number;
  /** Half-width of the band. */
  readonly tolerance: number;
  readonly rebalanceTo: 'target' | 'edge';
  /** Whether `needed` is the most that may be traded, so that lots are rounded down. */
  readonly isClipped: boolean;
  /** What is held and what is aimed at, in words, without a full stop. */
  readonly exposure: string;
  /** Why nothing has to be added; null where something has. */
  readonly noTrade: NoTrade | null;
  readonly decision: PolicyDecision | null;
  /** What the policy trades with, where it says. */
  readonly tools: readonly Tool[];
  /** Orders that one trade may be cut into. */
  readonly maxClips: number;
}

/** By the target of the request and its tolerance. */
export function needOfTarget(
  { rebalanceTo }: Pick<PlanRequest, 'rebalanceTo'>,
  target: Target,
  convention: string,
  delta: number,
): Need {
  const needed = requiredHedge(delta, target.target, target.tolerance, rebalanceTo);
  const exposure = `${nameOf(target, convention)} is ${show(delta)}; the target is ${show(target.target)} ± ${show(target.tolerance)}`;
  const detail = `${exposure}, so it is inside its tolerance`;
  return {
    needed,
    middle: target.target,
    excess: delta - target.target,
    tolerance: target.tolerance,
    ...{ rebalanceTo, isClipped: false, exposure },
    noTrade: needed === 0 ? { code: 'within_tolerance', detail } : null,
    decision: null,
    tools: [],
    maxClips: 1,
  };
}

const WHY_NOT: Record<Exclude<Decision['reason'], 'traded' | 'clipped'>, { code: NoTrade['code']; why: string }> = {
  within_band: { code: 'within_tolerance', why: 'so it is inside the band' },
  not_due: { code: 'not_due', why: 'and the time of the next trade has not come' },
  cooling_down: { code: 'cooling_down', why: 'and the last trade was too short a time ago' },
  below_minimum_trade: { code: 'below_minimum_trade', why: 'and what is beyond the band is below the minimum trade' },
};

/** By what a policy decided. Its positions are those of the hedge; what is told is the net delta, hedge and book together. */
export function needOfPolicy(
  target: Target,
  convention: string,
  state: HedgeState,
  decision: Decision,
  about: Pick<PolicyDecision, 'kind' | 'policyId' | 'policyVersion'> & {
    rebalanceTo: string;
    tools: readonly Tool[];
    maxClips: number;
    hasOptions: boolean;
  },
): Need {
  const net = state.hedge + state.delta;
  const bounded = Number.isFinite(decision.lower) && Number.isFinite(decision.upper);
  const lower = bounded ? decision.lower + state.delta : null;
  const upper = bounded ? decision.upper + state.delta : null;
  const aim = decision.aim + state.delta;
  const { reason, trade } = decision;
  const band = bounded ? `; ${about.kind} leaves it alone from ${show(lower!)} to ${show(upper!)}` : '';
  const exposure = `${nameOf(target, convention)} is ${show(net)}${band}`;
  const clipped = reason === 'clipped';
  const middle = bounded && about.rebalanceTo !== 'target' ? (lower! + upper!) / 2 : aim;
  const none = reason === 'traded' || reason === 'clipped' ? null : WHY_NOT[reason];
  return {
    needed: trade,
    middle,
    excess: net - middle,
    tolerance: bounded ? (upper! - lower!) / 2 : 0,
    rebalanceTo: about.rebalanceTo === 'target' || clipped ? 'target' : 'edge',
    isClipped: clipped,
    exposure,
    noTrade: none && { code: none.code, detail: `${exposure}, ${none.why}` },
    decision: {
      kind: about.kind,
      policyId: about.policyId,
      policyVersion: about.policyVersion,
      ...{ reason, lower, upper, aim, trade },
      ...{ spot: state.spot, gamma: state.gamma, costRate: state.costRate },
      vol: about.hasOptions ? state.vol : null,
      yearsToExpiry: about.hasOptions ? state.years : null,
    },
    tools: about.tools,
    maxClips: about.maxClips,
  };
}

function nameOf({ underlying, quote }: Target, convention: string): string {
  return `The ${convention.replace('_', '-')} delta of ${underlying}/${quote}`;
}
