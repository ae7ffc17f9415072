import { sviReports } from '../quant/surface/arbitrageReport.ts';
import type { ExpiryInput } from '../quant/surface/fit.ts';
import type { FittedSurface } from '../quant/surface/fittedSurface.ts';
import type { OptionQuote } from '../quant/surface/quotes.ts';
import type { SviSlice } from '../quant/surface/svi.ts';
import { coinPrice, discountRate, expiryAt, yearsTo, type ForwardCurve } from './forwards.ts';
import type { UnderlyingMarket, Volatility } from './model.ts';

/** What one expiry's smile is fitted to, and where its quotes stand in the snapshot. */
export interface ExpiryQuotes {
  expiryMs: number;
  input: ExpiryInput;
  /** Position in the snapshot's `quotes` of each quote of the input. */
  indices: number[];
}

type Listed = { expiry: string; strike: number; asOf?: string };

/** The snapshot's quotes or prices by expiry; none where the volatility came in another form. */
export function surfaceInput(market: UnderlyingMarket, asOfMs: number, curve: ForwardCurve): ExpiryQuotes[] {
  const { volatility } = market;
  if (volatility?.type !== 'quotes' && volatility?.type !== 'prices') return [];
  const all: readonly (Listed & { index: number })[] = volatility.quotes.map((quote, index) => ({ ...quote, index }));
  return [...groupByExpiry(all)].map(([expiry, listed]) => {
    const expiryMs = Date.parse(expiry);
    const time = yearsTo(asOfMs, expiryMs);
    const forward = curve(expiryMs);
    const quotes = listed.map(({ index, asOf }) => ({
      ...optionQuote(market, volatility, index, forward),
      age: asOf === undefined ? 0 : yearsTo(Date.parse(asOf), asOfMs),
    }));
    const input = { time, forward, discount: Math.exp(-discountRate(market) * time), quotes };
    return { expiryMs, input, indices: listed.map(({ index }) => index) };
  });
}

/** A volatility is that of the out-of-the-money option of its strike. */
function optionQuote(
  market: UnderlyingMarket,
  volatility: Extract<Volatility, { type: 'quotes' | 'prices' }>,
  index: number,
  forward: number | undefined,
): OptionQuote {
  if (volatility.type === 'quotes') {
    const { strike, iv, bidIv, askIv } = volatility.quotes[index]!;
    return { strike, sign: strike >= (forward ?? market.spot.mark) ? 1 : -1, iv, bidIv, askIv };
  }
  const { strike, optionType, price, bid, ask } = volatility.quotes[index]!;
  const worth = volatility.unit === 'underlying' ? coinPrice(market, forward ?? market.spot.mark) : 1;
  const times = (value: number | undefined) => (value === undefined ? undefined : value * worth);
  return { strike, sign: optionType === 'call' ? 1 : -1, mark: price * worth, bid: times(bid), ask: times(ask) };
}

/** In the order in which each expiry is first named. */
export function groupByExpiry<T extends { expiry: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.expiry);
    if (group) group.push(item);
    else groups.set(item.expiry, [item]);
  }
  return groups;
}

type GivenSlice = Extract<Volatility, { type: 'svi' }>['slices'][number];

/** The SVI slices of a snapshot, ascending in time. */
export function givenSlices(slices: readonly GivenSlice[], asOfMs: number): SviSlice[] {
  return slices
    .map(({ expiry, a, b, rho, m, sigma }) => ({ time: yearsTo(asOfMs, Date.parse(expiry)), a, b, rho, m, sigma }))
    .sort((one, other) => one.time - other.time);
}

/** Given slices in the form of a fitted surface: as they are, with the report of the arbitrage in them. */
export function givenSurface(
  slices: readonly SviSlice[],
  asOfMs: number,
  market: UnderlyingMarket,
  curve: ForwardCurve,
): FittedSurface {
  const quality = { quotes: 0, twoSided: 0, liquid: 0 };
  const reports = sviReports(slices);
  const expiries = slices.map(({ time, ...parameters }, i) => ({
    time,
    // A surface of moneyness is one of strikes at any forward; without one it is shown at spot.
    forward: curve(expiryAt(asOfMs, time)) ?? market.spot.mark,
    discount: Math.exp(-discountRate(market) * time),
    forwardSource: { source: 'given' as const },
    method: 'svi' as const,
    parameters: { kind: 'svi' as const, ...parameters },
    quotesUsed: 0,
    rejected: [],
    residuals: [],
    quality,
    ...reports[i]!,
  }));
  return { expiries, omitted: [], quality };
}
