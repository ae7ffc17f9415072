// The stages of quant/pricing/blackStages.ts, two options at a time; limits, reasons and formulas are told there. A block is
// at most 128 options; `scratch` is 16-byte aligned memory of SCRATCH_BYTES that nobody else uses meanwhile.
import { abs, add, div, floorAtZero, keep, load, max, min, mul, mulAdd, mulSub, neg, select, splat, sqrt, store, sub } from './lanes';
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
const COLUMN: usize = 1024; // bytes of one scratch column

const LOG_MONEYNESS: usize = 0;
const SPOT_LEGS: usize = COLUMN;
const STRIKE_LEGS: usize = 2 * COLUMN;
const INTRINSICS: usize = 3 * COLUMN;
const ROOT_TIMES: usize = 4 * COLUMN;
const INV_DEVIATIONS: usize = 5 * COLUMN;
const STANDARDISED: usize = 6 * COLUMN;
const HALF_DEVIATIONS: usize = 7 * COLUMN;
const DENSITIES: usize = 8 * COLUMN;
const SPOT_TAILS: usize = 9 * COLUMN;
const STRIKE_TAILS: usize = 10 * COLUMN;
const TAIL_GAPS: usize = 11 * COLUMN;
const SPOT_SIDES: usize = 12 * COLUMN;
const STRIKE_SIDES: usize = 13 * COLUMN;
/** The seven input columns of a chain block are laid out from here. */
const CHAIN_INPUT: usize = 14 * COLUMN;
/** Offsets (i32) of the pairs that need {@link refineGaps}. */
const LIST: usize = 21 * COLUMN;

const INV_SQRT_TWO_PI: f64 = 0.3989422804014327;
const LEAST_DEVIATION: f64 = 1e-100;
const MOST_DEVIATION: f64 = 1e8;
const CERTAIN: f64 = 1000;
const LEAST_MONEY: f64 = 1e-100;
const MOST_MONEY: f64 = 1e100;
const MOST_GROWTH: f64 = 200;
const SERIES_BELOW: f64 = 0.05;

@inline
function within(x: v128, low: f64, high: f64): v128 {
  return v128.and(f64x2.ge(x, splat(low)), f64x2.le(x, splat(high)));
}

@inline
function discountLegs(input: usize, stride: usize, bytes: usize, scratch: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const spot = load(input + at);
    const strike = load(input + stride + at);
    const time = load(input + 2 * stride + at);
    const carried = mul(load(input + 4 * stride + at), time);
    const discounted = mul(neg(load(input + 3 * stride + at)), time);
    const bounded = v128.and(
      v128.and(within(spot, LEAST_MONEY, MOST_MONEY), within(strike, LEAST_MONEY, MOST_MONEY)),
      v128.and(f64x2.le(abs(carried), splat(MOST_GROWTH)), f64x2.le(abs(discounted), splat(MOST_GROWTH))),
    );
    const signed = f64x2.eq(abs(load(input + 6 * stride + at)), splat(1));
    const discount = exponential(discounted);
    const growth = mul(spot, exponentialMinusOne(carried));
    v128.store(scratch + at, v128.or(add(logRatio(spot, strike), carried), v128.not(v128.and(bounded, signed))), LOG_MONEYNESS);
    v128.store(scratch + at, sqrt(time), ROOT_TIMES);
    v128.store(scratch + at, mul(discount, add(spot, growth)), SPOT_LEGS);
    v128.store(scratch + at, mul(discount, strike), STRIKE_LEGS);
    v128.store(scratch + at, mul(discount, add(sub(spot, strike), growth)), INTRINSICS);
  }
}

@inline
function list(irregular: usize, place: i32, index: i32): void {
  i32.store(irregular + (<usize>place << 2), index);
}

