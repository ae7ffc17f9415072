// The stages of quant/pricing/blackStages.ts, two options at a time; limits, reasons and formulas are told there. A block is
// 2 to 128 options; `scratch` is 16-byte aligned memory of SCRATCH_BYTES that nobody else uses meanwhile.
//
// Every loop tests at its end: V8 forms the constants of a loop before it only if the body is certain to run, and in each
// turn otherwise, three instructions for each of twenty (measured: 6 % of a price, 15 % of a grid).
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
  mulSub,
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
  expm1Reduced,
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
/** Offsets (i32) of the pairs that {@link refineGaps} looks at. */
const LIST: usize = 21 * COLUMN;

const INV_SQRT_TWO_PI: f64 = 0.3989422804014327;
const LEAST_DEVIATION: f64 = 1e-100;
const MOST_DEVIATION: f64 = 1e8;
const CERTAIN: f64 = 1000;
const LEAST_MONEY: f64 = 1e-100;
const MOST_MONEY: f64 = 1e100;
const MOST_GROWTH: f64 = 200;
/** e^y of a smaller |y| has no power of two in it: taking out none gives the same bits. */
const UNREDUCED: f64 = 0.3465;
const SERIES_BELOW: f64 = 0.05;

/** All but the tail where `above`, else the tail. */
@inline
function part(held: v128, tail: v128, above: v128): v128 {
  return add(keep(held, above), turn(tail, above));
}

@inline
function discountLegs(input: usize, stride: usize, bytes: usize, scratch: usize): void {
  let at: usize = 0;
  do {
    const spot = load(input + at);
    const strike = load(input + stride + at);
    const time = load(input + 2 * stride + at);
    const carried = mul(load(input + 4 * stride + at), time);
    const discounted = mul(neg(load(input + 3 * stride + at)), time);
    const money = v128.and(
      f64x2.ge(min(spot, strike), splat(LEAST_MONEY)),
      f64x2.le(max(spot, strike), splat(MOST_MONEY)),
    );
    // In this order, for max keeps a NaN only if it comes first; one of the other makes the logarithm NaN.
    const exponents = max(abs(discounted), abs(carried));
    const signed = f64x2.eq(abs(load(input + 6 * stride + at)), splat(1));
    let logMoneyness = add(logRatio(spot, strike), carried);
    let discount: v128;
    let rise: v128;
    const ordinary = v128.and(v128.and(money, signed), f64x2.lt(exponents, splat(UNREDUCED)));
    if (i64x2.bitmask(ordinary) == 3) {
      discount = add(splat(1), expm1Reduced(discounted));
      rise = expm1Reduced(carried);
    } else {
      const bounded = v128.and(v128.and(money, signed), f64x2.le(exponents, splat(MOST_GROWTH)));
      logMoneyness = v128.or(logMoneyness, v128.andnot(splat(NaN), bounded));
      discount = exponential(discounted);
      rise = exponentialMinusOne(carried);
    }
    const growth = mul(spot, rise);
    v128.store(scratch + at, logMoneyness, LOG_MONEYNESS);
    v128.store(scratch + at, sqrt(time), ROOT_TIMES);
    v128.store(scratch + at, mul(discount, add(spot, growth)), SPOT_LEGS);
    v128.store(scratch + at, mul(discount, strike), STRIKE_LEGS);
    v128.store(scratch + at, mul(discount, add(sub(spot, strike), growth)), INTRINSICS);
    at += 16;
  } while (at < bytes);
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
  let at: usize = 0;
  do {
    const vol = load(vols + at);
    const spread = mul(vol, v128.load(scratch + at, ROOT_TIMES));
    const deviation = max(spread, splat(LEAST_DEVIATION));
    const invDeviation = div(splat(1), deviation);
    const standardised = mul(v128.load(scratch + at, LOG_MONEYNESS), invDeviation);
    const ratio = max(min(standardised, splat(CERTAIN)), splat(-CERTAIN));
    const distance = abs(ratio);
    const bounded = f64x2.le(max(spread, vol), splat(MOST_DEVIATION));
    const random = v128.and(f64x2.le(distance, splat(CERTAIN)), f64x2.gt(spread, splat(LEAST_DEVIATION)));
    const half = mul(splat(0.5), deviation);
    const density = mul(
      mul(v128.load(scratch + at, SPOT_LEGS), splat(INV_SQRT_TWO_PI)),
      flushedExponential(gaussianExponent(add(ratio, half))),
    );
    if (i64x2.bitmask(v128.and(bounded, random)) != 3) {
      const certain = v128.and(f64x2.eq(distance, splat(CERTAIN)), f64x2.ge(vol, splat(0)));
      const good = i64x2.bitmask(v128.and(bounded, v128.or(random, certain)));
      const index = first + i32(at >> 3);
      if (!(good & 1)) list(irregular, found++, index);
      if (!(good & 2)) list(irregular, found++, index + 1);
    }
    v128.store(scratch + at, invDeviation, INV_DEVIATIONS);
    v128.store(scratch + at, ratio, STANDARDISED);
    v128.store(scratch + at, half, HALF_DEVIATIONS);
    v128.store(scratch + at, density, DENSITIES);
    at += 16;
  } while (at < bytes);
  return found;
}

