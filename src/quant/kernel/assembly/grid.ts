// Spot × vol × time scenarios over a book, summed as they are computed: positions × scenarios are never written down.
// What depends on the position alone is formed once per block, what depends on the date once per block and date.
import {
  abs,
  add,
  div,
  floorAtZero,
  keep,
  load,
  max,
  min,
  mul,
  mulAdd,
  neg,
  select,
  splat,
  sqrt,
  store,
  sub,
  turn,
} from './lanes';
import {
  exponential,
  exponentialMinusOne,
  flushedExponential,
  gaussianExponent,
  logRatio,
  millsDenominator,
  millsGap,
  millsNumerator,
} from './normal';

const BLOCK: i32 = 128;
const COLUMN: usize = 1024;

// Scratch, by position: copies of the inputs, padded to pairs with a weight of 0.
const SPOTS: usize = 0;
const STRIKES: usize = COLUMN;
const TIMES: usize = 2 * COLUMN;
const RATES: usize = 3 * COLUMN;
const CARRIES: usize = 4 * COLUMN;
const VOLS: usize = 5 * COLUMN;
const SIGNS: usize = 6 * COLUMN;
const VALUE_WEIGHTS: usize = 7 * COLUMN; // weight
const DELTA_WEIGHTS: usize = 8 * COLUMN; // ±weight/S, as the sign
const GAMMA_WEIGHTS: usize = 9 * COLUMN; // weight/S²
const LOG_RATIOS: usize = 10 * COLUMN; // ln(S/K)
// By position and date.
const LOG_MONEYNESS: usize = 11 * COLUMN; // ln(S/K) + bT
const ROOT_TIMES: usize = 12 * COLUMN;
const SPOT_LEGS: usize = 13 * COLUMN;
const STRIKE_LEGS: usize = 14 * COLUMN;
// By position and scenario.
const STANDARDISED: usize = 15 * COLUMN;
const HALF_DEVIATIONS: usize = 16 * COLUMN;
const INV_DEVIATIONS: usize = 17 * COLUMN;
const DENSITIES: usize = 18 * COLUMN;
const SPOT_TAILS: usize = 19 * COLUMN;
const STRIKE_TAILS: usize = 20 * COLUMN;
const TAIL_GAPS: usize = 21 * COLUMN;
const SPOT_SIDES: usize = 22 * COLUMN;
const STRIKE_SIDES: usize = 23 * COLUMN;
/** Offsets (i32) of the pairs that {@link refine} looks at. */
const LIST: usize = 24 * COLUMN;

const INV_SQRT_TWO_PI: f64 = 0.3989422804014327;
const LEAST_DEVIATION: f64 = 1e-100;
const CERTAIN: f64 = 1000;
/** Below this half σ√T the series is used: the plain gap loses ½d/half ulp, here below 2e-14 where d < 20 matters. */
const SERIES_BELOW: f64 = 0.002;

/** One column of a block into scratch; an odd last position is doubled. */
@inline
function copy(from: usize, to: usize, size: i32): void {
  for (let i = 0; i < size; i++) f64.store(to + (<usize>i << 3), f64.load(from + (<usize>i << 3)));
  if (size & 1) f64.store(to + (<usize>size << 3), f64.load(from + (<usize>(size - 1) << 3)));
}

function layBlock(input: usize, stride: usize, weights: usize, size: i32, bytes: usize, scratch: usize): void {
  for (let c: usize = 0; c < 7; c++) copy(input + c * stride, scratch + c * COLUMN, size);
  copy(weights, scratch + VALUE_WEIGHTS, size);
  if (size & 1) f64.store(scratch + VALUE_WEIGHTS + (<usize>size << 3), 0);
  let at: usize = 0;
  do {
    const spot = v128.load(scratch + at, SPOTS);
    const weight = v128.load(scratch + at, VALUE_WEIGHTS);
    const byDelta = div(weight, spot);
    v128.store(scratch + at, mul(byDelta, v128.load(scratch + at, SIGNS)), DELTA_WEIGHTS);
    v128.store(scratch + at, div(byDelta, spot), GAMMA_WEIGHTS);
    v128.store(scratch + at, logRatio(spot, v128.load(scratch + at, STRIKES)), LOG_RATIOS);
    at += 16;
  } while (at < bytes);
}

