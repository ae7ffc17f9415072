import { exponential, logRatio } from '../pricing/normal.ts';

/**
 * Random numbers as a pure function of where they are used: (seed, stream, path, step) in, a standard normal out. Whoever
 * computes which paths, on how many threads and in which order, gets the same bits.
 */
export interface RandomSource {
  /** An integer in [0, 2^53): the 64-bit key. */
  readonly seed: number;
  /** An integer in [0, 2^32): independent sets of normals under one seed, one for each underlying, say. */
  readonly stream: number;
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the product of two unsigned 32-bit integers, by halves of 16 bits. */
function highProduct(a: number, b: number): number {
  const low = (a & 0xffff) * (b & 0xffff);
  const cross1 = (a >>> 16) * (b & 0xffff) + (low >>> 16);
  const cross2 = (a & 0xffff) * (b >>> 16) + (cross1 & 0xffff);
  return ((a >>> 16) * (b >>> 16) + Math.floor(cross1 / 65536) + Math.floor(cross2 / 65536)) >>> 0;
}

/**
 * Philox4x32-10: the counter (four unsigned 32-bit integers) under the key (two), replaced by four random ones in place.
 * Salmon, Moraes, Dror & Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 */
export function philox(counter: Uint32Array, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = counter as unknown as [number, number, number, number];
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(c0, MULTIPLIER_0);
    const high1 = highProduct(c2, MULTIPLIER_1);
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
}

/** (k + ½)/2^52 of 52 random bits k: in (0, 1), exact. */
function uniform(high: number, low: number): number {
  return (high * 1048576 + (low >>> 12) + 0.5) * 2 ** -52;
}

const ROUND_TO_INTEGER = 6755399441055744;

function sinePolynomial(x: number, z: number): number {
  const s =
    -1.66666666666666324348e-1 +
    z *
      (8.33333333332248946124e-3 +
        z *
          (-1.98412698298579493134e-4 +
            z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.5896909952115501e-10))));
  return x + x * z * s;
}

function cosinePolynomial(z: number): number {
  const c =
    4.16666666666666019037e-2 +
    z *
      (-1.38888888888741095749e-3 +
        z *
          (2.48015872894767294178e-5 +
            z * (-2.75573143513906633035e-7 + z * (2.0875723212981748e-9 + z * -1.13596475577881948265e-11))));
  return 1 - 0.5 * z + z * z * c;
}

/** cos 2πu and sin 2πu of u in (0, 1), about 1 ulp of 1; the polynomials are those of fdlibm's k_sin.c and k_cos.c. */
function circular(u: number): [cosine: number, sine: number] {
  const t = u - 0.5;
  const quarter = 4 * t + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const angle = (t - 0.25 * quarter) * 6.283185307179586;
  const z = angle * angle;
  const s = sinePolynomial(angle, z);
  const c = cosinePolynomial(z);
  // A half turn was taken off, which changes both signs.
  switch (quarter & 3) {
    case 0:
      return [-c, -s];
    case 1:
      return [s, -c];
    case 2:
      return [c, s];
    default:
      return [-s, c];
  }
}

const words = new Uint32Array(4);

/** The two standard normals of steps 2·pair and 2·pair + 1 of a path, by Box and Muller (1958). */
function normalPair(source: RandomSource, path: number, pair: number): [number, number] {
  words[0] = path;
  words[1] = 0;
  words[2] = pair;
  words[3] = source.stream;
  philox(words, source.seed | 0, Math.floor(source.seed / 4294967296) | 0);
  const radius = Math.sqrt(-2 * logRatio(uniform(words[0]!, words[1]!), 1));
  const [cosine, sine] = circular(uniform(words[2]!, words[3]!));
  return [radius * cosine, radius * sine];
}

/** The standard normal of one step of one path; path and step are integers in [0, 2^31). |z| <= 8.6. */
export function standardNormal(source: RandomSource, path: number, step: number): number {
  return normalPair(source, path, step >> 1)[step & 1]!;
}

/** Geometric Brownian motion, sampled exactly at equal steps. */
export interface PathTerms {
  /** Price at the start, > 0. */
  readonly spot: number;
  /** μ, continuously compounded, per year: E[S_t] = S₀e^{μt}; b = r − q under the risk-neutral measure. */
  readonly growth: number;
  /** σ >= 0, per square root of a year. */
  readonly vol: number;
  /** Length of a step in years, >= 0. */
  readonly stepYears: number;
  readonly steps: number;
}

/** ln S_{k+1}/S_k = drift + deviation·z. */
export function stepOf(terms: PathTerms): { drift: number; deviation: number } {
  return {
    drift: (terms.growth - 0.5 * terms.vol * terms.vol) * terms.stepYears,
    deviation: terms.vol * Math.sqrt(terms.stepYears),
  };
}

/** |ln S/S₀| is cut here, so that no path leaves the range of doubles. */
const MOST_LOG = 700;

/**
 * Prices of paths `from` … `to − 1` of `count` after each step: that of path p after step k (from 0) at
 * `output[k * count + p]`, length of `output` >= steps·count. Each is a pure function of (source, path, step): any split
 * gives the same bits. |ln S/S₀| is cut at 700. Never throws; NaN in gives NaN out.
 */
export function writePaths(
  source: RandomSource,
  terms: PathTerms,
  output: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  const { drift, deviation } = stepOf(terms);
  for (let path = from; path < to; path++) {
    let y = 0;
    for (let step = 0; step < terms.steps; step += 2) {
      const normals = normalPair(source, path, step >> 1);
      for (let k = 0; k < 2 && step + k < terms.steps; k++) {
        y += drift + deviation * normals[k]!;
        output[(step + k) * count + path] = terms.spot * exponential(Math.max(Math.min(y, MOST_LOG), -MOST_LOG));
      }
    }
  }
}

/** The normals themselves, laid out as the prices of {@link writePaths} are. */
export function writeNormals(
  source: RandomSource,
  steps: number,
  output: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  for (let path = from; path < to; path++) {
    for (let step = 0; step < steps; step += 2) {
      const normals = normalPair(source, path, step >> 1);
      output[step * count + path] = normals[0];
      if (step + 1 < steps) output[(step + 1) * count + path] = normals[1];
    }
  }
}
