import { butterflyViolations } from './butterfly.ts';
import { calendarViolations } from './calendar.ts';
import { isLiquid } from './fitQuality.ts';
import { fitSvi, type SliceLimits, type VariancePoints } from './quasiExplicit.ts';
import type { VolQuote } from './quotes.ts';
import { sviTotalVariance, sviVarianceSlope, type SviSlice } from './svi.ts';

/** Quotes of one expiry as total variances, each with the half-width that a fit may miss it by. */
export interface SliceQuotes extends VariancePoints {
  readonly time: number;
  /** Half the bid-ask spread in total variance, with a floor. */
  readonly half: Float64Array;
  /** 1 where 0.05 <= |delta| <= 0.95, 0 elsewhere. */
  readonly liquid: Uint8Array;
}

/** A spread narrower than this many volatilities (decimal) is not taken to be more certain. */
const LEAST_HALF_VOL = 5e-4;
/** Half-spread in volatility that a mark without bid and ask is taken to have at the money; beyond, as its vega falls. */
const MARK_HALF_VOL = 2.5e-3;
const MOST_MARK_FACTOR = 20;

/** Spread weights are vega weights too: a price spread over vega is the volatility spread. Precondition: at least one quote. */
export function sliceQuotes(quotes: readonly VolQuote[], time: number): SliceQuotes {
  const k = Float64Array.from(quotes, (quote) => quote.k);
  const w = Float64Array.from(quotes, ({ vol }) => vol * vol * time);
  const half = Float64Array.from(
    quotes,
    (quote) => time * Math.max(halfSpread(quote, time), 2 * quote.vol * LEAST_HALF_VOL),
  );
  const liquid = Uint8Array.from(quotes, (_, i) => Number(isLiquid(k[i]!, w[i]!)));
  return { time, k, w, half, liquid, weight: half.map((h) => 1 / (h * h)) };
}

/** Half the width of the spread in variance per year. */
function halfSpread({ k, vol, bidVol, askVol }: VolQuote, time: number): number {
  if (bidVol !== undefined && askVol !== undefined) return 0.5 * (askVol * askVol - bidVol * bidVol);
  const deviation = vol * Math.sqrt(time);
  const d1 = 0.5 * deviation - k / deviation;
  return 2 * vol * MARK_HALF_VOL * Math.min(MOST_MARK_FACTOR, Math.exp(0.5 * d1 * d1));
}

export interface Neighbours {
  readonly earlier?: SviSlice;
  readonly later?: SviSlice;
}

export interface SliceFit {
  readonly slice: SviSlice;
  /** Quotes missed, each liquid one counting about 1, the others a fifth; the lower the better. */
  readonly misses: number;
}

const FIRST_EVALUATIONS = 70;
const NEXT_EVALUATIONS = 30;
/** Times that weights are set anew, and that places of violation are taken in. */
const REWEIGHTINGS = 5;
const EXCHANGES = 4;
/** What all quotes inside their spreads may add up to: no more reweighting then. */
const NO_MISS = 0.2;

/**
 * A raw SVI slice without butterfly arbitrage and without a calendar crossing with its neighbours (both checked exactly),
 * with as many quotes inside their spreads as reweighting brings; `no_slice` where none was found.
 *
 * Least squares alone leaves quotes a little outside to bring others from near to nearer the middle; so points at the edge
 * of their spread get weight (the slope of a smooth count of misses, over the miss), and the best of the rounds is kept.
 */
export function fitSlice(quotes: SliceQuotes, neighbours: Neighbours, start?: SviSlice): SliceFit | 'no_slice' {
  const limits = gridLimits(quotes, neighbours, []);
  const first = cleanFit(quotes, quotes, limits, neighbours, start ? NEXT_EVALUATIONS : FIRST_EVALUATIONS, start);
  if (first === 'no_slice') return 'no_slice';
  let best: SliceFit = { slice: first, misses: missesOf(first, quotes) };
  let current = first;
  for (let round = 0; round < REWEIGHTINGS && best.misses > NO_MISS; round++) {
    const weighted = { ...quotes, weight: edgeWeights(current, quotes, FIRST_STEEPNESS + round * STEEPER) };
    const next = cleanFit(quotes, weighted, limits, neighbours, NEXT_EVALUATIONS, current);
    if (next === 'no_slice') break;
    current = next;
    const misses = missesOf(next, quotes);
    if (misses < best.misses) best = { slice: next, misses };
  }
  return best;
}

