import type { Arena } from './arena.ts';
import type { VectorForm } from './instance.ts';
import type { PathTerms, RandomSource } from './randomPaths.ts';
import type { Lines, RowTable } from './rowSums.ts';
import type { Book, GridOutcome, Scenarios } from './scenarioGrid.ts';
import type { ChainTerms } from './strikeChain.ts';

/** `scalar` is the twin in TypeScript: the fallback where there is no SIMD, and the oracle of the tests. */
export type KernelForm = VectorForm | 'scalar';

/**
 * The families of the kernel over columns: value i of column c of `count` elements is at `[c * count + i]`. All work on
 * elements `from` (inclusive) to `to` (exclusive, `count` unless told otherwise) and write no others, so that several
 * threads, each with its own kernel, can share the columns. Columns that lie in the memory of the kernel are read and
 * written in place, others are copied block by block; the answers are the same. Input and output must not overlap.
 *
 * `simd` and `scalar` give the same bits (grids: the same to 1e-13 of the gross value); `relaxed` differs in the last few.
 */
export interface Kernel {
  /** The form that is really used. */
  readonly form: KernelForm;
  readonly arena: Arena;
  /** INPUT_COLUMNS to OUTPUT_COLUMNS, as `priceEuropeans`. */
  europeans(input: Float64Array, output: Float64Array, count: number, from?: number, to?: number): void;
  /** INPUT_COLUMNS to ALL_OUTPUT_COLUMNS, as `priceEuropeansFully`. */
  allGreeks(input: Float64Array, output: Float64Array, count: number, from?: number, to?: number): void;
  /** Calls and puts of one expiry at each strike, OUTPUT_COLUMNS of each. */
  chain(
    terms: ChainTerms,
    strikes: Float64Array,
    vols: Float64Array,
    calls: Float64Array,
    puts: Float64Array,
    from?: number,
    to?: number,
  ): void;
  /** A book under scenarios `from` … `to − 1`, GRID_COLUMNS of each, as `writeScenarioGrid`. */
  grid(book: Book, scenarios: Scenarios, output: Float64Array, from?: number, to?: number): GridOutcome;
  /** IMPLIED_VOL_COLUMNS to volatilities (NaN where there is none) and indices into IMPLIED_VOL_STATUSES. */
  impliedVols(
    input: Float64Array,
    vols: Float64Array,
    statuses: Uint8Array,
    count: number,
    from?: number,
    to?: number,
  ): void;
  /** Prices of paths after each step, as `writePaths`. */
  paths(source: RandomSource, terms: PathTerms, output: Float64Array, count: number, from?: number, to?: number): void;
  /** Standard normals of each path and step, as `writeNormals`. */
  normals(source: RandomSource, steps: number, output: Float64Array, count: number, from?: number, to?: number): void;
  /** As `sumRows`, the relaxed form too. */
  rowSums(table: RowTable, lines: Lines, runs: Int32Array): Float64Array;
}
