/** Bin i is [from + i·width, from + (i + 1)·width), the last one with its upper end. */
export interface Histogram {
  readonly from: number;
  readonly width: number;
  readonly counts: Uint32Array;
}

const MOST_BINS = 1000;

/** Quantile p of ascending values, linear between them: type 7 of Hyndman & Fan, The American Statistician 50 (1996). */
export function quantileOf(ascending: ArrayLike<number>, p: number): number {
  const at = p * (ascending.length - 1);
  const low = Math.floor(at);
  const share = at - low;
  const lower = ascending[low]!;
  return share > 0 ? lower + share * (ascending[low + 1]! - lower) : lower;
}

/**
 * Bins for n >= 1 ascending values: those of Freedman & Diaconis (1981), 2·(interquartile range)/∛n wide, at most 1,000 of them; as
 * many as told where `bins` is; one where all values are equal.
 */
export function histogramOf(ascending: ArrayLike<number>, bins?: number): Histogram {
  const n = ascending.length;
  const from = ascending[0]!;
  const range = ascending[n - 1]! - from;
  const spread = quantileOf(ascending, 0.75) - quantileOf(ascending, 0.25);
  const wanted = bins ?? Math.ceil((range * Math.cbrt(n)) / (2 * spread));
  const count = range > 0 ? Math.max(1, Math.min(Number.isNaN(wanted) ? 1 : wanted, MOST_BINS)) : 1;
  const counts = new Uint32Array(count);
  for (let i = 0; i < n; i++) {
    const bin = range > 0 ? Math.min(Math.floor(((ascending[i]! - from) / range) * count), count - 1) : 0;
    counts[bin] = counts[bin]! + 1;
  }
  return { from, width: range / count, counts };
}
