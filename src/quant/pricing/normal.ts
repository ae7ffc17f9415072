/**
 * The normal distribution, and the exponential and logarithm under it, in plain IEEE 754 arithmetic.
 *
 * `Math.exp` and `Math.log` may differ between engines in the last bit; these use only + − × ÷ and √, so a price is the
 * same on every machine, and they are faster here because V8 inlines them.
 */

const SQRT_TWO_PI = 2.5066282746310007;
export const INV_SQRT_TWO_PI = 0.3989422804014327;
const LOG2_E = 1.4426950408889634;
/** ln 2 split so that k·LN2_HIGH is exact for |k| < 2^20 (fdlibm e_exp.c). */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** exp(-EXP_LIMIT) rounds to 0: half the smallest positive double is exp(-745.13). */
const EXP_LIMIT = 745.2;
/**
 * Adding and subtracting 1.5·2^52 + 1023 rounds a double of magnitude < 2^51 to an integer. The 1023 are for the SIMD
 * kernel, to which the low bits of the sum are an exponent with its bias; here they decide how ties are rounded.
 */
const ROUND_TO_INTEGER = 6755399441056767;
/** The least y whose power of two in {@link exponential} is 2^−1022, the least that is not subnormal. */
const LEAST_UNFLUSHED = -708.742992122544;
const POWER_OFFSET = 1100;
const POWERS_OF_TWO = Float64Array.from({ length: 2123 }, (_, i) => 2 ** (i - POWER_OFFSET));

/**
 * e^r − 1 for |r| <= ½ ln 2: r + r²·p(r), p of degree 9, Chebyshev fit of (e^r − 1 − r)/r² in mpmath, 50 digits, error
 * 1.1e-16 of p, which is 1.3e-17 of e^r.
 */
function expm1Reduced(r: number): number {
  const rr = r * r;
  const even =
    0.5000000000000001 +
    rr *
      (0.04166666666662413 + rr * (0.0013888888917213717 + rr * (2.4801521295954376e-5 + rr * 2.7620088445409746e-7)));
  const odd =
    0.16666666666666669 +
    rr *
      (0.008333333333330062 + rr * (0.00019841269863053618 + rr * (2.7557268459997064e-6 + rr * 2.510038549551032e-8)));
  return r + rr * (even + r * odd);
}

/**
 * e^(y + low), |low| tiny beside 1: y = k ln 2 + r, e^y = 2^k (1 + (e^r − 1)); within 1 ulp. |y| < 709 or so; below, the
 * power of two is subnormal and the result loses digits gradually, as any subnormal does.
 */
function exponentialSum(y: number, low: number): number {
  const k = y * LOG2_E + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = y - k * LN2_HIGH - (k * LN2_LOW - low);
  return (1 + expm1Reduced(r)) * (POWERS_OF_TWO[(k | 0) + POWER_OFFSET] as number);
}

function exponentialExtreme(y: number): number {
  if (y > 0) return Math.exp(y);
  return y < -EXP_LIMIT ? 0 : exponentialSum(y, 0);
}

/** e^y, within 1 ulp. Underflows gradually to 0, overflows to Infinity, NaN stays NaN. */
export function exponential(y: number): number {
  if (!(y > -708 && y < 708)) return exponentialExtreme(y);
  const k = y * LOG2_E + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = y - k * LN2_HIGH - k * LN2_LOW;
  const power = POWERS_OF_TWO[(k | 0) + POWER_OFFSET] as number;
  return power + power * expm1Reduced(r);
}

/** e^y for y < 708, 0 where the power of two in it would be below the normal ones, which is y < −708.74. */
export function flushedExponential(y: number): number {
  if (!(y >= LEAST_UNFLUSHED)) return 0;
  const k = y * LOG2_E + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = y - k * LN2_HIGH - k * LN2_LOW;
  const power = POWERS_OF_TWO[(k | 0) + POWER_OFFSET] as number;
  return power + power * expm1Reduced(r);
}

