// The machine's limit: the mathematics of src/quant/pricing/blackStages.ts in C, vectorised by the compiler at the width it is told.
//   kernel <repeats> <input> <output>       columns of float64: spot, strike, time, rate, carry, vol, sign -> nine outputs
// For ordinary options (as the benchmark draws them); the extremes that the product handles are left out here, in C's favour.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 128
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif
#define INLINE static inline __attribute__((always_inline))
typedef double column[BLOCK] __attribute__((aligned(64)));

// 1.5·2^52: added to a small integer it leaves that integer in the low bits of the double, which every vector unit can shift.
#define MAGIC 6755399441055744.0

INLINE double fromBits(int64_t bits) {
  double value;
  memcpy(&value, &bits, 8);
  return value;
}

INLINE int64_t toBits(double value) {
  int64_t bits;
  memcpy(&bits, &value, 8);
  return bits;
}

INLINE double expm1Reduced(double r) {
  double rr = r * r;
  double even = 0.5000000000000001 +
                rr * (0.04166666666662413 +
                      rr * (0.0013888888917213717 + rr * (2.4801521295954376e-5 + rr * 2.7620088445409746e-7)));
  double odd = 0.16666666666666669 +
               rr * (0.008333333333330062 +
                     rr * (0.00019841269863053618 + rr * (2.7557268459997064e-6 + rr * 2.510038549551032e-8)));
  return r + rr * (even + r * odd);
}

// y·log2(e) rounded: the integer is in the low bits of `shifted`, with the bias of an exponent.
#define REDUCE(y)                                                                                    \
  double shifted = (y)*1.4426950408889634 + (MAGIC + 1023), k = shifted - (MAGIC + 1023);            \
  double r = (y)-k * 6.9314718036912381649e-1 - k * 1.90821492927058770002e-10;                      \
  double power = fromBits(toBits(shifted) << 52);

INLINE double exponential(double y) {
  REDUCE(y)
  return power + power * expm1Reduced(r);
}

INLINE double exponentialMinusOne(double y) {
  REDUCE(y)
  return power * expm1Reduced(r) + (power - 1);
}

// The rounded difference of the bits is a k that leaves a/(2^k b) within [2/3, 3/2].
INLINE double logRatio(double a, double b) {
  int64_t exponents = (int64_t)((uint64_t)(toBits(a) - toBits(b) + (1LL << 51) + (1024LL << 52)) >> 52) - 1024;
  double k = fromBits(exponents + toBits(MAGIC)) - MAGIC;
  double scaled = b * fromBits((exponents + 1023) << 52);
  double z = (a - scaled) / (a + scaled), w = z * z, ww = w * w;
  double even = 0.6666666666667271 + ww * (0.2857142939533146 + ww * (0.1818635620553619 + ww * 0.1536821216544708));
  double odd = 0.3999999999616144 + ww * (0.22222138498208746 + ww * 0.15250185862208548);
  return k * 6.9314718036912381649e-1 + (2 * z + (z * w * (even + w * odd) + k * 1.90821492927058770002e-10));
}

INLINE double millsNumerator(double x) {
  double xx = x * x;
  double even = 1.2533141373155003 + xx * (1.7926271734995947 + xx * (0.36606953918764007 + xx * (0.020892962336061423 + xx * (0.00033510056240151117 + xx * 7.761946763488609e-7))));
  double odd = 2.131174721146629 + xx * (0.9658576079594127 + xx * (0.10159079391320718 + xx * (0.0031507147335470133 + xx * 2.290157286842415e-5)));
  return even + x * odd;
}

INLINE double millsDenominator(double x) {
  double xx = x * x;
  double even = 1 + xx * (2.9236772832303184 + xx * (1.0613760433350747 + xx * (0.10469570558826521 + xx * (0.003173616306460781 + xx * 2.2901572868429028e-5))));
  double odd = 2.4983159671791184 + xx * (2.1202033750645963 + xx * (0.386300059863617 + xx * (0.021226510506780615 + xx * (0.0003358767570772568 + xx * 7.761946763488429e-7))));
  return even + x * odd;
}

INLINE double millsSlopeNumerator(double x) {
  double xx = x * x;
  double even = 1 + xx * (0.7925025620836895 + xx * (0.09551843537566203 + xx * (0.003104911675058032 + xx * (2.2901572913767645e-5 + xx * 4.8789508979948215e-18))));
  double odd = 1.2450018298636183 + xx * (0.32757620156500156 + xx * (0.02023052067597692 + xx * (0.0003335481707191897 + xx * (7.761946757456481e-7 - xx * 1.8019676790996062e-20))));
  return even + x * odd;
}

INLINE double millsGap(double h, double d) {
  double reciprocal = 1 / millsDenominator(h), dd = d * d, hd = h * d;
  double t1 = d * millsSlopeNumerator(h) * reciprocal;
  double t2 = (dd * millsNumerator(h) * reciprocal - hd * t1) * 0.5;
  double t3 = (dd * t1 - hd * t2) * (1.0 / 3), t4 = (dd * t2 - hd * t3) * 0.25, t5 = (dd * t3 - hd * t4) * (1.0 / 5);
  double t6 = (dd * t4 - hd * t5) * (1.0 / 6), t7 = (dd * t5 - hd * t6) * (1.0 / 7), t8 = (dd * t6 - hd * t7) * 0.125, t9 = (dd * t7 - hd * t8) * (1.0 / 9);
  return 2 * (t1 + (t3 + (t5 + (t7 + t9))));
}

static column x, A, B, intrinsic, root, invDev, ratio, half, density, tail1, tail2, gap, side1, side2;

