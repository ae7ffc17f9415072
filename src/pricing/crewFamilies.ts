import { type Kernel } from '../quant/kernel/contract.ts';
import { IMPLIED_VOL_COLUMNS } from '../quant/kernel/impliedVols.ts';
import type { PathTerms, RandomSource } from '../quant/kernel/randomPaths.ts';
import { GRID_COLUMNS, type Book, type Scenarios } from '../quant/kernel/scenarioGrid.ts';
import { ALL_OUTPUT_COLUMNS, INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';

/** What a crew can be asked, in the order of the numbers on the board. */
export const FAMILIES = ['europeans', 'allGreeks', 'impliedVols', 'grid', 'paths'] as const;
export type Family = (typeof FAMILIES)[number];

/** A call: doubles that go in, doubles that come out, and how it is split. */
export interface Work {
  readonly family: Family;
  /** What the call is split over: options, scenarios or paths. */
  readonly elements: number;
  /** Elements in one part: as many whatever the number of threads, so that the bits do not depend on it. */
  readonly part: number;
  readonly inputLength: number;
  readonly outputLength: number;
  /** What goes in where it is no more than columns, which may lie in the memory already. */
  readonly columns?: Float64Array;
  readonly fill: (input: Float64Array) => void;
  /** Where to write what comes out; a new array otherwise. */
  readonly output?: Float64Array;
}

/** Options in a part, some 25 µs of work: less would not pay for taking it. */
const OPTIONS = 1024;
/** Of the others as much as takes about as long: volatilities, options × scenarios, steps × paths. */
const SOLVES = 256;
const VALUATIONS = 4096;
const STEPS = 2048;
/** A call of no more than so many parts stays whole: to wake another thread takes as long as it would save. */
const LEAST_PARTS = 4;
/** Parts begin at multiples of as many scenarios or paths as the kernel takes at once. */
const LANES = 4;

const GRID_HEADER = 1;
const PATH_HEADER = 7;

function partOf(elements: number, part: number): number {
  const whole = Math.max(LANES, Math.floor(part / LANES) * LANES);
  return elements <= LEAST_PARTS * whole ? Math.max(elements, 1) : whole;
}

/** The first `length` of a column; less would leave in its place what an earlier call has left there. */
function whole(column: Float64Array, length: number): Float64Array {
  if (column.length < length) throw new RangeError(`${column.length} numbers where ${length} are needed`);
  return column.length === length ? column : column.subarray(0, length);
}

/** The first `length` of an output that is given, if one is. */
function within(output: Float64Array | undefined, length: number): Float64Array | undefined {
  return output && whole(output, length);
}

export function optionsWork(
  family: 'europeans' | 'allGreeks',
  input: Float64Array,
  count: number,
  output?: Float64Array,
): Work {
  const width = family === 'europeans' ? OUTPUT_COLUMNS.length : ALL_OUTPUT_COLUMNS.length;
  const columns = whole(input, INPUT_COLUMNS.length * count);
  return {
    ...{ family, elements: count, part: partOf(count, OPTIONS), columns, output: within(output, width * count) },
    ...{ inputLength: columns.length, outputLength: width * count },
    fill: (target) => target.set(columns),
  };
}

/** What comes out: the volatilities, then a byte of status each, eight to a double. */
export function impliedVolsWork(input: Float64Array, count: number): Work {
  const columns = whole(input, IMPLIED_VOL_COLUMNS.length * count);
  return {
    ...{ family: 'impliedVols', elements: count, part: partOf(count, SOLVES), columns },
    ...{ inputLength: columns.length, outputLength: count + Math.ceil(count / 8) },
    fill: (target) => target.set(columns),
  };
}

export function gridWork({ input, weights, count }: Book, scenarios: Scenarios): Work {
  const { spotMoves, volScales, volShifts, years } = scenarios;
  const elements = spotMoves.length;
  const positions = [whole(input, INPUT_COLUMNS.length * count), whole(weights, count)];
  const all = [...positions, ...[spotMoves, volScales, volShifts, years].map((column) => whole(column, elements))];
  return {
    ...{ family: 'grid', elements, part: partOf(elements, VALUATIONS / Math.max(count, 1)) },
    inputLength: GRID_HEADER + all.reduce((sum, { length }) => sum + length, 0),
    outputLength: GRID_COLUMNS.length * elements,
    fill(target) {
      target[0] = count;
      all.reduce((at, column) => (target.set(column, at), at + column.length), GRID_HEADER);
    },
  };
}

export function pathsWork(source: RandomSource, terms: PathTerms, count: number, output?: Float64Array): Work {
  const { spot, growth, vol, stepYears, steps } = terms;
  return {
    ...{ family: 'paths', elements: count, part: partOf(count, STEPS / Math.max(steps, 1)) },
    ...{ inputLength: PATH_HEADER, outputLength: steps * count, output: within(output, steps * count) },
    fill: (target) => target.set([source.seed, source.stream, spot, growth, vol, stepYears, steps]),
  };
}

/** Elements `from` … `to − 1` of a call, read and written in the memory; false where the kernel refuses what is asked. */
export function compute(
  kernel: Kernel,
  family: Family,
  input: Float64Array,
  output: Float64Array,
  elements: number,
  from: number,
  to: number,
): boolean {
  switch (family) {
    case 'europeans':
    case 'allGreeks':
      kernel[family](input, output, elements, from, to);
      return true;
    case 'impliedVols':
      kernel.impliedVols(input, output, statusesIn(output, elements), elements, from, to);
      return true;
    case 'grid':
      return computeGrid(kernel, input, output, elements, from, to);
    case 'paths': {
      const [seed, stream, spot, growth, vol, stepYears, steps] = input as Float64Array & PathHeader;
      kernel.paths({ seed, stream }, { spot, growth, vol, stepYears, steps }, output, elements, from, to);
      return true;
    }
  }
}

type PathHeader = [number, number, number, number, number, number, number];

/** The bytes of status behind the volatilities. */
export function statusesIn(vols: Float64Array, count: number): Uint8Array {
  return new Uint8Array(vols.buffer, vols.byteOffset + 8 * count, count);
}

function computeGrid(
  kernel: Kernel,
  input: Float64Array,
  output: Float64Array,
  elements: number,
  from: number,
  to: number,
): boolean {
  const count = input[0]!;
  let at = GRID_HEADER;
  const next = (length: number): Float64Array => input.subarray(at, (at += length));
  const book = { input: next(INPUT_COLUMNS.length * count), weights: next(count), count };
  const [spotMoves, volScales, volShifts, years] = [next(elements), next(elements), next(elements), next(elements)];
  return kernel.grid(book, { spotMoves, volScales, volShifts, years }, output, from, to) === 'computed';
}
