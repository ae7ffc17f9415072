import type { MarketView } from '../market/service.ts';
import { GREEKS, type Greeks, type UnderlyingGreeks, type Valuation } from '../risk/model.ts';
import { candidatesFor, type Candidate, type Sized } from './candidates.ts';
import type { PlanRequest } from './tools.ts';
import { show } from './words.ts';
import { totalCosts } from './orders.ts';
import { needOfTarget, type Need } from './need.ts';
import type { Alternative, NoTrade, PlannedOrder, PlanResult, Target, UnderlyingPlan } from './model.ts';

const NO_GREEKS = Object.fromEntries(GREEKS.map((name) => [name, 0])) as Greeks;

/** The need of an underlying, where something else than the tolerance of its target decides it. */
export type Decided = (target: Target) => Need | undefined;

/** From what a book is sensitive to, to the orders that bring it to its targets, with the reasons. Pure. */
export function makePlan(
  request: PlanRequest,
  valuation: Valuation,
  market: MarketView,
  decided: Decided = () => undefined,
): PlanResult {
  const targets = targetsFor(request.targets, valuation);
  const parts = targets.map((target) => planUnderlying(request, target, valuation, market, decided));
  const orders = parts.flatMap(({ orders }) => orders).map((order, leg) => ({ ...order, leg }));
  const underlyings = parts.map(({ plan }) => plan);
  const noTrade = orders.length > 0 ? null : overallNoTrade(underlyings, valuation);
  return {
    deltaConvention: valuation.deltaConvention,
    valuationTime: valuation.valuationTime,
    orders,
    underlyings,
    residuals: underlyings.map(({ underlying, quote, residual }) => ({ underlying, quote, ...residual })),
    estimatedCost: totalCosts(orders),
    frontier: [],
    constraintsRelaxed: [],
    worth: [],
    noTrade,
    reasons: [...underlyings.flatMap(({ reasons }) => reasons), ...leftOut(valuation)],
    unvalued: valuation.unvalued,
    failures: valuation.failures,
  };
}

/** The targets asked for, or the same delta for every underlying of the book. */
export function targetsFor(asked: Target[], valuation: Valuation, target = 0): Target[] {
  if (asked.length > 0) return asked;
  return valuation.underlyings.map(({ underlying, quote }) => ({
    underlying,
    quote,
    greek: 'delta',
    target,
    tolerance: 0,
    priority: 1,
  }));
}

function overallNoTrade(underlyings: UnderlyingPlan[], { valued, unvalued }: Valuation): NoTrade {
  if (underlyings.length === 0 || (valued === 0 && unvalued > 0))
    return { code: 'nothing_valued', detail: 'No position of the book could be valued, so there is nothing to hedge' };
  const codes = underlyings.flatMap(({ noTrade }) => noTrade ?? []);
  return (
    codes.find(({ code }) => code !== 'within_tolerance') ?? {
      code: 'within_tolerance',
      detail: 'Every underlying is inside its tolerance',
    }
  );
}

export function leftOut(valuation: Valuation): string[] {
  if (valuation.unvalued === 0) return [];
  const first = valuation.failures[0];
  const example = first ? `, for example ${first.positionId}: ${first.detail}` : '';
  return [
    `${valuation.unvalued} of ${valuation.valued + valuation.unvalued} positions could not be valued and are not hedged${example}`,
  ];
}

function planUnderlying(
  request: PlanRequest,
  target: Target,
  valuation: Valuation,
  market: MarketView,
  decided: Decided,
): { plan: UnderlyingPlan; orders: readonly PlannedOrder[] } {
  const held = valuation.underlyings.find(
    (each) => each.underlying === target.underlying && each.quote === target.quote,
  );
  const before = held ? greeksOf(held) : NO_GREEKS;
  const need = decided(target) ?? needOfTarget(request, target, valuation.deltaConvention, before.delta);
  if (need.noTrade) return finish(target, before, need, [], undefined, need.noTrade, [need.noTrade.detail]);
  const candidates = candidatesFor(request, target, need, market);
  const chosen = choose(candidates, need.tolerance);
  const alternatives = candidates.map((candidate) => alternative(candidate, candidate === chosen));
  const goal = `${need.exposure}, so ${show(need.needed)} has to be added`;
  if (!chosen) {
    const noTrade = whyNothing(candidates, target);
    return finish(target, before, need, alternatives, undefined, noTrade, [`${goal}. ${noTrade.detail}`]);
  }
  return finish(target, before, need, alternatives, chosen, null, [`${goal}. ${explainChoice(chosen, candidates)}`]);
}