/** e^y − 1 = 2^k(e^r − 1) + (2^k − 1), exactly e^r − 1 near 0, where k = 0: without cancellation; within 4 ulp. */
export function exponentialMinusOne(y: number): number {
  if (y > -0.34657 && y < 0.34657) return expm1Reduced(y); // k = 0: the same bits
  if (!(y > -708 && y < 708)) return exponentialExtreme(y) - 1;
  const k = y * LOG2_E + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = y - k * LN2_HIGH - k * LN2_LOW;
  const power = POWERS_OF_TWO[(k | 0) + POWER_OFFSET] as number;
  return power * expm1Reduced(r) + (power - 1);
}

const words = new Uint32Array(4);
const doubles = new Float64Array(words.buffer);
/** Which of the two words of a double holds the exponent depends on the byte order of the machine. */
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** ln((1 + z)/(1 − z)) = 2 atanh z, |z| <= 1/5, plus `low`; see {@link logRatio}. */
function doubleAtanh(z: number, low: number): number {
  const w = z * z;
  const ww = w * w;
  const even = 0.6666666666667271 + ww * (0.2857142939533146 + ww * (0.1818635620553619 + ww * 0.1536821216544708));
  const odd = 0.3999999999616144 + ww * (0.22222138498208746 + ww * 0.15250185862208548);
  return 2 * z + (z * w * (even + w * odd) + low);
}

/** Out of the range of {@link logRatio}'s arithmetic: powers of two are taken out of both first, or of one. */
function extremeLogRatio(a: number, b: number): number {
  if (!(a > 0 && b > 0 && a < Infinity && b < Infinity)) return Math.log(a / b);
  // Of both where they may be near each other, for what comes back at the end would cancel.
  if (a < 1e-100 && b < 1e-100) return logRatio(a * 2 ** 500, b * 2 ** 500);
  if (a > 1e100 && b > 1e100) return logRatio(a * 2 ** -500, b * 2 ** -500);
  if (a < 1e-150 || a > 1e150)
    return logRatio(a < 1 ? a * 2 ** 500 : a * 2 ** -500, b) + (a < 1 ? -1 : 1) * 500 * Math.LN2;
  return -extremeLogRatio(b, a);
}

/**
 * ln(a/b) for a, b > 0, within 3 ulp: the quotient is never rounded. ln(a/b) = k ln 2 + 2 atanh z, z = (a − b')/(a + b'),
 * b' = 2^k b, where a − b' is exact (Sterbenz). The logarithm to base 2 is nearly linear in the bits of a double, so the
 * rounded difference of the high words is a k that leaves a/b' within [⅔, 1½], |z| <= 1/5, and is 0 if a/b is in [¾, 1⅓]: the
 * result keeps full relative accuracy however near 1 the ratio is. Degree-6 minimax fit of (2 atanh z / z − 2)/z² in z²,
 * error 1.5e-17 of the logarithm (Remez, weight z², mpmath, 50 digits). −Infinity for a = 0, Infinity for b = 0, NaN for
 * both and for negatives.
 */
export function logRatio(a: number, b: number): number {
  if (!(a >= 1e-150 && a <= 1e150 && b >= 1e-150 && b <= 1e150)) return extremeLogRatio(a, b);
  doubles[0] = a;
  doubles[1] = b;
  const k = (words[HIGH_WORD]! - words[2 + HIGH_WORD]! + 0x80000) >> 20;
  const scaled = b * (POWERS_OF_TWO[k + POWER_OFFSET] as number);
  return k * LN2_HIGH + doubleAtanh((a - scaled) / (a + scaled), k * LN2_LOW);
}

/*
 * Mills ratio M(x) = N(−x)/n(x) = P(x)/Q(x), degree 10 over 11, and J(x) = 1 − xM(x) = −M'(x) = R(x)/Q(x) with R = Q − xP
 * formed before rounding. One fit serves both: minimax over x in [0, 42] of the larger of the two relative errors,
 * iteratively reweighted least squares (Loeb's linearisation, Lawson's weights) on 170 nodes in mpmath with 60 digits;
 * 3.2e-17 = 2^-54.8 before the coefficients are rounded. All coefficients of P and Q are positive, so evaluation does not
 * cancel. P/Q keeps 2e-14 for every x > 42, where n(x) has underflowed; R/Q is for [0, 42] only.
 */

