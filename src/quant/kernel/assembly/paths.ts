// Standard normals and geometric Brownian paths from a counter: quant/kernel/randomPaths.ts, four paths at a time and bit
// for bit. Reasons and sources are told there.
import { add, max, min, mul, mulAdd, select, splat, sqrt, store, sub } from './lanes';
import { exponential, logRatio } from './normal';

const ROUND_TO_INTEGER: f64 = 6755399441055744;
const MOST_LOG: f64 = 700;

// The state of the generator and the two normals of each of four paths. A kernel is one thread's: globals are safe.
let x0: v128 = i32x4.splat(0);
let x1: v128 = i32x4.splat(0);
let x2: v128 = i32x4.splat(0);
let x3: v128 = i32x4.splat(0);

/** Philox4x32-10, four counters (one in each 32-bit lane) under one key. */
function philox(key0: i32, key1: i32): void {
  const m0 = i32x4.splat(<i32>0xd2511f53);
  const m1 = i32x4.splat(<i32>0xcd9e8d57);
  let c0 = x0;
  let c1 = x1;
  let c2 = x2;
  let c3 = x3;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const a0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const a1 = i64x2.extmul_high_i32x4_u(c0, m0);
    const b0 = i64x2.extmul_low_i32x4_u(c2, m1);
    const b1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(v128.shuffle<i32>(b0, b1, 1, 3, 5, 7), c1), i32x4.splat(k0));
    c2 = v128.xor(v128.xor(v128.shuffle<i32>(a0, a1, 1, 3, 5, 7), c3), i32x4.splat(k1));
    c1 = v128.shuffle<i32>(b0, b1, 0, 2, 4, 6);
    c3 = v128.shuffle<i32>(a0, a1, 0, 2, 4, 6);
    k0 += <i32>0x9e3779b9;
    k1 += <i32>0xbb67ae85;
  }
  x0 = c0;
  x1 = c1;
  x2 = c2;
  x3 = c3;
}

/** (k + ½)/2^52 of the 52 leading bits k of each 64-bit lane: in (0, 1), exact. */
@inline
function uniform(bits: v128): v128 {
  const mantissa = v128.or(i64x2.shr_u(bits, 12), splat(1));
  return sub(mantissa, splat(0.99999999999999988898));
}

@inline
function radius(u: v128): v128 {
  return sqrt(mul(splat(-2), logRatio(u, splat(1))));
}

/** cos 2πu where `cosine`, else sin 2πu: the polynomials of fdlibm's k_sin.c and k_cos.c on |angle| <= π/4. */
@inline
function circular(u: v128, cosine: bool): v128 {
  const t = sub(u, splat(0.5));
  const shifted = mulAdd(splat(4), t, splat(ROUND_TO_INTEGER));
  const quarter = sub(shifted, splat(ROUND_TO_INTEGER));
  const angle = mul(sub(t, mul(splat(0.25), quarter)), splat(6.283185307179586));
  const z = mul(angle, angle);
  let s = mulAdd(z, splat(1.58969099521155010221e-10), splat(-2.50507602534068634195e-8));
  s = mulAdd(z, s, splat(2.75573137070700676789e-6));
  s = mulAdd(z, s, splat(-1.98412698298579493134e-4));
  s = mulAdd(z, s, splat(8.33333333332248946124e-3));
  s = mulAdd(z, s, splat(-1.66666666666666324348e-1));
  const sine = mulAdd(mul(angle, z), s, angle);
  let c = mulAdd(z, splat(-1.13596475577881948265e-11), splat(2.08757232129817482790e-9));
  c = mulAdd(z, c, splat(-2.75573143513906633035e-7));
  c = mulAdd(z, c, splat(2.48015872894767294178e-5));
  c = mulAdd(z, c, splat(-1.38888888888741095749e-3));
  c = mulAdd(z, c, splat(4.16666666666666019037e-2));
  const cosOf = add(sub(splat(1), mul(splat(0.5), z)), mul(mul(z, z), c));
  const odd = i64x2.ne(v128.and(shifted, i64x2.splat(1)), i64x2.splat(0));
  const turned = cosine ? i64x2.add(shifted, i64x2.splat(1)) : shifted;
  const flip = i64x2.shl(v128.and(turned, i64x2.splat(2)), 62);
  // u runs from −½ here: a half turn, which changes both signs.
  const half = i64x2.splat(0x8000000000000000);
  const value = cosine ? select(sine, cosOf, odd) : select(cosOf, sine, odd);
  return v128.xor(value, v128.xor(flip, half));
}

@inline
function evenBits(hi: v128, lo: v128): v128 {
  return v128.shuffle<i32>(lo, hi, 0, 4, 1, 5);
}

@inline
function oddBits(hi: v128, lo: v128): v128 {
  return v128.shuffle<i32>(lo, hi, 2, 6, 3, 7);
}

@inline
function draw(path: i32, pair: i32, key0: i32, key1: i32, stream: i32): void {
  x0 = i32x4.add(i32x4.splat(path), i32x4(0, 1, 2, 3));
  x1 = i32x4.splat(0);
  x2 = i32x4.splat(pair);
  x3 = i32x4.splat(stream);
  philox(key0, key1);
}

@inline
function price(spot: f64, y: v128): v128 {
  return mul(splat(spot), exponential(max(min(y, splat(MOST_LOG)), splat(-MOST_LOG))));
}

/**
 * Standard normals (`spot` = 0) or prices of paths [from, to) after each of `steps` steps: step k of path p at
 * `output + k·outStride + 8p`. to − from >= 4: a last group that is not full starts earlier and repeats.
 */
export function paths(
  output: usize,
  outStride: usize,
  from: i32,
  to: i32,
  steps: i32,
  key0: i32,
  key1: i32,
  stream: i32,
  spot: f64,
  drift: f64,
  deviation: f64,
): void {
  for (let path = from; path < to; path += 4) {
    if (path + 4 > to) path = to - 4;
    let y0 = splat(0);
    let y1 = splat(0);
    let at = output + (<usize>path << 3);
    for (let step = 0; step < steps; step += 2) {
      draw(path, step >> 1, key0, key1, stream);
      const r0 = radius(uniform(evenBits(x0, x1)));
      const r1 = radius(uniform(oddBits(x0, x1)));
      const u0 = uniform(evenBits(x2, x3));
      const u1 = uniform(oddBits(x2, x3));
      let z0 = mul(r0, circular(u0, true));
      let z1 = mul(r1, circular(u1, true));
      if (spot > 0) {
        y0 = add(y0, mulAdd(splat(deviation), z0, splat(drift)));
        y1 = add(y1, mulAdd(splat(deviation), z1, splat(drift)));
        z0 = price(spot, y0);
        z1 = price(spot, y1);
      }
      store(at, z0);
      store(at + 16, z1);
      at += outStride;
      if (step + 1 == steps) break;
      z0 = mul(r0, circular(u0, false));
      z1 = mul(r1, circular(u1, false));
      if (spot > 0) {
        y0 = add(y0, mulAdd(splat(deviation), z0, splat(drift)));
        y1 = add(y1, mulAdd(splat(deviation), z1, splat(drift)));
        z0 = price(spot, y0);
        z1 = price(spot, y1);
      }
      store(at, z0);
      store(at + 16, z1);
      at += outStride;
    }
  }
}