function layDate(years: f64, bytes: usize, scratch: usize): void {
  let at: usize = 0;
  do {
    const time = max(sub(v128.load(scratch + at, TIMES), splat(years)), splat(0));
    const spot = v128.load(scratch + at, SPOTS);
    const carried = mul(v128.load(scratch + at, CARRIES), time);
    const discount = exponential(mul(neg(v128.load(scratch + at, RATES)), time));
    v128.store(scratch + at, add(v128.load(scratch + at, LOG_RATIOS), carried), LOG_MONEYNESS);
    v128.store(scratch + at, sqrt(time), ROOT_TIMES);
    v128.store(scratch + at, mul(discount, mulAdd(spot, exponentialMinusOne(carried), spot)), SPOT_LEGS);
    v128.store(scratch + at, mul(discount, v128.load(scratch + at, STRIKES)), STRIKE_LEGS);
    at += 16;
  } while (at < bytes);
}

/** ln(F/K)/σ√T and the density a = A·n(d1) in one scenario. Lists the pairs for {@link refine}; returns how many. */
function standardise(factor: f64, logFactor: f64, scale: f64, shift: f64, bytes: usize, scratch: usize): i32 {
  let listed = 0;
  let at: usize = 0;
  do {
    const vol = max(mulAdd(v128.load(scratch + at, VOLS), splat(scale), splat(shift)), splat(0));
    const spread = mul(vol, v128.load(scratch + at, ROOT_TIMES));
    const invDeviation = div(splat(1), max(spread, splat(LEAST_DEVIATION)));
    const x = add(v128.load(scratch + at, LOG_MONEYNESS), splat(logFactor));
    const ratio = max(min(mul(x, invDeviation), splat(CERTAIN)), splat(-CERTAIN));
    const half = mul(splat(0.5), spread);
    const pdf = flushedExponential(gaussianExponent(add(ratio, half)));
    const a = mul(mul(v128.load(scratch + at, SPOT_LEGS), splat(factor * INV_SQRT_TWO_PI)), pdf);
    i32.store(scratch + (<usize>listed << 2), <i32>at, LIST);
    listed += i32(i64x2.bitmask(f64x2.lt(half, splat(SERIES_BELOW))) != 0);
    v128.store(scratch + at, ratio, STANDARDISED);
    v128.store(scratch + at, half, HALF_DEVIATIONS);
    v128.store(scratch + at, invDeviation, INV_DEVIATIONS);
    v128.store(scratch + at, a, DENSITIES);
    at += 16;
  } while (at < bytes);
  return listed;
}

function tails(bytes: usize, scratch: usize): void {
  let at: usize = 0;
  do {
    const ratio = v128.load(scratch + at, STANDARDISED);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const d1 = add(ratio, half);
    const d2 = sub(ratio, half);
    const z1 = abs(d1);
    const z2 = abs(d2);
    const q1 = millsDenominator(z1);
    const q2 = millsDenominator(z2);
    const a = v128.load(scratch + at, DENSITIES);
    const spotTail = div(mul(a, millsNumerator(z1)), q1);
    const strikeTail = div(mul(a, millsNumerator(z2)), q2);
    v128.store(scratch + at, spotTail, SPOT_TAILS);
    v128.store(scratch + at, strikeTail, STRIKE_TAILS);
    v128.store(scratch + at, sub(spotTail, strikeTail), TAIL_GAPS);
    v128.store(scratch + at, d1, SPOT_SIDES);
    v128.store(scratch + at, d2, STRIKE_SIDES);
    at += 16;
  } while (at < bytes);
}

/** The gap by series where σ√T is small; half of each leg, worth nothing, where nothing is random exactly at the money. */
function refine(factor: f64, listed: i32, scratch: usize): void {
  if (listed == 0) return;
  let i = 0;
  do {
    const at = <usize>i32.load(scratch + (<usize>i << 2), LIST);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const ratio = v128.load(scratch + at, STANDARDISED);
    const even = v128.and(f64x2.eq(ratio, splat(0)), f64x2.le(half, splat(0.5 * LEAST_DEVIATION)));
    const a = v128.andnot(v128.load(scratch + at, DENSITIES), even);
    const small = v128.and(f64x2.lt(half, splat(SERIES_BELOW)), f64x2.gt(a, splat(0)));
    const spotHeld = mul(v128.load(scratch + at, SPOT_LEGS), splat(factor));
    const strikeHeld = v128.load(scratch + at, STRIKE_LEGS);
    const spotTail = select(mul(splat(0.5), spotHeld), v128.load(scratch + at, SPOT_TAILS), even);
    const strikeTail = select(mul(splat(0.5), strikeHeld), v128.load(scratch + at, STRIKE_TAILS), even);
    const h = abs(ratio);
    const up = f64x2.gt(ratio, splat(0));
    const side = select(splat(1), splat(-1), up);
    const turned = v128.and(small, f64x2.lt(h, half));
    const series = mul(mul(neg(side), a), millsGap(h, half));
    const gap = v128.andnot(v128.load(scratch + at, TAIL_GAPS), even);
    const d1 = v128.andnot(v128.load(scratch + at, SPOT_SIDES), even);
    const d2 = v128.andnot(v128.load(scratch + at, STRIKE_SIDES), even);
    v128.store(scratch + at, select(sub(spotHeld, spotTail), spotTail, v128.andnot(turned, up)), SPOT_TAILS);
    v128.store(scratch + at, select(sub(strikeHeld, strikeTail), strikeTail, v128.and(turned, up)), STRIKE_TAILS);
    v128.store(scratch + at, a, DENSITIES);
    v128.store(scratch + at, select(series, gap, small), TAIL_GAPS);
    v128.store(scratch + at, select(side, d1, small), SPOT_SIDES);
    v128.store(scratch + at, select(side, d2, small), STRIKE_SIDES);
    i++;
  } while (i < listed);
}