/** Fits, and fits again with the worst places of what is violated between the points of the grid, until nothing is. */
function cleanFit(
  quotes: SliceQuotes,
  points: VariancePoints,
  limits: SliceLimits,
  neighbours: Neighbours,
  evaluations: number,
  start: SviSlice | undefined,
): SviSlice | 'no_slice' {
  let extra: number[] = [];
  let from = start;
  for (let exchange = 0; exchange <= EXCHANGES; exchange++) {
    const held = extra.length > 0 ? gridLimits(quotes, neighbours, extra) : limits;
    const fit = fitSvi(quotes.time, points, held, exchange === 0 ? evaluations : NEXT_EVALUATIONS, from);
    if (fit === 'no_slice') return 'no_slice';
    const places = violationPlaces(fit.slice, neighbours);
    if (places.length === 0) return fit.slice;
    extra = [...extra, ...places];
    from = fit.slice;
  }
  return 'no_slice';
}

/** Where a slice allows butterfly arbitrage or crosses a neighbour: the worst place of each interval; none for none. */
export function violationPlaces(slice: SviSlice, { earlier, later }: Neighbours): number[] {
  const found = [
    ...butterflyViolations(slice),
    ...(earlier ? calendarViolations(earlier, slice) : []),
    ...(later ? calendarViolations(slice, later) : []),
  ];
  return found.map(({ worst }) => worst);
}

/** Half-widths of the quotes' range that the grid goes beyond it by; wing slopes hold farther out. */
const BEYOND = [1.2, 1.6, 2.2, 3.2, 5, 8, 13, 22, 40];
const INNER = 40;
/** Relative distance kept from a neighbour, far below any spread and far above rounding. */
const APART = 1e-7;
/** Lee's bound on the slope of total variance is 2: not reached, so that g stays positive far out. */
const MOST_SLOPE = 1.99;
/** Least variance allowed, of the least that is quoted. */
const LEAST_PART = 0.01;

function gridLimits({ k, w }: SliceQuotes, { earlier, later }: Neighbours, extra: readonly number[]): SliceLimits {
  const middle = 0.5 * (k[0]! + k.at(-1)!);
  const radius = Math.max(0.5 * (k.at(-1)! - k[0]!), 0.5 * Math.sqrt(w[0]!));
  const places = [...extra];
  for (let i = 0; i <= INNER; i++) places.push(middle + radius * (i / (0.5 * INNER) - 1));
  for (const reach of BEYOND) places.push(middle - reach * radius, middle + reach * radius);
  const grid = Float64Array.from(places).sort();
  const floor = LEAST_PART * w.reduce((least, x) => Math.min(least, x), Infinity);
  const slopes = (side: number) =>
    [
      earlier ? Math.abs(sviVarianceSlope(earlier, side * 1e9)) * (1 + APART) : 0,
      Math.min(MOST_SLOPE, later ? Math.abs(sviVarianceSlope(later, side * 1e9)) * (1 - APART) : MOST_SLOPE),
    ] as const;
  return {
    k: grid,
    low: grid.map((x) => Math.max(floor, earlier ? sviTotalVariance(earlier, x) * (1 + APART) : 0)),
    high: grid.map((x) => (later ? sviTotalVariance(later, x) * (1 - APART) : Infinity)),
    leftSlope: slopes(-1),
    rightSlope: slopes(1),
  };
}

const LIQUID_SHARE = 0.2;

function missesOf(slice: SviSlice, { k, w, half, liquid }: SliceQuotes): number {
  let sum = 0;
  for (let i = 0; i < k.length; i++) {
    const miss = Math.abs(sviTotalVariance(slice, k[i]!) - w[i]!) / half[i]!;
    sum += (liquid[i] === 1 ? 1 : LIQUID_SHARE) * (miss > 1 ? 1 + 0.01 * Math.min(miss, 10) : 0.001 * miss);
  }
  return sum;
}

/** Steepness of the smooth step that counts a miss, per half-spread; each round is nearer to a sharp count. */
const FIRST_STEEPNESS = 4;
const STEEPER = 0.5;

function edgeWeights(slice: SviSlice, { k, w, half, liquid }: SliceQuotes, steepness: number): Float64Array {
  return half.map((h, i) => {
    const miss = Math.abs(sviTotalVariance(slice, k[i]!) - w[i]!) / h;
    const step = 1 / (1 + Math.exp(-steepness * (miss - 1)));
    const edge = (steepness * step * (1 - step)) / Math.max(miss, 0.3);
    return ((0.1 + edge + (miss > 1 ? 0.15 : 0)) * (liquid[i] === 1 ? 1 : 0.3)) / (h * h);
  });
}
