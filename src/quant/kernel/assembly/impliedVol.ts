// The solver of quant/pricing/impliedVol.ts, two prices at a time and bit for bit; reasons and sources are told there. A pair
// goes on until both are done, a block in step, so that the processor overlaps its pairs; what leaves its bracket or does not
// end in a few steps is left to the scalar form.
import {
  abs,
  add,
  div,
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
} from './lanes';
import { exponential, gaussianExponent, logRatio, millsDenominator, millsGap, millsNumerator } from './normal';

const SQRT_TWO_PI: f64 = 2.5066282746310007;
const INV_SQRT_TWO_PI: f64 = 0.3989422804014327;
const LAST_STEP: f64 = 5e-5;
const SERIES_BELOW: f64 = 0.05;
const LOW_REGION: f64 = 0.02;
const HIGH_REGION: f64 = 0.5;
const WINITZKI: f64 = 0.147;
const MOST_STEPS: i32 = 6;

const BLOCK: i32 = 128;
const COLUMN: usize = 1024; // bytes of one scratch column
const MONEYNESS: usize = 0; // x = |ln(F/K)|
const TARGETS: usize = COLUMN; // c
const LOG_TARGETS: usize = 2 * COLUMN;
const INV_LOG_TARGETS: usize = 3 * COLUMN;
const DEVIATIONS: usize = 4 * COLUMN; // s = σ√T so far
const LOWS: usize = 5 * COLUMN;
const HIGHS: usize = 6 * COLUMN;
const ACTIVE: usize = 7 * COLUMN;
const DONE: usize = 8 * COLUMN;
const LIST: usize = 9 * COLUMN; // offsets of the pairs at work
/** Bounds within which nothing below leaves the range of doubles. */
const LEAST_MONEY: f64 = 1e-100;
const MOST_MONEY: f64 = 1e100;
const LEAST_VALUE: f64 = 1e-100;

/** What c would be without the curvature of the lognormal model, √(8/2π)·erf⁻¹(c). */
@inline
function uncurved(target: v128): v128 {
  const one = splat(1);
  const log = logRatio(mul(sub(one, target), add(one, target)), one);
  const middle = mulAdd(splat(0.5), log, splat(2 / (Math.PI * WINITZKI)));
  const root = sqrt(sub(mul(middle, middle), div(log, splat(WINITZKI))));
  const inverse = div(neg(log), mul(splat(WINITZKI), add(root, middle)));
  return mul(sqrt(mul(splat(8), inverse)), splat(INV_SQRT_TWO_PI));
}

@inline
function initialGuess(x: v128, distance: v128, target: v128): v128 {
  const isHigh = f64x2.ge(target, splat(HIGH_REGION));
  let level = target;
  if (v128.any_true(isHigh)) level = select(uncurved(target), target, isHigh);
  const away = f64x2.gt(distance, mul(splat(1e-8), level));
  const yy = mul(splat(2), logRatio(add(level, distance), level));
  const y = sqrt(yy);
  let p = mulAdd(y, splat(0.00014892327510065363), splat(0.00023914828702428187));
  p = mulAdd(y, p, splat(0.0009296234213597095));
  p = mulAdd(y, p, splat(0.014552683070502257));
  p = mulAdd(y, p, splat(-0.030693356393658548));
  p = mulAdd(y, p, splat(0.19947074933127354));
  let q = mulAdd(y, splat(0.00014898189813258937), splat(0.00024066625715677401));
  q = mulAdd(y, q, splat(0.0028698202273758225));
  q = mulAdd(y, q, splat(0.003916639126669923));
  q = mulAdd(y, q, splat(0.07331516247351735));
  q = mulAdd(y, q, splat(-0.15393888336817785));
  q = mulAdd(y, q, splat(1));
  const s = select(div(mul(x, q), mul(yy, p)), mul(splat(SQRT_TWO_PI), level), away);
  const ss = mul(s, s);
  const bend = div(ss, mulAdd(mul(splat(0.2), x), x, splat(24)));
  const curved = mulAdd(mul(ss, ss), splat(1 / 5760.0), mulAdd(bend, mulAdd(splat(2), bend, splat(1)), splat(1)));
  return mul(s, select(splat(1), curved, isHigh));
}

