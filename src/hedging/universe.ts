import type { Instrument, OptionTerms } from '../instruments/model.ts';
import { decodeSymbol, encodeSymbol, isInverseContract, tradingRules, venueSymbol } from '../instruments/service.ts';
import type { Quote } from '../market/model.ts';
import type { MarketView, UnderlyingView } from '../market/service.ts';
import { bookRowOf } from '../portfolios/service.ts';
import { INPUT_COLUMNS } from '../quant/pricing/black.ts';
import { fundingCost, impactBps, optionFee, type CostModel } from '../quant/hedging/cost.ts';
import { RESULT_COLUMNS, GREEKS, type DeltaConvention, type Greeks } from '../risk/model.ts';
import type { Risk, ValuedShard } from '../risk/service.ts';
import type { Holding } from './book.ts';
import { isWithinReach, moneyOf, orderOf } from './orders.ts';
import { costModelOf, defaultHedge, definedOnly, type Tool } from './tools.ts';
import { exact } from '../platform/decimal.ts';
import type { Optimise, OptionFilter } from './optimiseModel.ts';

// What the optimiser may trade: instruments that are named, found by filter, or held; each with its Greeks, its costs and its limits.

/** An instrument with what one unit of it is and costs. Money is in the quote currency. */
export interface Tradable {
  readonly tool: Tool;
  readonly quote: Quote;
  readonly rules: ReturnType<typeof tradingRules>;
  readonly costModel: CostModel;
  readonly greeks: Greeks;
  /** What a price of 1 is worth: the coin of an inverse option, else 1. */
  readonly worth: number;
  /** Middle of the market, as the venue quotes it. */
  readonly middle: number;
  /** Of one unit: what of it is traded, and what its fee is told of. */
  readonly premium: number;
  readonly notional: number;
  readonly held: number;
  readonly maxBuy: number;
  readonly maxSell: number;
  readonly expiryMs: number | null;
  /** INPUT_COLUMNS of an option. */
  readonly inputs: readonly number[] | undefined;
}

export interface Left {
  readonly symbol: string;
  readonly reason: string;
}

export interface Universe {
  readonly tradables: readonly Tradable[];
  /** Named by the request, and not to be had. */
  readonly left: readonly Left[];
}

export interface UniverseTerms {
  readonly market: MarketView;
  readonly tools: readonly Tool[];
  readonly costs: CostModel;
  readonly optimise: Optimise;
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Underlyings that the plan is about. */
  readonly underlyings: readonly { underlying: string; quote: string }[];
  readonly convention: DeltaConvention;
  readonly collarBps: number;
}

export async function universeOf(risk: Pick<Risk, 'valueRows'>, terms: UniverseTerms): Promise<Universe> {
  const wanted = distinct([
    ...terms.tools,
    ...terms.underlyings.flatMap((name) => defaultsOf(terms, name)),
    ...terms.optimise.options.flatMap((filter) => listedOptions(terms.market, filter)),
    ...(terms.optimise.existing ? heldOptions(terms) : []),
  ]);
  const rows = wanted.map(({ instrument }) => bookRowOf(instrument, 1));
  const valued = await risk.valueRows(rows, terms.market, terms.convention);
  const inputs = inputsOf(valued);
  const left: Left[] = [];
  const found = wanted.flatMap((each, i): Tradable[] => {
    const at = (name: (typeof RESULT_COLUMNS)[number]) =>
      valued.columns[RESULT_COLUMNS.indexOf(name) * rows.length + i]!;
    const greeks = Object.fromEntries(GREEKS.map((name) => [name, at(name)])) as Greeks;
    const failure = valued.failures[i];
    const tradable = failure ? failure.detail : tradableOf(terms, each, greeks, inputs.get(i));
    if (typeof tradable !== 'string') return [tradable];
    left.push({ symbol: each.instrument.symbol, reason: tradable });
    return [];
  });
  const named = new Set(terms.tools.map(({ instrument }) => instrument.symbol));
  const kept = new Set(terms.optimise.options.flatMap((filter) => withinFilter(filter, found)));
  const tradables = found.flatMap((each): Tradable[] => {
    const { symbol, terms: what } = each.tool.instrument;
    if (what.kind !== 'option' || kept.has(each) || named.has(symbol)) return [each];
    return terms.optimise.existing && each.held !== 0 ? [onlyReduced(each)] : [];
  });
  return { tradables, left: left.filter(({ symbol }) => named.has(symbol)) };
}

/** INPUT_COLUMNS of the options of a shard, by row. */
function inputsOf({ options }: ValuedShard): Map<number, number[]> {
  const count = options.rows.length;
  return new Map(options.rows.map((row, i) => [row, INPUT_COLUMNS.map((_, c) => options.input[c * count + i]!)]));
}

