// The exponential, the logarithm and the Mills ratio of quant/pricing/normal.ts, two at a time and bit for bit: the fits, their
// errors and their sources are told there.
import { abs, add, div, keep, max, mul, mulAdd, mulSub, select, splat, sub } from './lanes';

const LOG2_E: f64 = 1.4426950408889634;
const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/** 1.5·2^52: added and subtracted it rounds to an integer, which its low bits then hold. */
const ROUND_TO_INTEGER: f64 = 6755399441055744;
const EXPONENT_BIAS: i64 = 1023;

@inline
function expm1Reduced(r: v128): v128 {
  const rr = mul(r, r);
  let even = mulAdd(rr, splat(2.7620088445409746e-7), splat(2.4801521295954376e-5));
  even = mulAdd(rr, even, splat(0.0013888888917213717));
  even = mulAdd(rr, even, splat(0.04166666666662413));
  even = mulAdd(rr, even, splat(0.5000000000000001));
  let odd = mulAdd(rr, splat(2.510038549551032e-8), splat(2.7557268459997064e-6));
  odd = mulAdd(rr, odd, splat(0.00019841269863053618));
  odd = mulAdd(rr, odd, splat(0.008333333333330062));
  odd = mulAdd(rr, odd, splat(0.16666666666666669));
  return mulAdd(rr, mulAdd(r, odd, even), r);
}

/** 2^k for the integers that `shifted` = k + ROUND_TO_INTEGER holds in its low bits, |k| <= 1022. */
@inline
function powerOfTwo(shifted: v128): v128 {
  return i64x2.shl(i64x2.add(shifted, i64x2.splat(EXPONENT_BIAS)), 52);
}

@inline
function reduced(y: v128, k: v128): v128 {
  return mulSub(k, splat(LN2_LOW), mulSub(k, splat(LN2_HIGH), y));
}

/** e^y for |y| <= 708. */
@inline
export function exponential(y: v128): v128 {
  const shifted = mulAdd(y, splat(LOG2_E), splat(ROUND_TO_INTEGER));
  const r = reduced(y, sub(shifted, splat(ROUND_TO_INTEGER)));
  return mul(add(splat(1), expm1Reduced(r)), powerOfTwo(shifted));
}

/** e^y for −708 < y <= 708, 0 below. */
@inline
export function flushedExponential(y: v128): v128 {
  return keep(exponential(max(y, splat(-708))), f64x2.gt(y, splat(-708)));
}

/** e^y − 1 for |y| <= 708. */
@inline
export function exponentialMinusOne(y: v128): v128 {
  const shifted = mulAdd(y, splat(LOG2_E), splat(ROUND_TO_INTEGER));
  const small = f64x2.lt(abs(y), splat(0.34657));
  const p = expm1Reduced(select(y, reduced(y, sub(shifted, splat(ROUND_TO_INTEGER))), small));
  return select(p, sub(mul(add(splat(1), p), powerOfTwo(shifted)), splat(1)), small);
}

/** ln(a/b) for a, b in [1e-150, 1e150]. */
@inline
export function logRatio(a: v128, b: v128): v128 {
  const near = f64x2.le(mul(splat(3), abs(sub(a, b))), add(a, b));
  const exponents = v128.andnot(i64x2.sub(i64x2.shr_u(a, 52), i64x2.shr_u(b, 52)), near);
  const scaled = mul(b, i64x2.shl(i64x2.add(exponents, i64x2.splat(EXPONENT_BIAS)), 52));
  const k = sub(i64x2.add(exponents, splat(ROUND_TO_INTEGER)), splat(ROUND_TO_INTEGER));
  const z = div(sub(a, scaled), add(a, scaled));
  return mulAdd(k, splat(LN2_HIGH), doubleAtanh(z, mul(k, splat(LN2_LOW))));
}

/** 2 atanh z + low, |z| <= 1/3. */
@inline
function doubleAtanh(z: v128, low: v128): v128 {
  const w = mul(z, z);
  const ww = mul(w, w);
  let even = mulAdd(ww, splat(0.08800738486144674), splat(0.13314144209654935));
  even = mulAdd(ww, even, splat(0.18181789436132859));
  even = mulAdd(ww, even, splat(0.2857142856710876));
  even = mulAdd(ww, even, splat(0.6666666666666666));
  let odd = mulAdd(ww, splat(0.1616404561194353), splat(0.12001072809590713));
  odd = mulAdd(ww, odd, splat(0.15385570064958623));
  odd = mulAdd(ww, odd, splat(0.22222222717427864));
  odd = mulAdd(ww, odd, splat(0.40000000000014585));
  return mulAdd(splat(2), z, mulAdd(mul(z, w), mulAdd(w, odd, even), low));
}

