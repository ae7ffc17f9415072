import { impliedVol } from '../quant/pricing/impliedVol.ts';
import { fitSurface } from '../quant/surface/fit.ts';
import { fittedVolSurface, type FittedSurface } from '../quant/surface/fittedSurface.ts';
import { flatSurface, strikeSurface, sviSurface, type StrikeSlice, type VolSurface } from '../quant/surface/surface.ts';
import { coinPrice, discountRate, yearsTo, type ForwardCurve } from './forwards.ts';
import type { UnderlyingMarket, Volatility } from './model.ts';
import { givenSlices, givenSurface, groupByExpiry, surfaceInput } from './surfaceInput.ts';

type PricedVolatility = Extract<Volatility, { type: 'prices' }>;
type PriceQuote = PricedVolatility['quotes'][number];

/** The volatility of one underlying of a snapshot, in whichever form it came. */
export interface MarketVolatility {
  /**
   * What pricing asks. At a listed strike of a listed expiry it is the one given (so an exchange's own marks are reproduced), of
   * quotes and prices everywhere else that of the fitted surface. The slope is always the fitted surface's.
   */
  surface: VolSurface;
  /** The surface fitted to quotes or prices, without slices where there is nothing to fit; made when first asked for. */
  fitted(): FittedSurface;
}

/** Undefined where the snapshot has no volatility of the underlying, or no price of it that has one. */
export function volatilityOf(
  market: UnderlyingMarket,
  asOfMs: number,
  curve: ForwardCurve,
): MarketVolatility | undefined {
  const { volatility } = market;
  switch (volatility?.type) {
    case undefined:
      return undefined;
    case 'flat':
      return { surface: flatSurface(volatility.vol), fitted: () => fitSurface({ expiries: [] }) };
    case 'quotes': {
      const points = volatility.quotes.map(({ expiry, strike, iv }) => ({ expiry, strike, vol: iv }));
      return listedAndFitted(points, market, asOfMs, curve);
    }
    case 'prices': {
      const solved = solvePrices(market, volatility, asOfMs, curve).filter(({ vol }) => vol > 0);
      const points = solved.map(({ quote, vol }) => ({ expiry: quote.expiry, strike: quote.strike, vol }));
      return listedAndFitted(points, market, asOfMs, curve);
    }
    case 'svi': {
      const slices = givenSlices(volatility.slices, asOfMs);
      return { surface: sviSurface(slices), fitted: () => givenSurface(slices, asOfMs, market, curve) };
    }
  }
}

function listedAndFitted(
  points: Point[],
  market: UnderlyingMarket,
  asOfMs: number,
  curve: ForwardCurve,
): MarketVolatility | undefined {
  if (points.length === 0) return undefined;
  const listed = new Map(points.map(({ expiry, strike, vol }) => [`${Date.parse(expiry)} ${strike}`, vol]));
  const expiries = new Map(points.map(({ expiry }) => [yearsTo(asOfMs, Date.parse(expiry)), Date.parse(expiry)]));
  const fitted = once(() => fitSurface({ expiries: surfaceInput(market, asOfMs, curve).map(({ input }) => input) }));
  const smooth = once(() => fittedVolSurface(fitted()));
  const strikes = once(() => joinStrikes(points, asOfMs));
  /** Where nothing could be fitted (no forward at any expiry) the listed strikes are joined. */
  const between = () => (fitted().expiries.some(({ quotesUsed }) => quotesUsed > 0) ? smooth() : strikes());
  return {
    surface: {
      vol: (strike, forward, time) =>
        listed.get(`${expiries.get(time)} ${strike}`) ?? between().vol(strike, forward, time),
      slope: (strike, forward, time) => between().slope(strike, forward, time),
    },
    fitted,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export interface SolvedPrice {
  quote: PriceQuote;
  /** Position in `quotes`. */
  index: number;
  /** NaN where no volatility gives the price, or where there is no forward. */
  vol: number;
}

/**
 * The implied volatility of each strike of each expiry, from one price of it: where both are given, from the
 * out-of-the-money one (call at K >= F), because the digits of an in-the-money price are mostly intrinsic value.
 */
export function solvePrices(
  market: UnderlyingMarket,
  volatility: PricedVolatility,
  asOfMs: number,
  curve: ForwardCurve,
): SolvedPrice[] {
  const chosen = new Map<string, number>();
  volatility.quotes.forEach((quote, index) => {
    const key = `${quote.expiry} ${quote.strike}`;
    if (!chosen.has(key) || isOutOfTheMoney(quote, curve)) chosen.set(key, index);
  });
  return [...chosen.values()].map((index) => {
    const quote = volatility.quotes[index]!;
    return { quote, index, vol: solvePrice(market, volatility.unit, quote, asOfMs, curve) };
  });
}

function isOutOfTheMoney(quote: PriceQuote, curve: ForwardCurve): boolean {
  const forward = curve(Date.parse(quote.expiry));
  return forward !== undefined && (quote.optionType === 'call') === quote.strike >= forward;
}

function solvePrice(
  market: UnderlyingMarket,
  unit: 'quote' | 'underlying',
  quote: PriceQuote,
  asOfMs: number,
  curve: ForwardCurve,
): number {
  const expiryMs = Date.parse(quote.expiry);
  const forward = curve(expiryMs);
  if (forward === undefined) return NaN;
  const price = unit === 'underlying' ? quote.price * coinPrice(market, forward) : quote.price;
  const time = yearsTo(asOfMs, expiryMs);
  const discount = Math.exp(-discountRate(market) * time);
  return impliedVol(price, forward, quote.strike, time, discount, quote.optionType === 'call' ? 1 : -1);
}

interface Point {
  expiry: string;
  strike: number;
  vol: number;
}

function joinStrikes(points: Point[], asOfMs: number): VolSurface {
  const byExpiry = groupByExpiry(points);
  return strikeSurface(
    ascending([...byExpiry].map(([expiry, listed]) => sliceOf(yearsTo(asOfMs, Date.parse(expiry)), listed))),
  );
}

function sliceOf(time: number, points: Point[]): StrikeSlice {
  const sorted = points.toSorted((a, b) => a.strike - b.strike);
  return {
    time,
    strikes: Float64Array.from(sorted, ({ strike }) => strike),
    vols: Float64Array.from(sorted, ({ vol }) => vol),
  };
}

function ascending<T extends { time: number }>(slices: T[]): T[] {
  return slices.toSorted((a, b) => a.time - b.time);
}