/** Numerator of the Mills ratio; see {@link millsRatio}. x in [0, 1e25]. */
export function millsNumerator(x: number): number {
  const xx = x * x;
  const even =
    1.2533141373155003 +
    xx *
      (1.7926271734995947 +
        xx *
          (0.36606953918764007 +
            xx * (0.020892962336061423 + xx * (0.00033510056240151117 + xx * 7.761946763488609e-7))));
  const odd =
    2.131174721146629 +
    xx * (0.9658576079594127 + xx * (0.10159079391320718 + xx * (0.0031507147335470133 + xx * 2.290157286842415e-5)));
  return even + x * odd;
}

/** Common denominator of M and J. x in [0, 1e25]. */
export function millsDenominator(x: number): number {
  const xx = x * x;
  const even =
    1 +
    xx *
      (2.9236772832303184 +
        xx *
          (1.0613760433350747 + xx * (0.10469570558826521 + xx * (0.003173616306460781 + xx * 2.2901572868429028e-5))));
  const odd =
    2.4983159671791184 +
    xx *
      (2.1202033750645963 +
        xx *
          (0.386300059863617 + xx * (0.021226510506780615 + xx * (0.0003358767570772568 + xx * 7.761946763488429e-7))));
  return even + x * odd;
}

/** Numerator of J(x) = 1 − x·M(x). x in [0, 42]. */
export function millsSlopeNumerator(x: number): number {
  const xx = x * x;
  const even =
    1 +
    xx *
      (0.7925025620836895 +
        xx *
          (0.09551843537566203 +
            xx * (0.003104911675058032 + xx * (2.2901572913767645e-5 + xx * 4.8789508979948215e-18))));
  const odd =
    1.2450018298636183 +
    xx *
      (0.32757620156500156 +
        xx *
          (0.02023052067597692 +
            xx * (0.0003335481707191897 + xx * (7.761946757456481e-7 - xx * 1.8019676790996062e-20))));
  return even + x * odd;
}

/**
 * Mills ratio N(−x)/n(x), x >= 0; relative error below 4 ulp on [0, 60], 2e-14 beyond (where n(x) is 0 in a double).
 * NaN for x > 1e28, where the polynomials overflow.
 */
export function millsRatio(x: number): number {
  return millsNumerator(x) / millsDenominator(x);
}

/**
 * M(h − d) − M(h + d) without cancellation, for 0 <= d <= 0.05 and 0 <= h <= 42; a few ulp.
 *
 * Odd Taylor terms about the midpoint. With t_n = (−d)^n M⁽ⁿ⁾(h)/n! > 0 the recurrence M⁽ⁿ⁺¹⁾ = h M⁽ⁿ⁾ + n M⁽ⁿ⁻¹⁾ (from
 * M' = xM − 1) reads t_{n+1} = (d² t_{n−1} − hd t_n)/(n+1); its rounding error grows like e^{hd}, harmless for hd <= 2.
 * The first term left out is below 2e-17 of the sum.
 */
export function millsGap(h: number, d: number): number {
  const reciprocal = 1 / millsDenominator(h);
  const dd = d * d;
  const hd = h * d;
  const t1 = d * millsSlopeNumerator(h) * reciprocal;
  const t2 = (dd * millsNumerator(h) * reciprocal - hd * t1) * 0.5;
  const t3 = (dd * t1 - hd * t2) * (1 / 3);
  const t4 = (dd * t2 - hd * t3) * 0.25;
  const t5 = (dd * t3 - hd * t4) * (1 / 5);
  const t6 = (dd * t4 - hd * t5) * (1 / 6);
  const t7 = (dd * t5 - hd * t6) * (1 / 7);
  const t8 = (dd * t6 - hd * t7) * 0.125;
  const t9 = (dd * t7 - hd * t8) * (1 / 9);
  return 2 * (t1 + (t3 + (t5 + (t7 + t9))));
}

