import { sviTotalVariance, sviVarianceSlope, type SviSlice } from './svi.ts';

export { sviSliceProblems, sviTotalVariance, type SviSlice } from './svi.ts';

/** Volatility by strike and time, whatever stands behind it: a constant, listed strikes, or a fitted surface. */
export interface VolSurface {
  /**
   * Black volatility (decimal) at `strike` (> 0) for an expiry `time` years away (>= 0) whose forward is `forward` (> 0).
   * NaN where the surface has no answer. Never throws.
   */
  vol(strike: number, forward: number, time: number): number;
  /**
   * ∂σ/∂ln K at fixed forward and time, per 1.00 of log-strike; at a kink of the surface the slope on the side of higher
   * strikes. NaN exactly where `vol` is NaN. Never throws.
   */
  slope(strike: number, forward: number, time: number): number;
}

/** The volatilities of the listed strikes of one expiry. */
export interface StrikeSlice {
  /** Years to expiry, > 0. */
  readonly time: number;
  /** Strictly ascending, at least one. */
  readonly strikes: Float64Array;
  /** Black volatilities (decimal), one per strike. */
  readonly vols: Float64Array;
}

/** The same volatility (decimal) everywhere. */
export function flatSurface(vol: number): VolSurface {
  return { vol: () => vol, slope: () => 0 };
}

/**
 * Listed strikes, joined without a model. Within an expiry: total variance linear in strike, volatility flat beyond the
 * first and last strike. Between expiries: total variance linear in time at the same strike. Before the first and after
 * the last expiry: constant volatility. At a listed strike of a listed expiry the given volatility comes back bit for bit.
 * NaN for a time below 0, for a NaN argument and beside a NaN volatility.
 *
 * @throws RangeError no slices, times or strikes not strictly ascending, or arrays empty or of different length
 */
export function strikeSurface(slices: readonly StrikeSlice[]): VolSurface {
  const times = ascendingTimes(slices);
  for (const slice of slices) {
    if (slice.strikes.length === 0 || slice.strikes.length !== slice.vols.length) {
      throw new RangeError('a slice needs one volatility per strike and at least one strike');
    }
    requireAscending(slice.strikes, 'strikes');
  }
  const vol = (strike: number, time: number): number => {
    if (!(time >= 0)) return NaN;
    const next = firstNotBelow(times, time);
    if (next === 0) return strikeVol(slices[0]!, strike);
    if (next === times.length) return strikeVol(slices[next - 1]!, strike);
    const after = slices[next]!;
    const volAfter = strikeVol(after, strike);
    if (after.time === time) return volAfter;
    const before = slices[next - 1]!;
    const volBefore = strikeVol(before, strike);
    return volBetween(
      before.time,
      volBefore * volBefore * before.time,
      after.time,
      volAfter * volAfter * after.time,
      time,
    );
  };
  return {
    vol: (strike, _forward, time) => vol(strike, time),
    slope(strike, _forward, time) {
      const level = vol(strike, time);
      const rate = timeBlend(times, time, (i) => varianceRate(slices[i]!, strike));
      return slopeOf(level, strike * rate, time, times[0]!);
    },
  };
}

/** ∂w/∂K of a slice just above the strike: that of the line to the next strike, 0 beyond the last and before the first. */
function varianceRate({ strikes, vols, time }: StrikeSlice, strike: number): number {
  let next = firstNotBelow(strikes, strike);
  if (strikes[next] === strike) next++;
  if (next === 0 || next >= strikes.length) return 0;
  const low = vols[next - 1]!;
  const high = vols[next]!;
  return (time * (high * high - low * low)) / (strikes[next]! - strikes[next - 1]!);
}

/** What every slice of total variance says, joined as total variance is: linear in time, proportional to it outside. */
function timeBlend(times: Float64Array, time: number, of: (i: number) => number): number {
  const next = firstNotBelow(times, time);
  if (next === 0) return time === 0 ? of(0) : of(0) * (time / times[0]!);
  const last = times.length - 1;
  if (next > last) return of(last) * (time / times[last]!);
  const weight = (time - times[next - 1]!) / (times[next]! - times[next - 1]!);
  return of(next - 1) * (1 - weight) + of(next) * weight;
}

/** ∂σ/∂x from ∂w/∂x: σ = √(w/T). At T = 0, where w is 0, both are those of the first slice. */
function slopeOf(vol: number, varianceSlope: number, time: number, firstTime: number): number {
  if (Number.isNaN(vol)) return NaN;
  return varianceSlope === 0 ? 0 : varianceSlope / (2 * vol * (time > 0 ? time : firstTime));
}

/**
 * Raw SVI slices: w(k) by the formula at k = ln(strike/forward); between expiries w linear in time at the same k; before
 * the first and after the last expiry w proportional to time (constant volatility at the same k). NaN where w < 0, for a
 * time below 0, and for a NaN argument. The parameters are not checked: see {@link sviSliceProblems}.
 *
 * @throws RangeError no slices, or times not strictly ascending
 */
export function sviSurface(slices: readonly SviSlice[]): VolSurface {
  const times = ascendingTimes(slices);
  const vol = (k: number, time: number): number => {
    if (!(time >= 0)) return NaN;
    const next = firstNotBelow(times, time);
    const after = slices[Math.min(next, times.length - 1)]!;
    const varianceAfter = sviTotalVariance(after, k);
    if (next === 0 || next === times.length || after.time === time) return Math.sqrt(varianceAfter / after.time);
    const before = slices[next - 1]!;
    return volBetween(before.time, sviTotalVariance(before, k), after.time, varianceAfter, time);
  };
  return {
    vol: (strike, forward, time) => vol(Math.log(strike / forward), time),
    slope(strike, forward, time) {
      const k = Math.log(strike / forward);
      const rate = timeBlend(times, time, (i) => sviVarianceSlope(slices[i]!, k));
      return slopeOf(vol(k, time), rate, time, times[0]!);
    },
  };
}

function strikeVol(slice: StrikeSlice, strike: number): number {
  const { strikes, vols, time } = slice;
  const next = firstNotBelow(strikes, strike);
  if (next === strikes.length) return Number.isNaN(strike) ? NaN : vols[next - 1]!;
  if (next === 0 || strikes[next] === strike) return vols[next]!;
  const low = vols[next - 1]!;
  const high = vols[next]!;
  return volBetween(strikes[next - 1]!, low * low * time, strikes[next]!, high * high * time, strike, time);
}

/** √(w/time) for w on the line through (x0, w0) and (x1, w1) at x; `time` is x itself when the line runs in time. */
function volBetween(x0: number, w0: number, x1: number, w1: number, x: number, time = x): number {
  const weight = (x - x0) / (x1 - x0);
  return w0 >= 0 && w1 >= 0 ? Math.sqrt((w0 + weight * (w1 - w0)) / time) : NaN;
}

/** Index of the first element >= x of an ascending array; its length when there is none (and for NaN). */
function firstNotBelow(ascending: Float64Array, x: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! >= x) high = middle;
    else low = middle + 1;
  }
  return low;
}

function ascendingTimes(slices: readonly { readonly time: number }[]): Float64Array {
  if (slices.length === 0) throw new RangeError('a surface needs at least one slice');
  const times = Float64Array.from(slices, (slice) => slice.time);
  if (!(times[0]! > 0)) throw new RangeError('slice times must be above 0');
  requireAscending(times, 'slice times');
  return times;
}

function requireAscending(values: Float64Array, what: string): void {
  for (let i = 1; i < values.length; i++) {
    if (!(values[i]! > values[i - 1]!)) throw new RangeError(`${what} must be strictly ascending`);
  }
}