/** Appends to the list at `irregular` the indices (first + slot) of options that the scalar form has to do; returns its length. */
@inline
function standardise(
  vols: usize,
  bytes: usize,
  scratch: usize,
  first: i32,
  irregular: usize,
  length: i32,
): i32 {
  let found = length;
  for (let at: usize = 0; at < bytes; at += 16) {
    const vol = load(vols + at);
    const spread = mul(vol, v128.load(scratch + at, ROOT_TIMES));
    const deviation = max(spread, splat(LEAST_DEVIATION));
    const ratio = max(min(div(v128.load(scratch + at, LOG_MONEYNESS), deviation), splat(CERTAIN)), splat(-CERTAIN));
    const distance = abs(ratio);
    const random = v128.and(f64x2.lt(distance, splat(CERTAIN)), f64x2.gt(spread, splat(LEAST_DEVIATION)));
    const bounded = v128.and(within(vol, 0, MOST_DEVIATION), f64x2.le(spread, splat(MOST_DEVIATION)));
    const regular = v128.and(bounded, v128.or(f64x2.eq(distance, splat(CERTAIN)), random));
    const half = mul(splat(0.5), deviation);
    const density = mul(
      mul(v128.load(scratch + at, SPOT_LEGS), splat(INV_SQRT_TWO_PI)),
      flushedExponential(gaussianExponent(add(ratio, half))),
    );
    const good = i64x2.bitmask(regular);
    if (good != 3) {
      const index = first + i32(at >> 3);
      if (!(good & 1)) list(irregular, found++, index);
      if (!(good & 2)) list(irregular, found++, index + 1);
    }
    v128.store(scratch + at, div(splat(1), deviation), INV_DEVIATIONS);
    v128.store(scratch + at, ratio, STANDARDISED);
    v128.store(scratch + at, half, HALF_DEVIATIONS);
    v128.store(scratch + at, density, DENSITIES);
  }
  return found;
}

@inline
function tails(bytes: usize, scratch: usize): i32 {
  let listed = 0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const ratio = v128.load(scratch + at, STANDARDISED);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const d1 = add(ratio, half);
    const d2 = sub(ratio, half);
    const z1 = abs(d1);
    const z2 = abs(d2);
    const q1 = millsDenominator(z1);
    const q2 = millsDenominator(z2);
    const a = v128.load(scratch + at, DENSITIES);
    const reciprocal = div(splat(1), mul(q1, q2));
    const spotTail = mul(a, mul(mul(reciprocal, q2), millsNumerator(z1)));
    const strikeTail = mul(a, mul(mul(reciprocal, q1), millsNumerator(z2)));
    v128.store(scratch + at, spotTail, SPOT_TAILS);
    v128.store(scratch + at, strikeTail, STRIKE_TAILS);
    v128.store(scratch + at, sub(spotTail, strikeTail), TAIL_GAPS);
    v128.store(scratch + at, d1, SPOT_SIDES);
    v128.store(scratch + at, d2, STRIKE_SIDES);
    const small = v128.and(f64x2.lt(half, splat(SERIES_BELOW)), f64x2.gt(a, splat(0)));
    i32.store(scratch + (<usize>listed << 2), <i32>at, LIST);
    listed += i32(v128.any_true(small));
  }
  return listed;
}

@inline
function refineGaps(listed: i32, scratch: usize): void {
  for (let i = 0; i < listed; i++) {
    const at = <usize>i32.load(scratch + (<usize>i << 2), LIST);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const a = v128.load(scratch + at, DENSITIES);
    const small = v128.and(f64x2.lt(half, splat(SERIES_BELOW)), f64x2.gt(a, splat(0)));
    const ratio = v128.load(scratch + at, STANDARDISED);
    const h = abs(ratio);
    const above = f64x2.gt(ratio, splat(0));
    const side = select(splat(1), splat(-1), above);
    const turned = v128.and(small, f64x2.lt(h, half));
    const spotTail = v128.load(scratch + at, SPOT_TAILS);
    const strikeTail = v128.load(scratch + at, STRIKE_TAILS);
    const gap = mul(mul(neg(side), a), millsGap(h, half));
    v128.store(scratch + at, select(gap, v128.load(scratch + at, TAIL_GAPS), small), TAIL_GAPS);
    v128.store(scratch + at, select(side, v128.load(scratch + at, SPOT_SIDES), small), SPOT_SIDES);
    v128.store(scratch + at, select(side, v128.load(scratch + at, STRIKE_SIDES), small), STRIKE_SIDES);
    const otherStrike = sub(v128.load(scratch + at, STRIKE_LEGS), strikeTail);
    const otherSpot = sub(v128.load(scratch + at, SPOT_LEGS), spotTail);
    v128.store(scratch + at, select(otherStrike, strikeTail, v128.and(turned, above)), STRIKE_TAILS);
    v128.store(scratch + at, select(otherSpot, spotTail, v128.andnot(turned, above)), SPOT_TAILS);
  }
}

