import type { InstrumentTerms } from '../instruments/model.ts';
import type { FittedSurface } from '../quant/surface/fittedSurface.ts';
import { discountRate, forwardCurve, yearsTo, type ForwardCurve } from './forwards.ts';
import { optionBook, type ListedOption } from './listedOptions.ts';
import type { Missing, Pricing } from './pricing.ts';
import type { MarketSnapshotInput, Quote, Staleness, UnderlyingMarket, Volatility } from './model.ts';
import { stalenessOf } from './staleness.ts';
import { volatilityOf, type MarketVolatility } from './volatility.ts';

/** A snapshot as valuation asks it. Immutable; pure functions of the snapshot. */
export interface MarketView {
  id: string;
  asOf: Date;
  source: string;
  underlying(name: string, quote: string): UnderlyingView | undefined;
  underlyings: { underlying: string; quote: string }[];
}

export interface UnderlyingView {
  underlying: string;
  quote: string;
  spot: Quote;
  perpetual: Quote | undefined;
  staleness: Staleness;
  /** Annual cost of carry where every forward follows from spot; undefined where forwards are listed. */
  carry: number | undefined;
  /** Forward price for an expiry (Unix ms): as listed, else interpolated; undefined where there is none or it has passed. */
  forward(expiryMs: number): number | undefined;
  /** The forward of a listed expiry with its bid and ask; undefined where the expiry is not listed. */
  forwardQuote(expiryMs: number): Quote | undefined;
  /** What options the snapshot quotes, one by one. */
  options: readonly ListedOption[];
  /**
   * Price and top of book of what can be traded as a hedge, as its venue quotes it: inverse options in coin. Undefined where the
   * snapshot has none.
   */
  quoteOf(terms: InstrumentTerms): Quote | undefined;
  /** What the kernel prices an option with, or why it cannot. */
  pricing(expiryMs: number, strike: number): Pricing | Missing;
  /** ∂σ/∂ln K at fixed forward of the surface there, for the deltas of a smile; or why there is none. */
  slope(expiryMs: number, strike: number): number | Missing;
  /** The volatility surface, in the form that it was given in and as fitted to quotes; undefined where there is none. */
  surface: { type: Volatility['type']; fitted(): FittedSurface } | undefined;
}

/** The snapshot must have passed `snapshotFaults`. */
export function buildMarketView(id: string, data: MarketSnapshotInput): MarketView {
  const asOf = new Date(data.asOf);
  const views = new Map(
    data.underlyings.map((market) => [keyOf(market.underlying, market.quote), viewUnderlying(market, asOf.getTime())]),
  );
  return {
    id,
    asOf,
    source: data.source,
    underlying: (name, quote) => views.get(keyOf(name, quote)),
    underlyings: data.underlyings.map(({ underlying, quote }) => ({ underlying, quote })),
  };
}

function keyOf(underlying: string, quote: string): string {
  return `${underlying}/${quote}`;
}

function viewUnderlying(market: UnderlyingMarket, asOfMs: number): UnderlyingView {
  const curve = forwardCurve(market, asOfMs);
  const volatility = volatilityOf(market, asOfMs, curve);
  const listed = new Map(
    (market.forwards ?? []).map(({ expiry, price, ...quote }) => [Date.parse(expiry), { mark: price, ...quote }]),
  );
  const pricing = pricer(market, asOfMs, curve, volatility);
  const options = optionBook(market, pricing);
  return {
    underlying: market.underlying,
    quote: market.quote,
    spot: market.spot,
    perpetual: market.perpetual,
    staleness: stalenessOf(market, asOfMs),
    carry: market.carry && market.carry.rate - market.carry.yield,
    forward: curve,
    forwardQuote: (expiryMs) => listed.get(expiryMs),
    quoteOf(terms) {
      if (terms.kind === 'spot') return market.spot;
      if (terms.kind === 'perpetual') return market.perpetual;
      if (terms.kind === 'option') return options.quoteOf(terms);
      return terms.kind === 'future' ? listed.get(Date.parse(terms.expiry)) : undefined;
    },
    options: options.listed,
    pricing,
    slope: sloper(market, asOfMs, curve, volatility),
    surface: market.volatility && volatility && { type: market.volatility.type, fitted: volatility.fitted },
  };
}

interface Place {
  forward: number;
  time: number;
  volatility: MarketVolatility;
}

/** What a volatility is asked at, or why it cannot be. */
function placeOf(
  market: UnderlyingMarket,
  asOfMs: number,
  curve: ForwardCurve,
  volatility: MarketVolatility | undefined,
  expiryMs: number,
): Place | Missing {
  const name = keyOf(market.underlying, market.quote);
  if (!(expiryMs > asOfMs)) return { code: 'expired', detail: `The expiry is not after the snapshot's asOf` };
  const forward = curve(expiryMs);
  if (forward === undefined)
    return { code: 'missing_forward', detail: `The snapshot gives neither forwards nor carry for ${name}` };
  if (!volatility) return { code: 'missing_volatility', detail: `The snapshot gives no volatility for ${name}` };
  return { forward, time: yearsTo(asOfMs, expiryMs), volatility };
}

function pricer(
  market: UnderlyingMarket,
  asOfMs: number,
  curve: ForwardCurve,
  volatility: MarketVolatility | undefined,
): UnderlyingView['pricing'] {
  const rate = discountRate(market);
  return (expiryMs, strike) => {
    const place = placeOf(market, asOfMs, curve, volatility, expiryMs);
    if ('code' in place) return place;
    const { forward, time } = place;
    const vol = place.volatility.surface.vol(strike, forward, time);
    if (!(vol > 0 && vol < Infinity)) return noVolatility(market, strike);
    if (!market.carry) return { spot: forward, time, rate, carry: 0, vol };
    return { spot: market.spot.mark, time, rate, carry: market.carry.rate - market.carry.yield, vol };
  };
}

function sloper(
  market: UnderlyingMarket,
  asOfMs: number,
  curve: ForwardCurve,
  volatility: MarketVolatility | undefined,
): UnderlyingView['slope'] {
  return (expiryMs, strike) => {
    const place = placeOf(market, asOfMs, curve, volatility, expiryMs);
    if ('code' in place) return place;
    const slope = place.volatility.surface.slope(strike, place.forward, place.time);
    return Number.isFinite(slope) ? slope : noVolatility(market, strike);
  };
}

function noVolatility(market: UnderlyingMarket, strike: number): Missing {
  const name = keyOf(market.underlying, market.quote);
  return {
    code: 'missing_volatility',
    detail: `The volatility surface of ${name} has no value at strike ${strike}`,
  };
}
