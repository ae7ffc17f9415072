// The exponential, the logarithm and the Mills ratio of quant/pricing/normal.ts, two at a time and bit for bit: the fits, their
// errors and their sources are told there.
import { add, div, max, mul, mulAdd, mulSub, splat, sub } from './lanes';

const LOG2_E: f64 = 1.4426950408889634;
const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/** 1.5·2^52, whose low bits are 0: a small integer put there makes it their sum. */
const INTEGER_HOLDER: f64 = 6755399441055744;
/** That and the bias of an exponent, 1023: added it rounds to an integer, whose biased exponent the low bits then are. */
const ROUND_TO_INTEGER: f64 = 6755399441056767;
/** In the high word: the bias of an exponent, and the half that rounds one; the mask of what is then the exponent. */
const EXPONENT_ROUNDING: i64 = 0x3ff8000000000000;
const EXPONENT_MASK: i64 = 0xfff0000000000000;

/** e^r − 1 for |r| <= ½ ln 2. */
@inline
export function expm1Reduced(r: v128): v128 {
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

/** Holds in its low bits k + 1023, y = k ln 2 + r, |r| <= ½ ln 2: shifted up by 52 they are 2^k. */
@inline
function biasedPower(y: v128): v128 {
  return mulAdd(y, splat(LOG2_E), splat(ROUND_TO_INTEGER));
}

@inline
function remainder(y: v128, biased: v128): v128 {
  const k = sub(biased, splat(ROUND_TO_INTEGER));
  return mulSub(k, splat(LN2_LOW), mulSub(k, splat(LN2_HIGH), y));
}

/** e^y for |y| <= 708. */
@inline
export function exponential(y: v128): v128 {
  const biased = biasedPower(y);
  const power = i64x2.shl(biased, 52);
  return mulAdd(power, expm1Reduced(remainder(y, biased)), power);
}

/** e^y for y <= 708, 0 where its power of two would not be a normal number: at −709 its bits are all 0. */
@inline
export function flushedExponential(y: v128): v128 {
  return exponential(max(y, splat(-709)));
}

/** e^y − 1 for |y| <= 708. */
@inline
export function exponentialMinusOne(y: v128): v128 {
  const biased = biasedPower(y);
  const power = i64x2.shl(biased, 52);
  return mulAdd(power, expm1Reduced(remainder(y, biased)), sub(power, splat(1)));
}

/** ln(a/b) for a, b in [1e-150, 1e150]. */
@inline
export function logRatio(a: v128, b: v128): v128 {
  const rounded = i32x4.add(i32x4.sub(a, b), i64x2.splat(EXPONENT_ROUNDING));
  const scaled = mul(b, v128.and(rounded, i64x2.splat(EXPONENT_MASK)));
  const k = sub(v128.or(i64x2.shr_u(rounded, 52), splat(INTEGER_HOLDER)), splat(ROUND_TO_INTEGER));
  const z = div(sub(a, scaled), add(a, scaled));
  return mulAdd(k, splat(LN2_HIGH), doubleAtanh(z, mul(k, splat(LN2_LOW))));
}

/** 2 atanh z + low, |z| <= 1/5. */
@inline
function doubleAtanh(z: v128, low: v128): v128 {
  const w = mul(z, z);
  const ww = mul(w, w);
  let even = mulAdd(ww, splat(0.1536821216544708), splat(0.1818635620553619));
  even = mulAdd(ww, even, splat(0.2857142939533146));
  even = mulAdd(ww, even, splat(0.6666666666667271));
  let odd = mulAdd(ww, splat(0.15250185862208548), splat(0.22222138498208746));
  odd = mulAdd(ww, odd, splat(0.3999999999616144));
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
  return mul(mulSub(hd, term, mul(dd, previous)), splat(1.0 / n));
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