@inline
function millsPair(near: v128, far: v128): v128 {
  const z = abs(near);
  const q1 = millsDenominator(z);
  const q2 = millsDenominator(far);
  const p1 = mul(millsNumerator(z), q2);
  const p2 = mul(millsNumerator(far), q1);
  return div(select(sub(p1, p2), add(p1, p2), f64x2.ge(near, splat(0))), mul(q1, q2));
}

@inline
function householderStep(
  h: v128,
  s: v128,
  invS: v128,
  slope: v128,
  value: v128,
  complement: v128,
  target: v128,
  logTarget: v128,
  invLogTarget: v128,
): v128 {
  const one = splat(1);
  const isLow = f64x2.lt(target, splat(LOW_REGION));
  const isHigh = f64x2.ge(target, splat(HIGH_REGION));
  const hs = mul(h, invS);
  const r2 = mulSub(splat(0.25), s, mul(h, hs));
  const r3 = sub(mulSub(mul(splat(3), hs), hs, mul(r2, r2)), splat(0.25));
  const log = logRatio(select(complement, value, isHigh), select(sub(one, target), one, isHigh));
  const u = div(slope, select(complement, value, isHigh));
  const invLog = div(one, log);
  const bend = mul(u, mulAdd(splat(2), invLog, one));
  const lowRise = mul(mul(mul(sub(logTarget, log), log), invLogTarget), value);
  const rise = select(lowRise, select(mul(log, complement), sub(target, value), isHigh), isLow);
  const newton = div(rise, slope);
  const gamma = select(sub(r2, bend), select(add(r2, u), r2, isHigh), isLow);
  const squared = mul(u, u);
  const lowCurve = mulAdd(
    squared,
    mulAdd(mulAdd(splat(6), invLog, splat(6)), invLog, splat(2)),
    mulSub(mul(splat(3), r2), bend, r3),
  );
  const highCurve = mulAdd(mul(splat(2), u), u, mulAdd(mul(splat(3), r2), u, r3));
  const curve = select(lowCurve, select(highCurve, r3, isHigh), isLow);
  const top = mul(newton, mulAdd(mul(splat(0.5), gamma), newton, one));
  return div(top, mulAdd(newton, mulAdd(mul(curve, newton), splat(1 / 6.0), gamma), one));
}

@inline
function within(x: v128, low: f64, high: f64): v128 {
  return v128.and(f64x2.ge(x, splat(low)), f64x2.le(x, splat(high)));
}

/** Normalises one block and makes the first guesses; lists the pairs with work to do and returns how many. */
function prepare(input: usize, stride: usize, bytes: usize, scratch: usize): i32 {
  let length = 0;
  let at: usize = 0;
  do {
    const from = input + at;
    const forward = load(from + stride);
    const strike = load(from + 2 * stride);
    const time = load(from + 3 * stride);
    const discount = load(from + 4 * stride);
    const sign = load(from + 5 * stride);
    const intrinsic = max(mul(sign, sub(forward, strike)), splat(0));
    const smaller = min(forward, strike);
    const value = div(sub(div(load(from), discount), intrinsic), smaller);
    const distance = div(abs(sub(forward, strike)), smaller);
    const money = v128.and(within(forward, LEAST_MONEY, MOST_MONEY), within(strike, LEAST_MONEY, MOST_MONEY));
    const terms = v128.and(within(time, LEAST_MONEY, MOST_MONEY), within(discount, LEAST_MONEY, MOST_MONEY));
    const priced = v128.and(f64x2.ge(value, splat(LEAST_VALUE)), f64x2.lt(value, splat(1)));
    const valid = v128.and(
      v128.and(v128.and(money, terms), f64x2.le(distance, splat(MOST_MONEY))),
      v128.and(priced, f64x2.eq(abs(sign), splat(1))),
    );
    const x = abs(logRatio(forward, strike));
    const target = select(value, splat(0.1), valid);
    const logTarget = logRatio(target, splat(1));
    v128.store(scratch + at, x, MONEYNESS);
    v128.store(scratch + at, target, TARGETS);
    v128.store(scratch + at, logTarget, LOG_TARGETS);
    v128.store(scratch + at, div(splat(1), logTarget), INV_LOG_TARGETS);
    v128.store(scratch + at, initialGuess(x, distance, target), DEVIATIONS);
    v128.store(scratch + at, splat(0), LOWS);
    v128.store(scratch + at, splat(Infinity), HIGHS);
    v128.store(scratch + at, valid, ACTIVE);
    v128.store(scratch + at, splat(0), DONE);
    i32.store(scratch + (<usize>length << 2), <i32>at, LIST);
    length += i32(i64x2.bitmask(valid) != 0);
    at += 16;
  } while (at < bytes);
  return length;
}

