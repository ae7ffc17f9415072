import { butterflyReport, calendarReport } from './arbitrageReport.ts';
import { fitChain, type ChainSlice } from './chainFit.ts';
import { fitQuality, residualOf } from './fitQuality.ts';
import {
  surfaceCurves,
  type FallbackReason,
  type FittedExpiry,
  type FittedSurface,
  type ForwardSource,
  type OmittedExpiry,
  type SmileParameters,
  type TimedCurve,
} from './fittedSurface.ts';
import { parityForward, type ParityPair } from './forwards.ts';
import { cleanQuotes, type CleanQuotes, type OptionQuote } from './quotes.ts';

export interface ExpiryInput {
  /** Years from the surface's instant. */
  readonly time: number;
  /** Taken before a future, a future before put-call parity. */
  readonly forward?: number;
  readonly future?: { readonly bid?: number; readonly ask?: number; readonly mark?: number };
  /** e^{−rT}; 1 with a forward or future, fitted with parity, where left out. */
  readonly discount?: number;
  readonly quotes: readonly OptionQuote[];
}

export interface SurfaceInput {
  readonly expiries: readonly ExpiryInput[];
}

export interface FitOptions {
  /** Oldest age of a quote that is used, in years. Default: any. */
  readonly maxAge?: number;
}

/** Fewer good quotes than parameters of a slice are joined, not fitted. */
export const LEAST_QUOTES = 5;

interface Prepared {
  time: number;
  forward: number;
  discount: number;
  forwardSource: ForwardSource;
  clean: CleanQuotes;
}

/**
 * The volatility surface of one underlying from its quotes: cleaned (each rejection with a code), with a forward per expiry, and
 * free of arbitrage. An expiry of at least five good quotes gets a raw SVI slice, or that of an eSSVI surface where none
 * without arbitrage was found; all of these are without butterfly arbitrage (g >= 0) and do not cross, checked exactly. One
 * of fewer quotes is joined by monotone cubics between its neighbours; its butterfly arbitrage is reported, not prevented.
 *
 * Pure and deterministic; never throws. No quote of negative age (later than the surface) is ever used.
 */
export function fitSurface(input: SurfaceInput, options: FitOptions = {}): FittedSurface {
  const omitted: OmittedExpiry[] = [];
  const prepared: Prepared[] = [];
  const times = new Set<number>();
  input.expiries.forEach((expiry, index) => {
    const read = times.has(expiry.time) ? 'duplicate_time' : prepare(expiry, options);
    if (typeof read === 'string') omitted.push({ index, reason: read });
    else prepared.push(read);
    times.add(expiry.time);
  });
  prepared.sort((a, b) => a.time - b.time);
  const fitted = prepared.filter(({ clean }) => clean.quotes.length >= LEAST_QUOTES);
  const chain = fitChain(fitted.map(({ time, clean }) => ({ time, quotes: clean.quotes })));
  const slices = new Map(fitted.map((expiry, i) => [expiry, chain[i]!]));
  const smiles = prepared.map((expiry) => ({ time: expiry.time, ...smileOf(expiry, slices.get(expiry)) }));
  const curves = surfaceCurves(smiles);
  const expiries = prepared.map((expiry, i) => report(expiry, smiles[i]!, curves));
  return { expiries, omitted, quality: fitQuality(expiries.flatMap(({ residuals }) => residuals)) };
}

function prepare(expiry: ExpiryInput, { maxAge }: FitOptions): Prepared | OmittedExpiry['reason'] {
  const { time } = expiry;
  if (!(time > 0 && time < Infinity)) return 'expired';
  const found = forwardOf(expiry, maxAge);
  if (!found) return 'no_forward';
  const { forward, discount } = found;
  return { time, ...found, clean: cleanQuotes(expiry.quotes, { time, forward, discount }, maxAge) };
}

