import { tradingRules } from '../instruments/service.ts';
import type { MarketView } from '../market/service.ts';
import { exact, type Exact } from '../platform/decimal.ts';
import { tradingCost } from '../quant/hedging/cost.ts';
import { GREEKS, type Greeks } from '../risk/model.ts';
import { linearGreeks, type Reason } from '../risk/service.ts';
import type { PlannedOrder, Target } from './model.ts';
import type { Need } from './need.ts';
import { isWithinReach, moneyOf, orderOf, totalCosts } from './orders.ts';
import { costModelOf, definedOnly, toolsFor, type PlanRequest, type Tool } from './tools.ts';
import { show } from './words.ts';

/** An instrument that can be traded, and how much of it. */
export interface Sized {
  tool: Tool;
  /** All of it as one order, and the orders that it is cut into. */
  order: PlannedOrder;
  clips: readonly PlannedOrder[];
  greeks: Greeks;
  /** Of the greek, beyond the target, once it is filled. */
  residual: number;
  /** Of the greek, per lot. */
  lot: number;
  cost: number;
}

export type Candidate = Sized | { tool: Tool; rejected: Reason };

/** What a policy names, with what the request says of it; the instruments of the request where it names none. */
export function toolsOf({ tools }: Pick<Need, 'tools'>, request: { tools: readonly Tool[] }): readonly Tool[] {
  const said = (tool: Tool) => request.tools.find(({ instrument }) => instrument.symbol === tool.instrument.symbol);
  return tools.length > 0 ? tools.map((tool) => said(tool) ?? tool) : request.tools;
}

/** What each instrument that may be traded would do about a need. */
export function candidatesFor(request: PlanRequest, target: Target, need: Need, market: MarketView): Candidate[] {
  return toolsFor(toolsOf(need, request), target, market).map((tool) => evaluate(tool, request, need, market));
}

function evaluate(tool: Tool, request: PlanRequest, need: Need, market: MarketView): Candidate {
  const { terms } = tool.instrument;
  const view = market.underlying(terms.underlying, terms.quote);
  const quote = view?.quoteOf(terms);
  const unit = linearGreeks(market, terms, 1);
  if ('code' in unit) return { tool, rejected: unit };
  if (!quote)
    return {
      tool,
      rejected: { code: 'no_quote', detail: `The market snapshot has no price for ${tool.instrument.symbol}` },
    };
  const rules = {
    ...tradingRules(tool.instrument),
    ...definedOnly({ lotSize: tool.lotSize, minTrade: tool.minTrade, tickSize: tool.tickSize }),
  };
  const wanted = { inside: need.needed / unit.delta, target: -need.excess / unit.delta };
  const clip = tool.maxQuantity === undefined ? undefined : exact(tool.maxQuantity).div(rules.lotSize).floor();
  const asked = lots(wanted, rules.lotSize, clip?.mul(need.maxClips), need);
  const parts = clipsOf(asked, clip?.mul(rules.lotSize), rules.minTrade);
  const quantity = parts.reduce((sum, part) => sum.plus(part), exact(0));
  if (quantity.abs().lt(rules.minTrade) || quantity.isZero()) {
    const limit = tool.maxQuantity === undefined ? '' : `, at most ${tool.maxQuantity},`;
    const detail = `${show(Math.abs(wanted.inside))} of ${tool.instrument.symbol}${limit} in lots of ${rules.lotSize} is below its smallest trade of ${rules.minTrade}`;
    return { tool, rejected: { code: 'below_minimum_trade', detail } };
  }
  const size = quantity.toNumber();
  const greeks = Object.fromEntries(GREEKS.map((name) => [name, unit[name] * size])) as Greeks;
  const costModel = costModelOf(tool, request.costs, quote);
  const orderFor = (part: Exact) =>
    orderOf({
      ...{ instrument: tool.instrument, quantity: part, quote, rules, costModel },
      ...{ collarBps: request.collarBps, unitDelta: unit.delta },
      cost: (notional) => moneyOf(terms.quote, tradingCost(costModel, notional)),
    });
  const order = orderFor(quantity);
  if (!isWithinReach(order)) {
    const detail = `No price on the grid of ${rules.tickSize} of ${tool.instrument.symbol} lies within ${request.collarBps} basis points of ${order.referencePrice}; give it a finer tickSize or a wider collar`;
    return { tool, rejected: { code: 'no_price_within_collar', detail } };
  }
  const clips = parts.length === 1 ? [order] : parts.map(orderFor);
  return {
    tool,
    order: { ...order, estimatedCost: totalCosts(clips)[0]! },
    clips,
    greeks,
    residual: need.excess + greeks.delta,
    lot: Math.abs(unit.delta * Number(rules.lotSize)),
    cost: clips.reduce((sum, { estimatedCost }) => sum + Number(estimatedCost.total), 0),
  };
}

/** With room for what binary floats make of a half: hedged to one side or the other of it, a book would go to and fro. */
const HALF_A_LOT = '0.500001';

/**
 * Onto the lot grid: the lot nearest to the target, of two equally near the smaller one; where the edge of the band is
 * aimed at, the first lot inside the band, unless none falls into it and the first one beyond would overshoot. A trade that is
 * clipped already is no larger for its lots.
 */
function lots(
  wanted: { inside: number; target: number },
  lotSize: string,
  mostLots: Exact | undefined,
  { rebalanceTo, isClipped }: Pick<Need, 'rebalanceTo' | 'isClipped'>,
): Exact {
  const inLots = (quantity: number) => exact(quantity).div(lotSize).abs();
  const nearest = inLots(wanted.target).minus(HALF_A_LOT).ceil();
  const inside = rebalanceTo === 'edge' ? lesser(inLots(wanted.inside).ceil(), nearest) : nearest;
  const magnitude = isClipped ? inLots(wanted.inside).floor() : inside;
  return lesser(magnitude, mostLots ?? magnitude)
    .mul(lotSize)
    .mul(wanted.target < 0 ? -1 : 1);
}

/** A quantity cut at the largest that one order may have; the first ones are full, and a last one too small to trade is left out. */
function clipsOf(quantity: Exact, largest: Exact | undefined, minTrade: string): Exact[] {
  if (largest === undefined || largest.isZero()) return [quantity];
  const count = quantity.abs().div(largest).ceil().toNumber();
  const full = largest.mul(quantity.s);
  const parts = Array.from({ length: count }, (_, i) => (i + 1 < count ? full : quantity.minus(full.mul(count - 1))));
  return parts.filter((part, i) => i === 0 || part.abs().gte(minTrade));
}

function lesser(a: Exact, b: Exact): Exact {
  return a.lt(b) ? a : b;
}