/** One step for the pairs listed, at least one; lists those that are to go on and returns how many. */
function improve(length: i32, scratch: usize): i32 {
  let left = 0;
  let i = 0;
  do {
    const at = scratch + <usize>i32.load(scratch + (<usize>i << 2), LIST);
    const s = v128.load(at, DEVIATIONS);
    const target = v128.load(at, TARGETS);
    const active = v128.load(at, ACTIVE);
    const invS = div(splat(1), s);
    const h = mul(v128.load(at, MONEYNESS), invS);
    const half = mul(splat(0.5), s);
    const near = sub(h, half);
    const slope = mul(splat(INV_SQRT_TWO_PI), exponential(max(gaussianExponent(near), splat(-708))));
    const small = f64x2.lt(half, splat(SERIES_BELOW));
    const direct = v128.or(f64x2.ge(h, half), small);
    let part = mul(slope, millsPair(near, add(h, half)));
    if (v128.any_true(v128.and(small, active))) part = select(mul(slope, millsGap(h, half)), part, small);
    const rest = sub(splat(1), part);
    const value = select(part, rest, direct);
    const complement = select(rest, part, direct);
    const logTarget = v128.load(at, LOG_TARGETS);
    const invLogTarget = v128.load(at, INV_LOG_TARGETS);
    const step = householderStep(h, s, invS, slope, value, complement, target, logTarget, invLogTarget);
    const next = add(s, step);
    const last = v128.and(active, f64x2.le(abs(step), mul(splat(LAST_STEP), s)));
    const under = f64x2.lt(value, target);
    const low = select(s, v128.load(at, LOWS), under);
    const high = select(v128.load(at, HIGHS), s, under);
    const inside = v128.and(f64x2.gt(next, low), f64x2.lt(next, high));
    const going = v128.andnot(v128.and(active, inside), last);
    v128.store(at, select(next, s, v128.or(last, going)), DEVIATIONS);
    v128.store(at, low, LOWS);
    v128.store(at, high, HIGHS);
    v128.store(at, going, ACTIVE);
    v128.store(at, v128.or(v128.load(at, DONE), last), DONE);
    i32.store(scratch + (<usize>left << 2), <i32>(at - scratch), LIST);
    left += i32(i64x2.bitmask(going) != 0);
    i++;
  } while (i < length);
  return left;
}

/**
 * Options [from, to) of the columns price, forward, strike, time, discount and sign, `stride` bytes apart: volatilities to
 * `output`. to − from >= 2: an odd last one is done with the one before it, a second time. The indices of those that the
 * scalar form has to do, refusals among them, are listed (i32) at `irregular`, room for to − from + 1; returns how many.
 */
export function impliedVols(
  input: usize,
  stride: usize,
  output: usize,
  from: i32,
  to: i32,
  scratch: usize,
  irregular: usize,
): i32 {
  let found = 0;
  let start = from;
  while (start < to) {
    let size = (to - start < BLOCK ? to - start : BLOCK) & ~1;
    if (size == 0) {
      size = 2;
      start = to - 2;
    }
    const offset = <usize>start << 3;
    const bytes = <usize>size << 3;
    let length = prepare(input + offset, stride, bytes, scratch);
    for (let step = 0; step < MOST_STEPS && length > 0; step++) length = improve(length, scratch);
    let at: usize = 0;
    do {
      const time = load(input + offset + 3 * stride + at);
      store(output + offset + at, div(v128.load(scratch + at, DEVIATIONS), sqrt(time)));
      const good = i64x2.bitmask(v128.load(scratch + at, DONE));
      for (let lane = 0; lane < 2; lane++) {
        if (good & (1 << lane)) continue;
        i32.store(irregular + (<usize>found << 2), start + i32(at >> 3) + lane);
        found++;
      }
      at += 16;
    } while (at < bytes);
    start += size;
  }
  return found;
}
