import { philox, type RandomSource } from '../kernel/randomPaths.ts';
import { BITS, sobolDirections } from './sobolDirections.ts';

/** Direction numbers of some dimensions, and what is added (bitwise) to every point: number k of dimension d at `[d * BITS + k]`. */
export interface DigitalNet {
  readonly directions: Uint32Array;
  readonly shifts: Uint32Array;
}

/** Sobol's points themselves, of which the first is 0. dimensions <= MOST_DIMENSIONS. */
export function sobolNet(dimensions: number): DigitalNet {
  return { directions: sobolDirections().subarray(0, dimensions * BITS), shifts: new Uint32Array(dimensions) };
}

/** The second word of the counter, which is 0 for the normals of the kernel: no number serves both. */
const SCRAMBLES = 1;
const WORDS = 4;
const words = new Uint32Array(WORDS);

/** Random words of a dimension: BITS columns of its matrix, and its shift. */
function writeRandomWords(source: RandomSource, replicate: number, dimension: number, output: Uint32Array): void {
  for (let at = 0; at < output.length; at += WORDS) {
    words[0] = dimension * (output.length / WORDS) + at / WORDS;
    words[1] = SCRAMBLES;
    words[2] = replicate;
    words[3] = source.stream;
    philox(words, source.seed | 0, Math.floor(source.seed / 4294967296) | 0);
    output.set(words, at);
  }
}

/** The matrix whose column c is `columns[c]`, lower triangular with ones on the diagonal, times the bits of `x`. */
function multiply(columns: Uint32Array, x: number): number {
  let product = 0;
  for (let c = 0; c < BITS; c++) {
    if ((x >>> (BITS - 1 - c)) & 1) {
      const diagonal = 2 ** (BITS - 1 - c);
      product ^= diagonal | (columns[c]! & (diagonal - 1));
    }
  }
  return product >>> 0;
}

/**
 * Sobol's points scrambled by random lower triangular matrices and a digital shift (Matoušek, On the L2-discrepancy for
 * anchored boxes, J. Complexity 14 (1998)): each point is uniform, the points of one replicate stay a net of the same quality,
 * and different replicates are independent, so that the spread of their means is an honest standard error.
 *
 * @param replicate an integer in [0, 2^32)
 */
export function scrambledNet(source: RandomSource, replicate: number, dimensions: number): DigitalNet {
  const directions = Uint32Array.from(sobolNet(dimensions).directions);
  const shifts = new Uint32Array(dimensions);
  const random = new Uint32Array(BITS + WORDS);
  for (let d = 0; d < dimensions; d++) {
    writeRandomWords(source, replicate, d, random);
    shifts[d] = random[BITS]!;
    for (let k = d * BITS; k < (d + 1) * BITS; k++) directions[k] = multiply(random, directions[k]!);
  }
  return { directions, shifts };
}

/** Coordinate of point `index` as a 32-bit fraction, in the order of Antonov and Saleev (1979): that of the Gray code. */
export function coordinate({ directions, shifts }: DigitalNet, index: number, dimension: number): number {
  let x = shifts[dimension]!;
  const gray = index ^ (index >>> 1);
  for (let k = 0; k < BITS; k++) if ((gray >>> k) & 1) x ^= directions[dimension * BITS + k]!;
  return x >>> 0;
}

/** The coordinate of the next point, from that of point `index`: one direction number is added. */
export function nextCoordinate({ directions }: DigitalNet, x: number, index: number, dimension: number): number {
  const lowestZero = BITS - 1 - Math.clz32(~index & (index + 1));
  return (x ^ directions[dimension * BITS + lowestZero]!) >>> 0;
}