function greeksOf(all: UnderlyingGreeks): Greeks {
  return Object.fromEntries(GREEKS.map((name) => [name, all[name]])) as Greeks;
}

function finish(
  target: Target,
  before: Greeks,
  need: Need,
  alternatives: Alternative[],
  chosen: Sized | undefined,
  noTrade: NoTrade | null,
  reasons: string[],
): { plan: UnderlyingPlan; orders: readonly PlannedOrder[] } {
  const hedge = chosen?.greeks ?? NO_GREEKS;
  const after = Object.fromEntries(GREEKS.map((name) => [name, before[name] + hedge[name]])) as Greeks;
  const value = after[target.greek] - need.middle;
  const plan: UnderlyingPlan = {
    underlying: target.underlying,
    quote: target.quote,
    target,
    greeks: { before, hedge, after },
    residual: {
      greek: target.greek,
      value,
      unhedged: before[target.greek] - need.middle,
      withinTolerance: Math.abs(value) <= need.tolerance,
    },
    decision: need.decision,
    noTrade,
    alternatives,
    reasons,
  };
  return { plan, orders: chosen?.clips ?? [] };
}

// The choice.

/** The cheapest of those that reach the band (or come as close as the finest lot grid allows), else the closest. */
function choose(candidates: Candidate[], tolerance: number): Sized | undefined {
  const sized = candidates.filter((candidate): candidate is Sized => 'order' in candidate);
  const reach = Math.max(
    tolerance,
    ...sized
      .map(({ lot }) => lot)
      .sort((a, b) => a - b)
      .slice(0, 1),
  );
  const reaching = sized.filter(({ residual }) => Math.abs(residual) <= reach).sort((a, b) => a.cost - b.cost);
  return reaching[0] ?? sized.sort((a, b) => Math.abs(a.residual) - Math.abs(b.residual) || a.cost - b.cost)[0];
}

function alternative(candidate: Candidate, chosen: boolean): Alternative {
  const { symbol } = candidate.tool.instrument;
  if ('rejected' in candidate) {
    return {
      symbol,
      chosen,
      side: null,
      quantity: null,
      residual: null,
      estimatedCost: null,
      reason: candidate.rejected.detail,
    };
  }
  const { order, residual } = candidate;
  const reason = `${order.side} ${order.quantity} ${order.quantityUnit} leaves ${show(residual)} for ${order.estimatedCost.total} ${order.estimatedCost.currency}`;
  return {
    symbol,
    chosen,
    side: order.side,
    quantity: order.quantity,
    residual,
    estimatedCost: order.estimatedCost,
    reason,
  };
}

function whyNothing(candidates: Candidate[], target: Target): NoTrade {
  const rejected = candidates.flatMap((candidate) => ('rejected' in candidate ? candidate.rejected : []));
  const detail = rejected.map((each) => each.detail).join('; ');
  if (rejected.some(({ code }) => code === 'below_minimum_trade')) return { code: 'below_minimum_trade', detail };
  return {
    code: 'no_instrument',
    detail: detail || `There is no instrument to hedge ${target.underlying}/${target.quote} with`,
  };
}

function explainChoice({ order, residual, tool }: Sized, candidates: Candidate[]): string {
  const others = candidates.length - 1;
  const compared = others > 0 ? `, chosen over ${others} other${others > 1 ? 's' : ''}` : '';
  const what = `${order.side} ${order.quantity} ${order.quantityUnit} of ${tool.instrument.symbol} at about ${order.referencePrice}`;
  return `${what[0]!.toUpperCase()}${what.slice(1)}${compared}: it leaves ${show(residual)} and costs about ${order.estimatedCost.total} ${order.estimatedCost.currency}`;
}
