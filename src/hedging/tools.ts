import type { Instrument, InstrumentTerms } from '../instruments/model.ts';
import { decodeSymbol, encodeSymbol } from '../instruments/service.ts';
import type { Quote } from '../market/model.ts';
import type { MarketView, UnderlyingView } from '../market/service.ts';
import type { CostModel } from '../quant/hedging/cost.ts';
import type { HedgeInstrument, HedgePlanInput, Target } from './model.ts';

// What hedges are made with.

/** A hedge instrument of the request with its instrument resolved. */
export interface Tool extends Omit<HedgeInstrument, 'instrument'> {
  instrument: Instrument;
}

export interface PlanRequest extends Pick<HedgePlanInput, 'targets' | 'rebalanceTo' | 'costs' | 'collarBps'> {
  tools: Tool[];
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

export function defaultHedge({ underlying, quote, perpetual }: UnderlyingView): Instrument {
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

/** The spread of the market where it is quoted and the request does not overrule it. */
export function costModelOf(tool: Pick<Tool, 'costs'>, costs: CostModel, quote: Quote): CostModel {
  const quoted =
    quote.bid !== undefined && quote.ask !== undefined
      ? { halfSpreadBps: ((quote.ask - quote.bid) / (quote.ask + quote.bid)) * 10_000 }
      : {};
  return { ...costs, ...quoted, ...definedOnly(tool.costs ?? {}) };
}

export function definedOnly<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