/** Standard normal density; relative error of a few ulp in the tails too, 0 for |x| > 38.6. */
export function normalPdf(x: number): number {
  if (!(x > -39 && x < 39)) return Number.isNaN(x) ? NaN : 0;
  // x² is formed exactly as head² + rest: rounding it would cost x²/2 ulp (Veltkamp's split).
  const scaled = x * 134217729;
  const head = scaled - (scaled - x);
  return exponentialSum(-0.5 * head * head, -0.5 * (x - head) * (x + head)) / SQRT_TWO_PI;
}

/** Standard normal distribution N(x); both tails keep relative accuracy (a few ulp) down to the underflow at x = −38.5. */
export function normalCdf(x: number): number {
  if (!(x > -39 && x < 39)) return x >= 39 ? 1 : Number.isNaN(x) ? NaN : 0;
  const tail = normalPdf(x) * millsRatio(Math.abs(x));
  return x > 0 ? 1 - tail : tail;
}

/**
 * Inverse of {@link normalCdf}: the x with N(x) = p, for p in (0, 1); ±Infinity at 0 and 1, NaN outside. Relative error
 * about 1e-16 (Wichura 1988, Algorithm AS 241, PPND16; checked against mpmath).
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q *
        (3.387132872796366608 +
          r *
            (1.3314166789178437745e2 +
              r *
                (1.9715909503065514427e3 +
                  r *
                    (1.3731693765509461125e4 +
                      r *
                        (4.5921953931549871457e4 +
                          r *
                            (6.7265770927008700853e4 +
                              r * (3.3430575583588128105e4 + r * 2.5090809287301226727e3)))))))) /
      (1 +
        r *
          (4.2313330701600911252e1 +
            r *
              (6.871870074920579083e2 +
                r *
                  (5.3941960214247511077e3 +
                    r *
                      (2.1213794301586595867e4 +
                        r * (3.930789580009271061e4 + r * (2.8729085735721942674e4 + r * 5.226495278852854561e3)))))))
    );
  }
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0)) return tail === 0 ? Infinity * q : NaN;
  const root = Math.sqrt(-Math.log(tail));
  const x = root <= 5 ? quantileTail(root - 1.6) : quantileFarTail(root - 5);
  return q < 0 ? -x : x;
}

function quantileTail(r: number): number {
  return (
    (1.42343711074968357734 +
      r *
        (4.6303378461565452959 +
          r *
            (5.7694972214606914055 +
              r *
                (3.64784832476320460504 +
                  r *
                    (1.27045825245236838258 +
                      r *
                        (2.4178072517745061177e-1 +
                          r * (2.27238449892691845833e-2 + r * 7.7454501427834140764e-4))))))) /
    (1 +
      r *
        (2.05319162663775882187 +
          r *
            (1.6763848301838038494 +
              r *
                (6.8976733498510000455e-1 +
                  r *
                    (1.4810397642748007459e-1 +
                      r *
                        (1.51986665636164571966e-2 + r * (5.475938084995344946e-4 + r * 1.05075007164441684324e-9)))))))
  );
}

function quantileFarTail(r: number): number {
  return (
    (6.6579046435011037772 +
      r *
        (5.4637849111641143699 +
          r *
            (1.7848265399172913358 +
              r *
                (2.9656057182850489123e-1 +
                  r *
                    (2.6532189526576123093e-2 +
                      r *
                        (1.2426609473880784386e-3 +
                          r * (2.71155556874348757815e-5 + r * 2.01033439929228813265e-7))))))) /
    (1 +
      r *
        (5.9983220655588793769e-1 +
          r *
            (1.3692988092273580531e-1 +
              r *
                (1.48753612908506148525e-2 +
                  r *
                    (7.868691311456132591e-4 +
                      r *
                        (1.8463183175100546818e-5 +
                          r * (1.4215117583164458887e-7 + r * 2.04426310338993978564e-15)))))))
  );
}