/** The perpetual, or else spot, of an underlying for which nothing is named and no options are asked for. */
function defaultsOf({ market, tools, optimise }: UniverseTerms, name: { underlying: string; quote: string }): Tool[] {
  const isOf = (of: { underlying: string; quote: string }) =>
    of.underlying === name.underlying && of.quote === name.quote;
  const view = market.underlying(name.underlying, name.quote);
  if (!view || tools.some(({ instrument }) => isOf(instrument.terms)) || optimise.options.some(isOf)) return [];
  return [{ instrument: defaultHedge(view) }];
}

function listedOptions(market: MarketView, filter: OptionFilter): Tool[] {
  const { underlying, quote, settlement, optionTypes, expiryDays = {}, strikes = {}, minOpenInterest } = filter;
  const view = market.underlying(underlying, quote);
  const asOfMs = market.asOf.getTime();
  return (view?.options ?? [])
    .filter(
      ({ expiryMs, strike, optionType, openInterest }) =>
        expiryMs > asOfMs &&
        optionTypes.includes(optionType) &&
        isWithin((expiryMs - asOfMs) / DAY_MS, expiryDays) &&
        isWithin(strike, strikes) &&
        (minOpenInterest === undefined || (openInterest ?? -1) >= minOpenInterest),
    )
    .map(({ expiryMs, strike, optionType }) => {
      const expiry = new Date(expiryMs).toISOString();
      const terms: OptionTerms = {
        ...{ kind: 'option', underlying, quote, settlement, optionType, strike: String(strike), expiry },
      };
      return { instrument: named(terms, market.source) };
    });
}

const DAY_MS = 86_400_000;

function isWithin(
  value: number,
  { from = -Infinity, to = Infinity }: { from?: number | undefined; to?: number | undefined },
): boolean {
  return value >= from && value <= to;
}

/** By the name that the source of the snapshot lists it under, where it is a venue that lists it. */
function named(terms: OptionTerms, source: string): Instrument {
  return { symbol: venueSymbol(source, terms) ?? encodeSymbol(terms), terms };
}

/** Options that are held may be reduced and closed where they are listed; contracts of many shares are no hedge instruments yet. */
function heldOptions({ holdings }: UniverseTerms): Tool[] {
  return [...holdings].flatMap(([symbol, { row, size }]): Tool[] => {
    const decoded = row.kind === 'option' && size !== 0 && row.multiplier === 1 ? decodeSymbol(symbol) : undefined;
    return decoded?.ok ? [{ instrument: decoded.instrument }] : [];
  });
}

/** What is named comes first, with what the request says of it. */
function distinct(wanted: readonly Tool[]): Tool[] {
  const seen = new Map<string, Tool>();
  for (const each of wanted) {
    const { symbol } = each.instrument;
    if (!seen.has(symbol)) seen.set(symbol, each);
  }
  return [...seen.values()];
}

/** One unit of an instrument, or why it cannot be traded. */
function tradableOf(terms: UniverseTerms, tool: Tool, greeks: Greeks, inputs: Tradable['inputs']): Tradable | string {
  const { market, costs, optimise, holdings } = terms;
  const { instrument } = tool;
  const view = market.underlying(instrument.terms.underlying, instrument.terms.quote)!;
  const quote = view.quoteOf(instrument.terms);
  if (!quote) return `The market snapshot has no price for ${instrument.symbol}`;
  const row = bookRowOf(instrument, 1);
  const held = holdings.get(instrument.symbol)?.size ?? 0;
  const worth = row.kind === 'option' && row.settlement === 'inverse' ? coinOf(view, row.expiryMs!) : 1;
  const middle = quote.bid !== undefined && quote.ask !== undefined ? (quote.bid + quote.ask) / 2 : quote.mark;
  const inverse = isInverseContract(instrument.terms);
  const premium = inverse ? 1 : middle * worth;
  const notional = row.kind === 'option' ? view.spot.mark : premium;
  const { maxBuy, maxSell } = sizesOf(tool, quote, optimise, held, notional);
  const rules = {
    ...tradingRules(instrument),
    ...definedOnly({ lotSize: tool.lotSize, minTrade: tool.minTrade, tickSize: tool.tickSize }),
  };
  const costModel = costModelOf(tool, costs, quote);
  // A side on which no price of the grid lies within the collar is none.
  const canTrade = (side: number) =>
    isWithinReach(
      orderOf({
        ...{ instrument, quantity: exact(rules.lotSize).mul(side), quote, rules, costModel, unitDelta: 0 },
        ...{ collarBps: terms.collarBps, cost: () => moneyOf(instrument.terms.quote, NOTHING) },
      }),
    );
  const [buys, sells] = [canTrade(1) ? maxBuy : 0, canTrade(-1) ? maxSell : 0];
  if (buys === 0 && sells === 0)
    return `Nothing of ${instrument.symbol} may be traded: its limits, sizes or the collar leave no room`;
  return {
    ...{ tool, quote, rules, costModel, greeks, worth, middle, premium, notional },
    ...{ held, maxBuy: buys, maxSell: sells, expiryMs: row.expiryMs, inputs },
  };
}

