import { Decimal } from 'decimal.js';
import type { Instrument, InstrumentTerms } from '../instruments/model.ts';
import { decodeSymbol, encodeSymbol, tradingRules } from '../instruments/service.ts';
import type { Quote } from '../market/model.ts';
import type { MarketView, UnderlyingView } from '../market/service.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import { requiredHedge } from '../quant/hedging/band.ts';
import { tradingCost, type CostModel } from '../quant/hedging/cost.ts';
import { GREEKS, type Greeks, type UnderlyingGreeks, type Valuation } from '../risk/model.ts';
import { linearGreeks, type Reason } from '../risk/service.ts';
import type {
  Alternative,
  EstimatedCost,
  HedgeInstrument,
  HedgePlanInput,
  NoTrade,
  PlannedOrder,
  PlanResult,
  Target,
  UnderlyingPlan,
} from './model.ts';

/** A hedge instrument of the request with its instrument resolved. */
export interface Tool extends Omit<HedgeInstrument, 'instrument'> {
  instrument: Instrument;
}

export interface PlanRequest extends Pick<HedgePlanInput, 'targets' | 'rebalanceTo' | 'costs' | 'collarBps'> {
  tools: Tool[];
}

const NO_GREEKS = Object.fromEntries(GREEKS.map((name) => [name, 0])) as Greeks;

/** From what a book is sensitive to, to the orders that bring it to its targets, with the reasons. Pure. */
export function makePlan(request: PlanRequest, valuation: Valuation, market: MarketView): PlanResult {
  const targets = targetsFor(request.targets, valuation);
  const parts = targets.map((target) => planUnderlying(request, target, valuation, market));
  const orders = parts.flatMap(({ order }) => order ?? []).map((order, leg) => ({ ...order, leg }));
  const underlyings = parts.map(({ plan }) => plan);
  const noTrade = orders.length > 0 ? null : overallNoTrade(underlyings, valuation);
  return {
    deltaConvention: valuation.deltaConvention,
    valuationTime: valuation.valuationTime,
    orders,
    underlyings,
    residuals: underlyings.map(({ underlying, quote, residual }) => ({ underlying, quote, ...residual })),
    estimatedCost: totalCosts(orders),
    noTrade,
    reasons: [...underlyings.flatMap(({ reasons }) => reasons), ...leftOut(valuation)],
    unvalued: valuation.unvalued,
    failures: valuation.failures,
  };
}

