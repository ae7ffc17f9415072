import type { Interval } from './intervals.ts';
import type { Rejection } from './quotes.ts';
import { clampedCurve, monotoneCurve, sviCurve, type SmileCurve } from './smileCurve.ts';
import type { VolSurface } from './surface.ts';
import type { SviSlice } from './svi.ts';

/** The smile of one expiry as numbers. `interpolation` with no points: the expiry adds nothing, its neighbours are joined. */
export type SmileParameters =
  | {
      readonly kind: 'svi';
      readonly a: number;
      readonly b: number;
      readonly rho: number;
      readonly m: number;
      readonly sigma: number;
    }
  /** Log-moneynesses, ascending, and total variances, joined by monotone cubics. */
  | { readonly kind: 'interpolation'; readonly k: readonly number[]; readonly w: readonly number[] };

/** Why an expiry has no SVI slice of its own. */
export type FallbackReason = 'no_quotes' | 'fewer_than_5_quotes' | 'no_svi_without_arbitrage';

export interface QuoteResidual {
  /** Position among the expiry's given quotes. */
  readonly index: number;
  readonly strike: number;
  /** 0.05 <= |delta| <= 0.95 at the market's volatility. */
  readonly liquid: boolean;
  /** Volatilities, decimal. */
  readonly marketVol: number;
  readonly bidVol?: number;
  readonly askVol?: number;
  readonly fittedVol: number;
  /** Undefined where the quote has no two sides. */
  readonly withinSpread?: boolean;
}

/** Shares are undefined where nothing is counted. */
export interface FitQuality {
  /** Root mean square of fitted less market volatility, decimal, all used quotes alike. */
  readonly rmse?: number;
  readonly quotes: number;
  /** Of the quotes with two sides, how many, and the share with the fitted volatility inside. */
  readonly twoSided: number;
  readonly withinBidAsk?: number;
  /** The same of those that are liquid. */
  readonly liquid: number;
  readonly liquidWithinBidAsk?: number;
}

export interface ForwardSource {
  readonly source: 'given' | 'future' | 'parity';
  /** Of the forward, in its currency; from the scatter of parity. */
  readonly standardError?: number;
}

export interface FittedExpiry {
  /** Years. */
  readonly time: number;
  readonly forward: number;
  readonly discount: number;
  readonly forwardSource: ForwardSource;
  readonly method: 'svi' | 'essvi' | 'interpolation';
  readonly reason?: FallbackReason;
  readonly parameters: SmileParameters;
  readonly quotesUsed: number;
  readonly rejected: readonly Rejection[];
  readonly residuals: readonly QuoteResidual[];
  readonly quality: FitQuality;
  /** Where g < 0, in k; none for an SVI or eSSVI slice. */
  readonly butterfly: readonly Interval[];
  /** Where this expiry has less total variance than the one before it in the surface, in k. */
  readonly calendar: readonly Interval[];
}

/** An expiry that is not in the surface at all: no forward could be told, or its time is not above 0. */
export interface OmittedExpiry {
  /** Position among the given expiries. */
  readonly index: number;
  readonly reason: 'expired' | 'no_forward' | 'duplicate_time';
}

/** A surface as plain data: JSON keeps it whole, infinite ends of intervals apart (null there). */
export interface FittedSurface {
  /** Ascending in time. */
  readonly expiries: readonly FittedExpiry[];
  readonly omitted: readonly OmittedExpiry[];
  readonly quality: FitQuality;
}

/** The smile of one expiry of a surface, with its time in years. */
export interface TimedCurve {
  readonly time: number;
  readonly curve: SmileCurve;
  /** Where the smile is one of raw SVI. */
  readonly slice?: SviSlice;
}

/**
 * The smiles of a fitted surface, ascending in time. An interpolated one is kept at or above the smile before it and at or
 * below the next SVI one, so that no two cross.
 */
export function surfaceCurves(expiries: readonly { time: number; parameters: SmileParameters }[]): TimedCurve[] {
  const curves: TimedCurve[] = [];
  expiries.forEach(({ time, parameters }, i) => {
    if (parameters.kind === 'svi') {
      const slice = { time, ...parameters };
      curves.push({ time, curve: sviCurve(slice), slice });
    } else if (parameters.k.length > 0) {
      const next = expiries.slice(i + 1).find((later) => later.parameters.kind === 'svi')?.parameters;
      const high = next?.kind === 'svi' ? sviCurve({ time, ...next }) : undefined;
      const joined = monotoneCurve(parameters.k, parameters.w);
      curves.push({ time, curve: clampedCurve(joined, curves.at(-1)?.curve, high) });
    }
  });
  return curves;
}

/**
 * Total variance and derivatives of a surface at any time > 0, at fixed k. Between expiries linear in time. Before the first
 * proportional to time, which keeps a smile free of butterfly arbitrage (g is concave in the factor and not below 0 at factors
 * 0 and 1). After the last the ATM variance goes on at its rate and the smile's shape is added unchanged, so that wings
 * do not steepen past Lee's bound.
 */
export function curveAt(curves: readonly TimedCurve[], time: number): SmileCurve | undefined {
  const [first, last] = [curves[0], curves.at(-1)];
  if (!first || !last || !(time > 0)) return undefined;
  const next = curves.findIndex((each) => each.time >= time);
  if (next === -1) {
    const added = (last.curve.variance(0) / last.time) * (time - last.time);
    return { ...last.curve, variance: (k) => last.curve.variance(k) + added };
  }
  const after = curves[next]!;
  if (after.time === time) return after.curve;
  const before = curves[next - 1];
  if (!before) return blended(first.curve, time / first.time, undefined, 0);
  const weight = (time - before.time) / (after.time - before.time);
  return blended(before.curve, 1 - weight, after.curve, weight);
}

function blended(one: SmileCurve, part: number, other: SmileCurve | undefined, rest: number): SmileCurve {
  const of = (which: keyof SmileCurve) => (k: number) => part * one[which](k) + (other ? rest * other[which](k) : 0);
  return { variance: of('variance'), slope: of('slope'), curvature: of('curvature') };
}

/**
 * A fitted surface as volatilities; {@link curveAt} says how times between and beyond its expiries are filled. At time 0 the
 * volatility is that of the first expiry at the same moneyness. NaN for a time below 0, a strike or forward not above 0 or
 * NaN, and everywhere for a surface without a single quote.
 */
export function fittedVolSurface(data: {
  readonly expiries: readonly { time: number; parameters: SmileParameters }[];
}): VolSurface {
  const curves = surfaceCurves(data.expiries);
  const first = curves[0]?.time ?? NaN;
  const answer = (strike: number, forward: number, time: number, slope: boolean): number => {
    if (!(time >= 0 && strike > 0 && forward > 0)) return NaN;
    const years = time === 0 ? first : time;
    const curve = curveAt(curves, years);
    if (!curve) return NaN;
    const k = Math.log(strike / forward);
    const vol = Math.sqrt(curve.variance(k) / years);
    return slope ? curve.slope(k) / (2 * vol * years) : vol;
  };
  return {
    vol: (strike, forward, time) => answer(strike, forward, time, false),
    slope: (strike, forward, time) => answer(strike, forward, time, true),
  };
}