const NOTHING = { fee: 0, spread: 0, impact: 0, fixed: 0, total: 0 };

function coinOf(view: UnderlyingView, expiryMs: number): number {
  return view.carry === undefined ? (view.forward(expiryMs) ?? view.spot.mark) : view.spot.mark;
}

/** Limits of order, position, notional, participation and short sales, taken together. */
function sizesOf(
  tool: Tool,
  quote: Quote,
  { participation, noShort }: Optimise,
  held: number,
  notional: number,
): { maxBuy: number; maxSell: number } {
  const most = Math.min(
    tool.maxQuantity === undefined ? Infinity : Number(tool.maxQuantity),
    (tool.maxNotional ?? Infinity) / notional,
  );
  const position = tool.maxPosition === undefined ? Infinity : Number(tool.maxPosition);
  const shown = (size: number | undefined) => (size === undefined ? Infinity : size * participation);
  // An option that only one side quotes cannot be had from the other, whatever its mark says.
  const isOneSided = tool.instrument.terms.kind === 'option' && (quote.bid === undefined) !== (quote.ask === undefined);
  const offered = isOneSided && quote.ask === undefined ? 0 : Infinity;
  const bid = isOneSided && quote.bid === undefined ? 0 : Infinity;
  const short = noShort || tool.noShort === true ? Math.max(held, 0) : Infinity;
  return {
    maxBuy: Math.max(0, Math.min(most, position - held, shown(quote.askSize), offered)),
    maxSell: Math.max(0, Math.min(most, position + held, shown(quote.bidSize), short, bid)),
  };
}

/** In the universe because it is held and for no other reason: it may be reduced, and closed. */
function onlyReduced(tradable: Tradable): Tradable {
  const { held, maxBuy, maxSell } = tradable;
  return { ...tradable, maxBuy: Math.min(maxBuy, Math.max(-held, 0)), maxSell: Math.min(maxSell, Math.max(held, 0)) };
}

/** Those of the options that a filter takes, the tightest first. */
function withinFilter(filter: OptionFilter, found: readonly Tradable[]): Tradable[] {
  const { underlying, quote, settlement, optionTypes, expiryDays: _days, deltas = {}, strikes = {}, minSize } = filter;
  return found
    .filter(({ tool, quote: market, greeks }) => {
      const { terms } = tool.instrument;
      if (terms.kind !== 'option' || terms.underlying !== underlying || terms.quote !== quote) return false;
      if (terms.settlement !== settlement || !optionTypes.includes(terms.optionType)) return false;
      if (!isWithin(Number(terms.strike), strikes) || !isWithin(Math.abs(greeks.delta), deltas)) return false;
      if (minSize !== undefined && Math.min(market.bidSize ?? -1, market.askSize ?? -1) < minSize) return false;
      return spreadOf(market) <= filter.maxSpread;
    })
    .sort(
      (a, b) =>
        spreadOf(a.quote) - spreadOf(b.quote) || a.tool.instrument.symbol.localeCompare(b.tool.instrument.symbol),
    )
    .slice(0, filter.maxCount);
}

/** (ask − bid)/middle; Infinity where a side is missing. */
function spreadOf({ bid, ask }: Quote): number {
  return bid === undefined || ask === undefined ? Infinity : (2 * (ask - bid)) / (ask + bid);
}

export interface UnitCosts {
  readonly fee: number;
  readonly halfSpread: number;
  /** coefficient·|q|^1.5 or coefficient·q². */
  readonly impact: number;
  readonly funding: number;
}

const BPS = 10_000;

/** What one unit costs; funding over `years`. */
export function unitCosts({ tool, costModel, premium, notional, quote }: Tradable, years: number): UnitCosts {
  const { kind } = tool.instrument.terms;
  const fee = kind === 'option' ? optionFee(costModel, notional, premium) : (premium * costModel.feeBps) / BPS;
  const shape = costModel.impactShape === 'linear' ? 2 : 1.5;
  const funding = fundingCost(fundedAt(costModel, quote), kind === 'perpetual' ? premium : 0, years);
  return {
    ...{ fee, halfSpread: (premium * costModel.halfSpreadBps) / BPS },
    impact: (premium ** shape * impactBps(costModel, 1)) / BPS,
    funding,
  };
}

/** The market's own rate of funding where the snapshot tells it. */
function fundedAt(costModel: CostModel, { fundingRate }: Quote): CostModel {
  return fundingRate === undefined ? costModel : { ...costModel, fundingBpsPer8h: fundingRate * BPS };
}