function assemble(input: usize, stride: usize, output: usize, outStride: usize, bytes: usize, scratch: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const rate = load(input + 3 * stride + at);
    const carry = load(input + 4 * stride + at);
    const vol = load(input + 5 * stride + at);
    const sign = load(input + 6 * stride + at);
    const invSpot = div(splat(1), load(input + at));
    const rootTime = v128.load(scratch + at, ROOT_TIMES);
    const invDeviation = v128.load(scratch + at, INV_DEVIATIONS);
    const invRootTime = mul(vol, invDeviation);
    const invVol = mul(rootTime, invDeviation);
    const ratio = v128.load(scratch + at, STANDARDISED);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const d1 = add(ratio, half);
    const d2 = sub(ratio, half);
    const above1 = f64x2.gt(mul(sign, v128.load(scratch + at, SPOT_SIDES)), splat(0));
    const above2 = f64x2.gt(mul(sign, v128.load(scratch + at, STRIKE_SIDES)), splat(0));
    const a = v128.load(scratch + at, DENSITIES);
    const spotHeld = v128.load(scratch + at, SPOT_LEGS);
    const strikeHeld = v128.load(scratch + at, STRIKE_LEGS);
    const spotTail = v128.load(scratch + at, SPOT_TAILS);
    const strikeTail = v128.load(scratch + at, STRIKE_TAILS);
    const spotLeg = mul(sign, select(sub(spotHeld, spotTail), spotTail, above1));
    const strikeLeg = mul(sign, select(sub(strikeHeld, strikeTail), strikeTail, above2));
    const both = keep(v128.load(scratch + at, INTRINSICS), v128.and(above1, above2));
    const certain = sub(add(both, v128.andnot(keep(spotHeld, above1), above2)), v128.andnot(keep(strikeHeld, above2), above1));
    const gap = v128.load(scratch + at, TAIL_GAPS);
    const turns = sub(keep(splat(2), above2), keep(splat(2), above1));
    const timeValue = mulAdd(turns, strikeTail, add(certain, select(neg(gap), gap, above1)));
    const delta = mul(spotLeg, invSpot);
    const deltaDensity = mul(a, invSpot);
    const vega = mul(a, rootTime);
    const decay = mul(mul(mul(splat(-0.5), a), vol), invRootTime);
    const turning = mulSub(mul(mul(splat(0.5), d2), invRootTime), invRootTime, mul(carry, invDeviation));
    let to = output + at;
    store(to, floorAtZero(mul(sign, timeValue)));
    store((to += outStride), delta);
    store((to += outStride), mul(mul(deltaDensity, invSpot), invDeviation));
    store((to += outStride), vega);
    store((to += outStride), mulSub(rate, strikeLeg, mulSub(sub(carry, rate), spotLeg, decay)));
    store((to += outStride), mul(load(input + 2 * stride + at), strikeLeg));
    store((to += outStride), sub(splat(0), mul(mul(deltaDensity, d2), invVol)));
    store((to += outStride), add(mul(mul(mul(vega, d1), d2), invVol), splat(0)));
    store((to += outStride), mulSub(deltaDensity, turning, mul(sub(rate, carry), delta)));
  }
}

function assembleFurther(
  input: usize,
  stride: usize,
  output: usize,
  outStride: usize,
  bytes: usize,
  scratch: usize,
): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const spot = load(input + at);
    const sign = load(input + 6 * stride + at);
    const invSpot = div(splat(1), spot);
    const invStrike = div(splat(1), load(input + stride + at));
    const invDeviation = v128.load(scratch + at, INV_DEVIATIONS);
    const invRootTime = mul(load(input + 5 * stride + at), invDeviation);
    const invVol = mul(v128.load(scratch + at, ROOT_TIMES), invDeviation);
    const ratio = v128.load(scratch + at, STANDARDISED);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const d1 = add(ratio, half);
    const d2 = sub(ratio, half);
    const d1d2 = mul(d1, d2);
    const above2 = f64x2.gt(mul(sign, v128.load(scratch + at, STRIKE_SIDES)), splat(0));
    const strikeTail = v128.load(scratch + at, STRIKE_TAILS);
    const strikeLeg = mul(sign, select(sub(v128.load(scratch + at, STRIKE_LEGS), strikeTail), strikeTail, above2));
    const gamma = load(output + 2 * outStride + at);
    const vega = load(output + 3 * outStride + at);
    const halfInvTime = mul(mul(splat(0.5), invRootTime), invRootTime);
    const carry = load(input + 4 * stride + at);
    const turning = mulSub(d2, halfInvTime, mul(carry, invDeviation));
    const drift = mulAdd(d1, turning, sub(load(input + 3 * stride + at), carry));
    const squares = mulAdd(d2, d2, mulAdd(d1, d1, mul(d1d2, sub(splat(1), d1d2))));
    const zero = splat(0);
    let to = output + 9 * outStride + at;
    store(to, sub(zero, mul(load(input + 2 * stride + at), mul(load(output + outStride + at), spot))));
    store((to += outStride), sub(zero, mul(mul(gamma, invSpot), mulAdd(d1, invDeviation, splat(1)))));
    store((to += outStride), add(mul(mul(gamma, invVol), sub(d1d2, splat(1))), zero));
    store((to += outStride), add(mul(gamma, add(drift, halfInvTime)), zero));
    store((to += outStride), add(mul(vega, sub(drift, halfInvTime)), zero));
    store((to += outStride), sub(zero, mul(mul(mul(vega, invVol), invVol), squares)));
    store((to += outStride), sub(zero, mul(strikeLeg, invStrike)));
    store((to += outStride), mul(mul(mul(v128.load(scratch + at, DENSITIES), invStrike), invStrike), invDeviation));
  }
}

