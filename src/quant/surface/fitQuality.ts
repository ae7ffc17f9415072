import type { FitQuality, QuoteResidual, TimedCurve } from './fittedSurface.ts';
import type { VolQuote } from './quotes.ts';

/** |d1| at |delta| = 0.05 and 0.95. */
const LIQUID_D1 = 1.6448536269514722;
/** A fitted volatility on the edge of the spread is inside, whatever the last digits say. */
const ROUNDING = 1e-12;

/** Whether 0.05 <= |delta| <= 0.95 for an option of log-moneyness k and total variance w. */
export function isLiquid(k: number, w: number): boolean {
  const deviation = Math.sqrt(w);
  return Math.abs(-k / deviation + 0.5 * deviation) <= LIQUID_D1;
}

/** What a smile makes of one quote that it was fitted to. */
export function residualOf(
  { index, strike, k, vol, bidVol, askVol }: VolQuote,
  { time, curve }: TimedCurve,
): QuoteResidual {
  const fittedVol = Math.sqrt(curve.variance(k) / time);
  const liquid = isLiquid(k, vol * vol * time);
  const residual = { index, strike, liquid, marketVol: vol, fittedVol };
  if (bidVol === undefined || askVol === undefined) return residual;
  const withinSpread = fittedVol >= bidVol - ROUNDING && fittedVol <= askVol + ROUNDING;
  return { ...residual, bidVol, askVol, withinSpread };
}

export function fitQuality(residuals: readonly QuoteResidual[]): FitQuality {
  const squares = residuals.reduce((sum, { fittedVol, marketVol }) => sum + (fittedVol - marketVol) ** 2, 0);
  const twoSided = residuals.filter(({ withinSpread }) => withinSpread !== undefined);
  const liquid = twoSided.filter((residual) => residual.liquid);
  return {
    rmse: residuals.length > 0 ? Math.sqrt(squares / residuals.length) : undefined,
    quotes: residuals.length,
    twoSided: twoSided.length,
    withinBidAsk: shareWithin(twoSided),
    liquid: liquid.length,
    liquidWithinBidAsk: shareWithin(liquid),
  };
}

function shareWithin(residuals: readonly QuoteResidual[]): number | undefined {
  if (residuals.length === 0) return undefined;
  return residuals.filter(({ withinSpread }) => withinSpread).length / residuals.length;
}