@inline
function tails(bytes: usize, scratch: usize): i32 {
  let listed = 0;
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
    i32.store(scratch + (<usize>listed << 2), <i32>at, LIST);
    listed += i32(i64x2.bitmask(f64x2.lt(half, splat(SERIES_BELOW))) != 0);
    at += 16;
  } while (at < bytes);
  return listed;
}

/** Where zero lies between d1 and d2: both tails on the side of ln(F/K). */
@inline
function turnTails(up: v128, turned: v128, at: usize): void {
  const side = select(splat(1), splat(-1), up);
  const spotTail = v128.load(at, SPOT_TAILS);
  const strikeTail = v128.load(at, STRIKE_TAILS);
  const otherSpot = sub(v128.load(at, SPOT_LEGS), spotTail);
  const otherStrike = sub(v128.load(at, STRIKE_LEGS), strikeTail);
  v128.store(at, select(side, v128.load(at, SPOT_SIDES), turned), SPOT_SIDES);
  v128.store(at, select(side, v128.load(at, STRIKE_SIDES), turned), STRIKE_SIDES);
  v128.store(at, select(otherSpot, spotTail, v128.andnot(turned, up)), SPOT_TAILS);
  v128.store(at, select(otherStrike, strikeTail, v128.and(turned, up)), STRIKE_TAILS);
}

@inline
function refineGaps(listed: i32, scratch: usize): void {
  if (listed == 0) return;
  let i = 0;
  do {
    const at = <usize>i32.load(scratch + (<usize>i << 2), LIST);
    const half = v128.load(scratch + at, HALF_DEVIATIONS);
    const a = v128.load(scratch + at, DENSITIES);
    const small = v128.and(f64x2.lt(half, splat(SERIES_BELOW)), f64x2.gt(a, splat(0)));
    const ratio = v128.load(scratch + at, STANDARDISED);
    const h = abs(ratio);
    const up = f64x2.gt(ratio, splat(0));
    const gap = turn(mul(a, millsGap(h, half)), up);
    v128.store(scratch + at, select(gap, v128.load(scratch + at, TAIL_GAPS), small), TAIL_GAPS);
    const turned = v128.and(small, f64x2.le(h, half));
    if (v128.any_true(turned)) turnTails(up, turned, scratch + at);
    i++;
  } while (i < listed);
}

function assemble(input: usize, stride: usize, output: usize, outStride: usize, bytes: usize, scratch: usize): void {
  let at: usize = 0;
  do {
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
    const spotPart = part(v128.load(scratch + at, SPOT_LEGS), v128.load(scratch + at, SPOT_TAILS), above1);
    const strikePart = part(v128.load(scratch + at, STRIKE_LEGS), v128.load(scratch + at, STRIKE_TAILS), above2);
    const sameSide = part(v128.load(scratch + at, INTRINSICS), v128.load(scratch + at, TAIL_GAPS), above1);
    const value = select(sub(spotPart, strikePart), sameSide, v128.xor(above1, above2));
    const spotLeg = mul(sign, spotPart);
    const strikeLeg = mul(sign, strikePart);
    const delta = mul(spotLeg, invSpot);
    const deltaDensity = mul(a, invSpot);
    const vega = mul(a, rootTime);
    const halfInvRootTime = mul(splat(0.5), invRootTime);
    const decay = mul(mul(a, vol), halfInvRootTime);
    const turning = mulSub(d2, mul(halfInvRootTime, invRootTime), mul(carry, invDeviation));
    const bend = mul(d2, invVol);
    const growth = sub(rate, carry);
    let to = output + at;
    store(to, floorAtZero(mul(sign, value)));
    store((to += outStride), delta);
    store((to += outStride), mul(mul(deltaDensity, invSpot), invDeviation));
    store((to += outStride), vega);
    store((to += outStride), sub(mulSub(rate, strikeLeg, mul(growth, spotLeg)), decay));
    store((to += outStride), mul(load(input + 2 * stride + at), strikeLeg));
    store((to += outStride), mulSub(deltaDensity, bend, splat(0)));
    store((to += outStride), mulAdd(mul(vega, d1), bend, splat(0)));
    store((to += outStride), mulSub(deltaDensity, turning, mul(growth, delta)));
    at += 16;
  } while (at < bytes);
}

function assembleFurther(
  input: usize,
  stride: usize,
  output: usize,
  outStride: usize,
  bytes: usize,
  scratch: usize,
): void {
  let at: usize = 0;
  do {
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
    const strikePart = part(v128.load(scratch + at, STRIKE_LEGS), v128.load(scratch + at, STRIKE_TAILS), above2);
    const strikeLeg = mul(sign, strikePart);
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
    at += 16;
  } while (at < bytes);
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
  let at: usize = 0;
  do {
    store(chain + COLUMN + at, load(strikes + at));
    store(chain + 5 * COLUMN + at, load(vols + at));
    at += 16;
  } while (at < bytes);
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