/** The targets asked for, or flat delta for every underlying of the book. */
function targetsFor(asked: Target[], valuation: Valuation): Target[] {
  if (asked.length > 0) return asked;
  return valuation.underlyings.map(({ underlying, quote }) => ({
    underlying,
    quote,
    greek: 'delta',
    target: 0,
    tolerance: 0,
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

function leftOut(valuation: Valuation): string[] {
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
): { plan: UnderlyingPlan; order: PlannedOrder | undefined } {
  const held = valuation.underlyings.find(
    (each) => each.underlying === target.underlying && each.quote === target.quote,
  );
  const before = held ? greeksOf(held) : NO_GREEKS;
  const needed = requiredHedge(before.delta, target.target, target.tolerance, request.rebalanceTo);
  const exposure = `The ${valuation.deltaConvention.replace('_', '-')} delta of ${target.underlying}/${target.quote} is ${show(before.delta)}; the target is ${show(target.target)} ± ${show(target.tolerance)}`;
  if (needed === 0) {
    const detail = `${exposure}, so it is inside its tolerance`;
    return finish(target, before, [], undefined, { code: 'within_tolerance', detail }, [detail]);
  }
  const candidates = toolsFor(request, target, market).map((tool) =>
    evaluate(tool, request, needed, before.delta - target.target, market),
  );
  const chosen = choose(candidates, target.tolerance);
  const alternatives = candidates.map((candidate) => alternative(candidate, candidate === chosen));
  const goal = `${exposure}, so ${show(needed)} has to be added`;
  if (!chosen) {
    const noTrade = whyNothing(candidates, target);
    return finish(target, before, alternatives, undefined, noTrade, [`${goal}. ${noTrade.detail}`]);
  }
  return finish(target, before, alternatives, chosen, null, [`${goal}. ${explainChoice(chosen, candidates)}`]);
}

function greeksOf(all: UnderlyingGreeks): Greeks {
  return Object.fromEntries(GREEKS.map((name) => [name, all[name]])) as Greeks;
}

function finish(
  target: Target,
  before: Greeks,
  alternatives: Alternative[],
  chosen: Sized | undefined,
  noTrade: NoTrade | null,
  reasons: string[],
): { plan: UnderlyingPlan; order: PlannedOrder | undefined } {
  const hedge = chosen?.greeks ?? NO_GREEKS;
  const after = Object.fromEntries(GREEKS.map((name) => [name, before[name] + hedge[name]])) as Greeks;
  const value = after[target.greek] - target.target;
  const plan: UnderlyingPlan = {
    underlying: target.underlying,
    quote: target.quote,
    target,
    greeks: { before, hedge, after },
    residual: { greek: target.greek, value, withinTolerance: Math.abs(value) <= target.tolerance },
    noTrade,
    alternatives,
    reasons,
  };
  return { plan, order: chosen?.order };
}

// Candidates: what each instrument would do.

/** An instrument that can be traded, and how much of it. */
interface Sized {
  tool: Tool;
  order: PlannedOrder;
  greeks: Greeks;
  /** Of the greek, beyond the target, once it is filled. */
  residual: number;
  /** Of the greek, per lot. */
  lot: number;
  cost: number;
}

type Candidate = Sized | { tool: Tool; rejected: Reason };

/** The instruments named for the underlying, or else its perpetual, or else spot. */
function toolsFor(request: PlanRequest, target: Target, market: MarketView): Tool[] {
  const named = request.tools.filter(
    ({ instrument: { terms } }) => terms.underlying === target.underlying && terms.quote === target.quote,
  );
  if (named.length > 0) return named;
  const view = market.underlying(target.underlying, target.quote);
  return view ? [{ instrument: defaultHedge(view) }] : [];
}

function defaultHedge({ underlying, quote, perpetual }: UnderlyingView): Instrument {
  const listed = perpetual?.symbol === undefined ? undefined : decodeSymbol(perpetual.symbol);
  if (listed?.ok && isPerpetualOf(listed.instrument.terms)) return listed.instrument;
  const terms: InstrumentTerms = perpetual
    ? { kind: 'perpetual', underlying, quote, settlement: 'linear' }
    : { kind: 'spot', underlying, quote };
  return { symbol: encodeSymbol(terms), terms };

  /** The symbol of a quote is the client's word: one that names something else must not become an order. */
  function isPerpetualOf(named: InstrumentTerms): boolean {
    return named.kind === 'perpetual' && named.underlying === underlying && named.quote === quote;
  }
}

function evaluate(tool: Tool, request: PlanRequest, needed: number, excess: number, market: MarketView): Candidate {
  const { terms } = tool.instrument;
  const view = market.underlying(terms.underlying, terms.quote);
  const quote = view && quoteOf(view, terms);
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
  const wanted = { inside: needed / unit.delta, target: -excess / unit.delta };
  const quantity = lots(wanted, rules.lotSize, tool.maxQuantity, request.rebalanceTo);
  if (quantity.abs().lt(rules.minTrade) || quantity.isZero()) {
    const most = tool.maxQuantity === undefined ? '' : `, at most ${tool.maxQuantity},`;
    const detail = `${show(Math.abs(wanted.inside))} of ${tool.instrument.symbol}${most} in lots of ${rules.lotSize} is below its smallest trade of ${rules.minTrade}`;
    return { tool, rejected: { code: 'below_minimum_trade', detail } };
  }
  const size = quantity.toNumber();
  const greeks = Object.fromEntries(GREEKS.map((name) => [name, unit[name] * size])) as Greeks;
  const order = orderOf(tool, terms, quantity, quote, rules, request, greeks.delta);
  if (!isWithinReach(order)) {
    const detail = `No price on the grid of ${rules.tickSize} of ${tool.instrument.symbol} lies within ${request.collarBps} basis points of ${order.referencePrice}; give it a finer tickSize or a wider collar`;
    return { tool, rejected: { code: 'no_price_within_collar', detail } };
  }
  return {
    tool,
    order,
    greeks,
    residual: excess + greeks.delta,
    lot: Math.abs(unit.delta * Number(rules.lotSize)),
    cost: Number(order.estimatedCost.total),
  };
}

function quoteOf(view: UnderlyingView, terms: InstrumentTerms): Quote | undefined {
  if (terms.kind === 'spot') return view.spot;
  if (terms.kind === 'perpetual') return view.perpetual;
  return terms.kind === 'future' ? view.forwardQuote(Date.parse(terms.expiry)) : undefined;
}

/**
 * Onto the lot grid: the lot nearest to the target, of two equally near the smaller one; where the edge of the band is
 * aimed at, the first lot inside the band, unless none falls into it and the first one beyond would overshoot.
 */
function lots(
  wanted: { inside: number; target: number },
  lotSize: string,
  maxQuantity: string | undefined,
  rebalance: HedgePlanInput['rebalanceTo'],
): Exact {
  const inLots = (quantity: number) => exact(quantity).div(lotSize).abs();
  const nearest = inLots(wanted.target).toDecimalPlaces(0, Decimal.ROUND_HALF_DOWN);
  const magnitude = rebalance === 'edge' ? lesser(inLots(wanted.inside).ceil(), nearest) : nearest;
  const most = maxQuantity === undefined ? magnitude : exact(maxQuantity).div(lotSize).floor();
  return lesser(magnitude, most)
    .mul(lotSize)
    .mul(wanted.target < 0 ? -1 : 1);
}

function lesser(a: Exact, b: Exact): Exact {
  return a.lt(b) ? a : b;
}

/** Digits rather than decimals: some coins are quoted in hundred-thousandths of a cent. */
const REFERENCE_DIGITS = 12;

function orderOf(
  tool: Tool,
  terms: InstrumentTerms,
  quantity: Exact,
  quote: Quote,
  rules: ReturnType<typeof tradingRules>,
  request: PlanRequest,
  delta: number,
): PlannedOrder {
  const side = quantity.isNegative() ? 'sell' : 'buy';
  const middle =
    quote.bid !== undefined && quote.ask !== undefined ? exact(quote.bid).plus(quote.ask).div(2) : exact(quote.mark);
  const reference = middle.toSignificantDigits(REFERENCE_DIGITS);
  const inverse = rules.unit === 'quote';
  const notional = inverse ? quantity.abs() : quantity.abs().mul(reference);
  const costModel = costModelOf(tool, request.costs, quote);
  return {
    leg: 0,
    underlying: terms.underlying,
    quote: terms.quote,
    symbol: tool.instrument.symbol,
    terms,
    side,
    quantity: decimalText(quantity.abs()),
    quantityUnit: inverse ? terms.quote : terms.underlying,
    lotSize: decimalText(rules.lotSize),
    referencePrice: decimalText(reference),
    limitPrice: decimalText(limitPrice(reference, side, request.collarBps, rules.tickSize)),
    timeInForce: 'immediate_or_cancel',
    delta,
    costModel,
    estimatedCost: costOf(costModel, notional.toNumber(), terms.quote),
  };
}

/** The spread of the market where it is quoted and the request does not overrule it. */
function costModelOf(tool: Tool, costs: CostModel, quote: Quote): CostModel {
  const quoted =
    quote.bid !== undefined && quote.ask !== undefined
      ? { halfSpreadBps: ((quote.ask - quote.bid) / (quote.ask + quote.bid)) * 10_000 }
      : {};
  return { ...costs, ...quoted, ...definedOnly(tool.costs ?? {}) };
}

/** Rounded towards the reference price, so that the collar is never overstepped. */
function limitPrice(reference: Exact, side: 'buy' | 'sell', collarBps: number, tickSize: string): Exact {
  const collar = exact(collarBps).div(10_000);
  const limit = reference.mul(side === 'buy' ? collar.plus(1) : exact(1).minus(collar)).div(tickSize);
  return (side === 'buy' ? limit.floor() : limit.ceil()).mul(tickSize);
}

/** Whether the limit leaves the order a side of the market: a tick wider than the collar can round it past the reference. */
function isWithinReach({ side, limitPrice, referencePrice }: PlannedOrder): boolean {
  const limit = exact(limitPrice);
  return limit.gt(0) && (side === 'buy' ? limit.gte(referencePrice) : limit.lte(referencePrice));
}

const MONEY_DECIMALS = 6;

function costOf(model: CostModel, notional: number, currency: string): EstimatedCost {
  const { fee, spread, impact, total } = tradingCost(model, notional);
  const money = (value: number) => decimalText(exact(value).toDecimalPlaces(MONEY_DECIMALS));
  return { currency, fee: money(fee), spread: money(spread), impact: money(impact), total: money(total) };
}

function definedOnly<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
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

function totalCosts(orders: PlannedOrder[]): EstimatedCost[] {
  return [...new Set(orders.map(({ quote }) => quote))].map((currency) => {
    const same = orders.filter(({ quote }) => quote === currency).map(({ estimatedCost }) => estimatedCost);
    const sum = (part: 'fee' | 'spread' | 'impact' | 'total') =>
      decimalText(same.reduce((total, cost) => total.plus(cost[part]), exact(0)));
    return { currency, fee: sum('fee'), spread: sum('spread'), impact: sum('impact'), total: sum('total') };
  });
}

/** Six significant digits: for sentences, never for orders. */
function show(value: number): string {
  return decimalText(Number(value.toPrecision(6)));
}