function forwardOf(
  { forward, future, discount, quotes }: ExpiryInput,
  maxAge: number | undefined,
): Pick<Prepared, 'forward' | 'discount' | 'forwardSource'> | undefined {
  if (isPositive(forward)) return { forward, discount: discount ?? 1, forwardSource: { source: 'given' } };
  const quoted = futurePrice(future);
  if (quoted !== undefined) return { forward: quoted, discount: discount ?? 1, forwardSource: { source: 'future' } };
  const parity = parityForward(parityPairs(quotes, maxAge), discount);
  if (typeof parity === 'string') return undefined;
  const { standardError } = parity;
  return { forward: parity.forward, discount: parity.discount, forwardSource: { source: 'parity', standardError } };
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0 && value < Infinity;
}

/** Mid of an uncrossed market, else the mark. */
function futurePrice({ bid, ask, mark }: NonNullable<ExpiryInput['future']> = {}): number | undefined {
  if (isPositive(bid) && isPositive(ask) && bid <= ask) return 0.5 * (bid + ask);
  return isPositive(mark) ? mark : undefined;
}

/** Part of the strike that a pair of marks without spreads is taken to be uncertain by. */
const MARK_UNCERTAINTY = 1e-4;

function parityPairs(quotes: readonly OptionQuote[], maxAge = Infinity): ParityPair[] {
  const puts = new Map<number, Mid>();
  for (const quote of quotes) if (quote.sign < 0) puts.set(quote.strike, midOf(quote, maxAge));
  return quotes.flatMap((quote) => {
    const put = quote.sign > 0 ? puts.get(quote.strike) : undefined;
    if (!put) return [];
    const call = midOf(quote, maxAge);
    return [{ strike: quote.strike, difference: call.mid - put.mid, uncertainty: call.half + put.half }];
  });
}

interface Mid {
  mid: number;
  half: number;
}

function midOf({ bid, ask, mark, strike, age = 0 }: OptionQuote, maxAge: number): Mid {
  const least = MARK_UNCERTAINTY * strike;
  if (!(age >= 0 && age <= maxAge)) return { mid: NaN, half: NaN };
  if (isPositive(bid) && isPositive(ask) && bid <= ask) {
    return { mid: 0.5 * (bid + ask), half: Math.max(0.5 * (ask - bid), 0.01 * least) };
  }
  return { mid: mark ?? NaN, half: least };
}

interface Smile {
  time: number;
  method: FittedExpiry['method'];
  reason?: FallbackReason;
  parameters: SmileParameters;
}

function smileOf({ time, clean }: Prepared, chain: ChainSlice | undefined): Omit<Smile, 'time'> {
  if (!chain) {
    const k = clean.quotes.map((quote) => quote.k);
    const w = clean.quotes.map(({ vol }) => vol * vol * time);
    const reason = k.length === 0 ? 'no_quotes' : 'fewer_than_5_quotes';
    return { method: 'interpolation', reason, parameters: { kind: 'interpolation', k, w } };
  }
  const { a, b, rho, m, sigma } = chain.slice;
  const parameters: SmileParameters = { kind: 'svi', a, b, rho, m, sigma };
  return chain.essvi
    ? { method: 'essvi', reason: 'no_svi_without_arbitrage', parameters }
    : { method: 'svi', parameters };
}

function report(expiry: Prepared, smile: Smile, curves: readonly TimedCurve[]): FittedExpiry {
  const { time, forward, discount, forwardSource, clean } = expiry;
  const { method, reason, parameters } = smile;
  const at = curves.findIndex((each) => each.time === time);
  const own = curves[at];
  const residuals = own ? clean.quotes.map((quote) => residualOf(quote, own)) : [];
  return {
    time,
    forward,
    discount,
    forwardSource,
    method,
    reason,
    parameters,
    quotesUsed: clean.quotes.length,
    rejected: clean.rejected,
    residuals,
    quality: fitQuality(residuals),
    butterfly: own ? butterflyReport(own) : [],
    calendar: own ? calendarReport(curves[at - 1], own) : [],
  };
}
