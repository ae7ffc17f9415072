import { impliedVol } from '../quant/pricing/impliedVol.ts';
import { flatSurface, strikeSurface, sviSurface, type StrikeSlice, type VolSurface } from '../quant/surface/surface.ts';
import { yearsTo, type ForwardCurve } from './forwards.ts';
import type { UnderlyingMarket, Volatility } from './model.ts';

type PricedVolatility = Extract<Volatility, { type: 'prices' }>;
type PriceQuote = PricedVolatility['quotes'][number];

/** The snapshot's volatility, in whichever form it came, as the one surface that pricing asks; undefined where there is none. */
export function volSurfaceOf(market: UnderlyingMarket, asOfMs: number, curve: ForwardCurve): VolSurface | undefined {
  const { volatility } = market;
  switch (volatility?.type) {
    case undefined:
      return undefined;
    case 'flat':
      return flatSurface(volatility.vol);
    case 'quotes':
      return joinStrikes(
        volatility.quotes.map(({ expiry, strike, iv }) => ({ expiry, strike, vol: iv })),
        asOfMs,
      );
    case 'prices': {
      const solved = solvePrices(market, volatility, asOfMs, curve).filter(({ vol }) => vol > 0);
      return joinStrikes(
        solved.map(({ quote, vol }) => ({ expiry: quote.expiry, strike: quote.strike, vol })),
        asOfMs,
      );
    }
    case 'svi':
      return sviSurface(
        ascending(volatility.slices.map((slice) => ({ ...slice, time: yearsTo(asOfMs, Date.parse(slice.expiry)) }))),
      );
  }
}

/** Interest rate that prices are discounted at, continuously compounded. */
export function discountRate(market: UnderlyingMarket): number {
  return market.carry?.rate ?? market.rate;
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

/**
 * A price in coin is worth price × what the kernel prices from: the forward where forwards are given (Deribit's
 * definition: mark = Black-76/F), spot where the carry is given.
 */
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
  const coin = market.carry ? market.spot.mark : forward;
  const price = unit === 'underlying' ? quote.price * coin : quote.price;
  const time = yearsTo(asOfMs, expiryMs);
  const discount = Math.exp(-discountRate(market) * time);
  return impliedVol(price, forward, quote.strike, time, discount, quote.optionType === 'call' ? 1 : -1);
}

interface Point {
  expiry: string;
  strike: number;
  vol: number;
}

function joinStrikes(points: Point[], asOfMs: number): VolSurface | undefined {
  if (points.length === 0) return undefined;
  const byExpiry = new Map<string, Point[]>();
  for (const point of points) {
    const listed = byExpiry.get(point.expiry);
    if (listed) listed.push(point);
    else byExpiry.set(point.expiry, [point]);
  }
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
