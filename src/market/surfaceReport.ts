import type { FitQuality, FittedExpiry, FittedSurface, TimedCurve } from '../quant/surface/fittedSurface.ts';
import { surfaceCurves } from '../quant/surface/fittedSurface.ts';
import type { Interval } from '../quant/surface/intervals.ts';
import { smileMetrics } from '../quant/surface/smile.ts';
import { sviToJumpWings } from '../quant/surface/svi.ts';
import { expiryAt, forwardCurve, type ForwardCurve } from './forwards.ts';
import type { UnderlyingMarket } from './model.ts';
import { surfaceInput, type ExpiryQuotes } from './surfaceInput.ts';
import type { MarketSurface } from './surfaceModel.ts';

type SurfaceExpiry = MarketSurface['expiries'][number];

/** A fitted surface in the words of the API; the market is the one that it was fitted to. */
export function surfaceReport(
  snapshotId: string,
  asOf: string,
  market: UnderlyingMarket,
  surface: FittedSurface,
): MarketSurface {
  const asOfMs = Date.parse(asOf);
  const curve = forwardCurve(market, asOfMs);
  const given = surfaceInput(market, asOfMs, curve);
  const inputs = new Map(given.map((each) => [each.input.time, each]));
  const curves = new Map(surfaceCurves(surface.expiries).map((each) => [each.time, each]));
  const source = market.volatility!.type;
  const expiries = surface.expiries.map((expiry) => ({
    ...expiryReport(expiry, asOfMs, curve, inputs.get(expiry.time), curves.get(expiry.time)),
    ...(source === 'svi' && { method: 'given' as const }),
  }));
  return {
    snapshotId,
    asOf,
    underlying: market.underlying,
    quote: market.quote,
    source,
    flatVol: market.volatility?.type === 'flat' ? market.volatility.vol : null,
    quality: qualityReport(surface.quality),
    arbitrageFree: expiries.every(({ butterfly, calendar }) => butterfly.length + calendar.length === 0),
    expiries,
    omitted: surface.omitted.map(({ index, reason }) => ({ expiry: isoOf(given[index]!.expiryMs), reason })),
  };
}

function expiryReport(
  expiry: FittedExpiry,
  asOfMs: number,
  forwards: ForwardCurve,
  input: ExpiryQuotes | undefined,
  timed: TimedCurve | undefined,
): SurfaceExpiry {
  const { time, parameters } = expiry;
  const forward = forwards(expiryAt(asOfMs, time)) ?? null;
  const slice = parameters.kind === 'svi' ? parameters : undefined;
  return {
    expiry: isoOf(expiryAt(asOfMs, time)),
    timeYears: time,
    forward,
    forwardSource: expiry.forwardSource.source,
    forwardStandardError: expiry.forwardSource.standardError ?? null,
    discount: expiry.discount,
    method: expiry.method,
    reason: expiry.reason ?? null,
    svi: slice ? { a: slice.a, b: slice.b, rho: slice.rho, m: slice.m, sigma: slice.sigma } : null,
    jumpWings: slice ? jumpWings(time, slice) : null,
    points:
      parameters.kind === 'interpolation' ? parameters.k.map((k, i) => ({ k, totalVariance: parameters.w[i]! })) : null,
    quality: qualityReport(expiry.quality),
    butterfly: expiry.butterfly.map(intervalReport),
    calendar: expiry.calendar.map(intervalReport),
    smile: forward !== null && timed ? metrics(timed, forward) : null,
    residuals: expiry.residuals.map((residual) => ({
      ...residual,
      index: input!.indices[residual.index]!,
      bidVol: residual.bidVol ?? null,
      askVol: residual.askVol ?? null,
      withinSpread: residual.withinSpread ?? null,
    })),
    rejected: expiry.rejected.map(({ index, code }) => ({
      index: input!.indices[index]!,
      strike: input!.input.quotes[index]!.strike,
      code,
    })),
  };
}

function jumpWings(time: number, slice: NonNullable<SurfaceExpiry['svi']>): SurfaceExpiry['jumpWings'] {
  const wings = sviToJumpWings({ ...slice, time });
  if (wings === 'no_variance') return null;
  const { v, psi, p, c, vTilde } = wings;
  return { v, psi, p, c, vTilde };
}

function metrics({ curve, time }: TimedCurve, forward: number): SurfaceExpiry['smile'] {
  const found = smileMetrics(curve, forward, time);
  return found === 'no_variance' ? null : { ...found, wings: [...found.wings] };
}

function qualityReport(quality: FitQuality): MarketSurface['quality'] {
  return {
    ...quality,
    rmse: quality.rmse ?? null,
    withinBidAsk: quality.withinBidAsk ?? null,
    liquidWithinBidAsk: quality.liquidWithinBidAsk ?? null,
  };
}

function intervalReport({ from, to, worst, value }: Interval): SurfaceExpiry['butterfly'][number] {
  const end = (k: number) => (Number.isFinite(k) ? k : null);
  return { from: end(from), to: end(to), worst, value };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