@inline
export function millsNumerator(x: v128): v128 {
  const xx = mul(x, x);
  let even = mulAdd(xx, splat(7.761946763488609e-7), splat(0.00033510056240151117));
  even = mulAdd(xx, even, splat(0.020892962336061423));
  even = mulAdd(xx, even, splat(0.36606953918764007));
  even = mulAdd(xx, even, splat(1.7926271734995947));
  even = mulAdd(xx, even, splat(1.2533141373155003));
  let odd = mulAdd(xx, splat(2.290157286842415e-5), splat(0.0031507147335470133));
  odd = mulAdd(xx, odd, splat(0.10159079391320718));
  odd = mulAdd(xx, odd, splat(0.9658576079594127));
  odd = mulAdd(xx, odd, splat(2.131174721146629));
  return mulAdd(x, odd, even);
}

@inline
export function millsDenominator(x: v128): v128 {
  const xx = mul(x, x);
  let even = mulAdd(xx, splat(2.2901572868429028e-5), splat(0.003173616306460781));
  even = mulAdd(xx, even, splat(0.10469570558826521));
  even = mulAdd(xx, even, splat(1.0613760433350747));
  even = mulAdd(xx, even, splat(2.9236772832303184));
  even = mulAdd(xx, even, splat(1));
  let odd = mulAdd(xx, splat(7.761946763488429e-7), splat(0.0003358767570772568));
  odd = mulAdd(xx, odd, splat(0.021226510506780615));
  odd = mulAdd(xx, odd, splat(0.386300059863617));
  odd = mulAdd(xx, odd, splat(2.1202033750645963));
  odd = mulAdd(xx, odd, splat(2.4983159671791184));
  return mulAdd(x, odd, even);
}

@inline
function millsSlopeNumerator(x: v128): v128 {
  const xx = mul(x, x);
  let even = mulAdd(xx, splat(4.8789508979948215e-18), splat(2.2901572913767645e-5));
  even = mulAdd(xx, even, splat(0.003104911675058032));
  even = mulAdd(xx, even, splat(0.09551843537566203));
  even = mulAdd(xx, even, splat(0.7925025620836895));
  even = mulAdd(xx, even, splat(1));
  let odd = mulSub(xx, splat(1.8019676790996062e-20), splat(7.761946757456481e-7));
  odd = mulAdd(xx, odd, splat(0.0003335481707191897));
  odd = mulAdd(xx, odd, splat(0.02023052067597692));
  odd = mulAdd(xx, odd, splat(0.32757620156500156));
  odd = mulAdd(xx, odd, splat(1.2450018298636183));
  return mulAdd(x, odd, even);
}

@inline
function nextTerm(previous: v128, term: v128, dd: v128, hd: v128, n: f64): v128 {
  return div(sub(mul(dd, previous), mul(hd, term)), splat(n));
}

/** M(h − d) − M(h + d) for 0 <= d <= 0.05, 0 <= h <= 42. */
@inline
export function millsGap(h: v128, d: v128): v128 {
  const reciprocal = div(splat(1), millsDenominator(h));
  const dd = mul(d, d);
  const hd = mul(h, d);
  const t1 = mul(mul(d, millsSlopeNumerator(h)), reciprocal);
  const t2 = mul(sub(mul(mul(dd, millsNumerator(h)), reciprocal), mul(hd, t1)), splat(0.5));
  const t3 = nextTerm(t1, t2, dd, hd, 3);
  const t4 = nextTerm(t2, t3, dd, hd, 4);
  const t5 = nextTerm(t3, t4, dd, hd, 5);
  const t6 = nextTerm(t4, t5, dd, hd, 6);
  const t7 = nextTerm(t5, t6, dd, hd, 7);
  const t8 = nextTerm(t6, t7, dd, hd, 8);
  const t9 = nextTerm(t7, t8, dd, hd, 9);
  return mul(splat(2), add(t1, add(t3, add(t5, add(t7, t9)))));
}

/** −½d². */
@inline
export function gaussianExponent(d: v128): v128 {
  return mul(mul(splat(-0.5), d), d);
}