static void block(const double* restrict in, double* restrict out, size_t n, size_t from, size_t size) {
  const double *S = in + from, *K = S + n, *T = K + n, *R = T + n, *C = R + n, *V = C + n, *P = V + n;
  double *o0 = out + from, *o1 = o0 + n, *o2 = o1 + n, *o3 = o2 + n, *o4 = o3 + n, *o5 = o4 + n, *o6 = o5 + n, *o7 = o6 + n, *o8 = o7 + n;
  INDEPENDENT
  for (size_t j = 0; j < size; j++) {
    double carried = C[j] * T[j], discount = exponential(-R[j] * T[j]);
    double growth = S[j] * exponentialMinusOne(carried);
    x[j] = logRatio(S[j], K[j]) + carried;
    root[j] = sqrt(T[j]);
    A[j] = discount * (S[j] + growth);
    B[j] = discount * K[j];
    intrinsic[j] = discount * (S[j] - K[j] + growth);
  }
  INDEPENDENT
  for (size_t j = 0; j < size; j++) {
    double deviation = V[j] * root[j];
    double inverse = 1 / deviation, q = x[j] * inverse, d1 = q + 0.5 * deviation, e = -0.5 * d1 * d1;
    invDev[j] = inverse;
    ratio[j] = q;
    half[j] = 0.5 * deviation;
    density[j] = A[j] * 0.3989422804014327 * exponential(e > -708 ? e : -708);
  }
  INDEPENDENT
  for (size_t j = 0; j < size; j++) {
    double d1 = ratio[j] + half[j], d2 = ratio[j] - half[j], z1 = fabs(d1), z2 = fabs(d2);
    double a = density[j];
    tail1[j] = a * millsNumerator(z1) / millsDenominator(z1);
    tail2[j] = a * millsNumerator(z2) / millsDenominator(z2);
    gap[j] = tail1[j] - tail2[j];
    side1[j] = d1;
    side2[j] = d2;
  }
  INDEPENDENT
  for (size_t j = 0; j < size; j++) {
    double d = half[j] < 0.05 ? half[j] : 0.05;
    double h = fabs(ratio[j]), side = ratio[j] > 0 ? 1.0 : -1.0;
    double series = -side * density[j] * millsGap(h < 42 ? h : 42, d);
    double swap1 = h < d && side < 0 ? A[j] - tail1[j] : tail1[j], swap2 = h < d && side > 0 ? B[j] - tail2[j] : tail2[j];
    gap[j] = half[j] < 0.05 ? series : gap[j];
    side1[j] = half[j] < 0.05 ? side : side1[j];
    side2[j] = half[j] < 0.05 ? side : side2[j];
    tail1[j] = half[j] < 0.05 ? swap1 : tail1[j];
    tail2[j] = half[j] < 0.05 ? swap2 : tail2[j];
  }
  INDEPENDENT
  for (size_t j = 0; j < size; j++) {
    double sign = P[j], invSpot = 1 / S[j], invRoot = V[j] * invDev[j], invVol = root[j] * invDev[j];
    double d1 = ratio[j] + half[j], d2 = ratio[j] - half[j], a = density[j];
    double above1 = sign * side1[j] > 0 ? 1.0 : 0.0, above2 = sign * side2[j] > 0 ? 1.0 : 0.0;
    double between = above1 + above2 - 2 * above1 * above2, turn1 = 1 - 2 * above1, turn2 = 1 - 2 * above2;
    double spotPart = above1 * A[j] + turn1 * tail1[j], strikePart = above2 * B[j] + turn2 * tail2[j];
    double sameSide = above1 * intrinsic[j] + turn1 * gap[j];
    double spotLeg = sign * spotPart, strikeLeg = sign * strikePart, growth = R[j] - C[j], bend = d2 * invVol;
    double delta = spotLeg * invSpot, dd = a * invSpot, vega = a * root[j], halfInvRoot = 0.5 * invRoot;
    double price = sign * (between * (spotPart - strikePart) + (1 - between) * sameSide);
    o0[j] = price > 0 ? price : 0;
    o1[j] = delta;
    o2[j] = dd * invSpot * invDev[j];
    o3[j] = vega;
    o4[j] = growth * spotLeg - R[j] * strikeLeg - a * V[j] * halfInvRoot;
    o5[j] = T[j] * strikeLeg;
    o6[j] = -dd * bend;
    o7[j] = vega * d1 * bend;
    o8[j] = growth * delta - dd * (C[j] * invDev[j] - d2 * (halfInvRoot * invRoot));
  }
}

static double cpuNanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  FILE* file = fopen(argv[2], "rb");
  fseek(file, 0, SEEK_END);
  size_t bytes = (size_t)ftell(file), n = bytes / sizeof(double) * (1.0 / 7);
  rewind(file);
  double *in = aligned_alloc(64, (bytes + 63) / 64 * 64), *out = aligned_alloc(64, (9 * n * sizeof(double) + 63) / 64 * 64);
  if (fread(in, 1, bytes, file) != bytes) return 1;
  fclose(file);
  for (int repeat = 0; repeat < atoi(argv[1]); repeat++) {
    double start = cpuNanoseconds();
    for (size_t from = 0; from < n; from += BLOCK) block(in, out, n, from, n - from < BLOCK ? n - from : BLOCK);
    printf("%.3f\n", (cpuNanoseconds() - start) / (double)n);
  }
  file = fopen(argv[3], "wb");
  fwrite(out, sizeof(double), 9 * n, file);
  return fclose(file);
}