function prepare(
  input: usize,
  stride: usize,
  bytes: usize,
  scratch: usize,
  first: i32,
  irregular: usize,
  length: i32,
): i32 {
  discountLegs(input, stride, bytes, scratch);
  const found = standardise(input + 5 * stride, bytes, scratch, first, irregular, length);
  refineGaps(tails(bytes, scratch), scratch);
  return found;
}

/**
 * Options [from, to) of columns `stride` and `outStride` bytes apart, nine outputs, or seventeen where `all` is not 0.
 * to − from >= 2: an odd last option is done together with the one before it, a second time. The indices of those that
 * the scalar form has to do are listed (i32) at `irregular`, room for to − from + 1; returns how many.
 */
export function europeans(
  input: usize,
  stride: usize,
  output: usize,
  outStride: usize,
  from: i32,
  to: i32,
  all: i32,
  scratch: usize,
  irregular: usize,
): i32 {
  let length = 0;
  let start = from;
  while (start < to) {
    let size = min32(BLOCK, to - start) & ~1;
    if (size == 0) {
      size = 2;
      start = to - 2;
    }
    const offset = <usize>start << 3;
    const bytes = <usize>size << 3;
    length = prepare(input + offset, stride, bytes, scratch, start, irregular, length);
    assemble(input + offset, stride, output + offset, outStride, bytes, scratch);
    if (all) assembleFurther(input + offset, stride, output + offset, outStride, bytes, scratch);
    start += size;
  }
  return length;
}

@inline
function min32(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

@inline
function fill(pointer: usize, x: f64, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) store(pointer + at, splat(x));
}

/** The inputs of a chain block: what all its options share, their strikes and vols, calls first. */
function layChain(
  strikes: usize,
  vols: usize,
  spot: f64,
  time: f64,
  rate: f64,
  carry: f64,
  bytes: usize,
  chain: usize,
): void {
  fill(chain, spot, bytes);
  fill(chain + 2 * COLUMN, time, bytes);
  fill(chain + 3 * COLUMN, rate, bytes);
  fill(chain + 4 * COLUMN, carry, bytes);
  fill(chain + 6 * COLUMN, 1, bytes);
  for (let at: usize = 0; at < bytes; at += 16) {
    store(chain + COLUMN + at, load(strikes + at));
    store(chain + 5 * COLUMN + at, load(vols + at));
  }
}

/**
 * Calls and puts of one expiry at strikes [from, to), nine outputs each: everything but the last stage is shared. Columns
 * of the outputs are `outStride` bytes apart; conditions and result as for {@link europeans}.
 */
export function chain(
  strikes: usize,
  vols: usize,
  spot: f64,
  time: f64,
  rate: f64,
  carry: f64,
  calls: usize,
  puts: usize,
  outStride: usize,
  from: i32,
  to: i32,
  scratch: usize,
  irregular: usize,
): i32 {
  const shared = scratch + CHAIN_INPUT;
  let length = 0;
  let start = from;
  while (start < to) {
    let size = min32(BLOCK, to - start) & ~1;
    if (size == 0) {
      size = 2;
      start = to - 2;
    }
    const offset = <usize>start << 3;
    const bytes = <usize>size << 3;
    layChain(strikes + offset, vols + offset, spot, time, rate, carry, bytes, shared);
    length = prepare(shared, COLUMN, bytes, scratch, start, irregular, length);
    assemble(shared, COLUMN, calls + offset, outStride, bytes, scratch);
    fill(shared + 6 * COLUMN, -1, bytes);
    assemble(shared, COLUMN, puts + offset, outStride, bytes, scratch);
    start += size;
  }
  return length;
}