function addSums(factor: f64, output: usize, outStride: usize, bytes: usize, scratch: usize): void {
  let values = splat(0);
  let deltas = splat(0);
  let gammas = splat(0);
  let vegas = splat(0);
  let at: usize = 0;
  do {
    const sign = v128.load(scratch + at, SIGNS);
    const above1 = f64x2.gt(mul(sign, v128.load(scratch + at, SPOT_SIDES)), splat(0));
    const above2 = f64x2.gt(mul(sign, v128.load(scratch + at, STRIKE_SIDES)), splat(0));
    const spotHeld = mul(v128.load(scratch + at, SPOT_LEGS), splat(factor));
    const strikeHeld = v128.load(scratch + at, STRIKE_LEGS);
    const spotPart = add(keep(spotHeld, above1), turn(v128.load(scratch + at, SPOT_TAILS), above1));
    const strikePart = add(keep(strikeHeld, above2), turn(v128.load(scratch + at, STRIKE_TAILS), above2));
    const both = keep(sub(spotHeld, strikeHeld), above1);
    const sameSide = add(both, turn(v128.load(scratch + at, TAIL_GAPS), above1));
    const parts = select(sub(spotPart, strikePart), sameSide, v128.xor(above1, above2));
    const value = floorAtZero(mul(sign, parts));
    const a = v128.load(scratch + at, DENSITIES);
    values = mulAdd(v128.load(scratch + at, VALUE_WEIGHTS), value, values);
    deltas = mulAdd(v128.load(scratch + at, DELTA_WEIGHTS), spotPart, deltas);
    gammas = mulAdd(v128.load(scratch + at, GAMMA_WEIGHTS), mul(a, v128.load(scratch + at, INV_DEVIATIONS)), gammas);
    vegas = mulAdd(mul(v128.load(scratch + at, VALUE_WEIGHTS), v128.load(scratch + at, ROOT_TIMES)), a, vegas);
    at += 16;
  } while (at < bytes);
  accumulate(output, values, 1);
  accumulate(output + outStride, deltas, factor);
  accumulate(output + 2 * outStride, gammas, factor * factor);
  accumulate(output + 3 * outStride, vegas, 1);
}

@inline
function accumulate(pointer: usize, sums: v128, divisor: f64): void {
  const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  f64.store(pointer, f64.load(pointer) + sum / divisor);
}

/**
 * Σ weight·(value, delta, gamma, vega) of `count` positions under scenarios [from, to), added to the four columns of
 * `output`. `scenarios` has five columns: spot factor, its logarithm, vol scale, vol shift, years passed; scenarios of
 * the same date are best neighbours.
 */
export function grid(
  input: usize,
  stride: usize,
  weights: usize,
  count: i32,
  scenarios: usize,
  scenarioStride: usize,
  output: usize,
  outStride: usize,
  from: i32,
  to: i32,
  scratch: usize,
): void {
  for (let start = 0; start < count; start += BLOCK) {
    const size = count - start < BLOCK ? count - start : BLOCK;
    const offset = <usize>start << 3;
    const bytes = <usize>((size + 1) & ~1) << 3;
    layBlock(input + offset, stride, weights + offset, size, bytes, scratch);
    let date = f64.NaN;
    for (let s = from; s < to; s++) {
      const at = <usize>s << 3;
      const years = f64.load(scenarios + 4 * scenarioStride + at);
      if (years != date) {
        layDate(years, bytes, scratch);
        date = years;
      }
      const factor = f64.load(scenarios + at);
      const logFactor = f64.load(scenarios + scenarioStride + at);
      const scale = f64.load(scenarios + 2 * scenarioStride + at);
      const shift = f64.load(scenarios + 3 * scenarioStride + at);
      const listed = standardise(factor, logFactor, scale, shift, bytes, scratch);
      tails(bytes, scratch);
      refine(factor, listed, scratch);
      addSums(factor, output + at, outStride, bytes, scratch);
    }
  }
}
