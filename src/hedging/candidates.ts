import type { Instrument, InstrumentTerms } from '../instruments/model.ts';
import { decodeSymbol, encodeSymbol, tradingRules } from '../instruments/service.ts';
import type { Quote } from '../market/model.ts';
import type { MarketView, UnderlyingView } from '../market/service.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import { tradingCost, type CostModel } from '../quant/hedging/cost.ts';
import { GREEKS, type Greeks } from '../risk/model.ts';
import { linearGreeks, type Reason } from '../risk/service.ts';
import type { EstimatedCost } from './costModel.ts';
import type { HedgeInstrument, HedgePlanInput, PlannedOrder, Target } from './model.ts';
import type { Need } from './need.ts';

/** A hedge instrument of the request with its instrument resolved. */
export interface Tool extends Omit<HedgeInstrument, 'instrument'> {
  instrument: Instrument;
}

export interface PlanRequest extends Pick<HedgePlanInput, 'targets' | 'rebalanceTo' | 'costs' | 'collarBps'> {
  tools: Tool[];
}

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

/** What each instrument that may be traded would do about a need. */
export function candidatesFor(request: PlanRequest, target: Target, need: Need, market: MarketView): Candidate[] {
  return toolsFor([...need.tools, ...request.tools], target, market).map((tool) =>
    evaluate(tool, request, need, market),
  );
}

/** The instruments named for the underlying, or else its perpetual, or else spot. */
export function toolsFor(
  tools: readonly Tool[],
  target: Pick<Target, 'underlying' | 'quote'>,
  market: MarketView,
): Tool[] {
  const named = tools.filter(
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
  const quantity = lots(wanted, rules.lotSize, clip?.mul(need.maxClips), need.rebalanceTo);
  if (quantity.abs().lt(rules.minTrade) || quantity.isZero()) {
    const limit = tool.maxQuantity === undefined ? '' : `, at most ${tool.maxQuantity},`;
    const detail = `${show(Math.abs(wanted.inside))} of ${tool.instrument.symbol}${limit} in lots of ${rules.lotSize} is below its smallest trade of ${rules.minTrade}`;
    return { tool, rejected: { code: 'below_minimum_trade', detail } };
  }
  const size = quantity.toNumber();
  const greeks = Object.fromEntries(GREEKS.map((name) => [name, unit[name] * size])) as Greeks;
  const orderFor = (part: Exact) => orderOf(tool, terms, part, quote, rules, request, unit.delta * part.toNumber());
  const order = orderFor(quantity);
  if (!isWithinReach(order)) {
    const detail = `No price on the grid of ${rules.tickSize} of ${tool.instrument.symbol} lies within ${request.collarBps} basis points of ${order.referencePrice}; give it a finer tickSize or a wider collar`;
    return { tool, rejected: { code: 'no_price_within_collar', detail } };
  }
  return {
    tool,
    order,
    clips: clipsOf(quantity, clip?.mul(rules.lotSize)).map(orderFor),
    greeks,
    residual: need.excess + greeks.delta,
    lot: Math.abs(unit.delta * Number(rules.lotSize)),
    cost: Number(order.estimatedCost.total),
  };
}

/** With room for what binary floats make of a half: hedged to one side or the other of it, a book would go to and fro. */
const HALF_A_LOT = '0.500001';

/**
 * Onto the lot grid: the lot nearest to the target, of two equally near the smaller one; where the edge of the band is
 * aimed at, the first lot inside the band, unless none falls into it and the first one beyond would overshoot.
 */
function lots(
  wanted: { inside: number; target: number },
  lotSize: string,
  mostLots: Exact | undefined,
  rebalance: Need['rebalanceTo'],
): Exact {
  const inLots = (quantity: number) => exact(quantity).div(lotSize).abs();
  const nearest = inLots(wanted.target).minus(HALF_A_LOT).ceil();
  const magnitude = rebalance === 'edge' ? lesser(inLots(wanted.inside).ceil(), nearest) : nearest;
  return lesser(magnitude, mostLots ?? magnitude)
    .mul(lotSize)
    .mul(wanted.target < 0 ? -1 : 1);
}

/** A quantity cut at the largest that one order may have; the first ones are full. */
function clipsOf(quantity: Exact, largest: Exact | undefined): Exact[] {
  if (largest === undefined) return [quantity];
  const count = quantity.abs().div(largest).ceil().toNumber();
  const full = largest.mul(quantity.s);
  return Array.from({ length: count }, (_, i) => (i + 1 < count ? full : quantity.minus(full.mul(count - 1))));
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
export function costModelOf(tool: Pick<Tool, 'costs'>, costs: CostModel, quote: Quote): CostModel {
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
  const { fee, spread, impact, fixed, total } = tradingCost(model, notional);
  const money = (value: number) => decimalText(exact(value).toDecimalPlaces(MONEY_DECIMALS));
  return {
    currency,
    ...{ fee: money(fee), spread: money(spread), impact: money(impact), fixed: money(fixed), total: money(total) },
  };
}

function definedOnly<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Six significant digits: for sentences, never for orders. */
export function show(value: number): string {
  return decimalText(Number(value.toPrecision(6)));
}
