import { DELTA_TERMS, type DeltaConvention, type DeltaTerms } from '../hedging/deltaConvention.ts';
import type { Kernel } from '../kernel/contract.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../pricing/black.ts';
import type { BookOption } from './hedgeSetup.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/** The book of one block of paths at one step: a row of PATH_BLOCK values each, sums over what is alive. */
export interface BookRows {
  readonly spot: Float64Array;
  readonly vol: Float64Array;
  readonly value: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  /** Σ vega·∂σ/∂ln K. */
  readonly skewVega: Float64Array;
  readonly theta: Float64Array;
  /** |gamma|-weighted years to expiry: those of the nearest expiry where there is no gamma, 0 where nothing is alive. */
  readonly years: Float64Array;
  /** Σ|gamma|. */
  readonly absoluteGamma: Float64Array;
  /** Delta of the intrinsic values at the spot: ±1 in the money, ½ at the strike, 0 out of it. */
  readonly intrinsicDelta: Float64Array;
  /** Σ|delta|, in each convention that is asked for. */
  readonly gross: ReadonlyMap<DeltaConvention, Float64Array>;
  /** Of what is settled at this step: cash paid in if all of it is settled in cash, and units of the underlying delivered. */
  readonly payoff: Float64Array;
  readonly delivered: Float64Array;
}

export function createBookRows(conventions: Iterable<DeltaConvention>): BookRows {
  const row = () => new Float64Array(PATH_BLOCK);
  return {
    spot: row(),
    vol: row(),
    value: row(),
    delta: row(),
    gamma: row(),
    vega: row(),
    skewVega: row(),
    theta: row(),
    years: row(),
    absoluteGamma: row(),
    intrinsicDelta: row(),
    gross: new Map([...conventions].map((convention) => [convention, row()])),
    payoff: row(),
    delivered: row(),
  };
}

/** Columns of the kernel for one option on one block. */
export interface Pricer {
  readonly kernel: Kernel;
  readonly input: Float64Array;
  readonly output: Float64Array;
  /** The one value of each column of the input that has one, as it was filled last; the others are NaN. */
  readonly filled: Float64Array;
}

export function openPricer(kernel: Kernel): Pricer {
  return {
    kernel,
    input: kernel.arena.allocate(INPUT_COLUMNS.length * PATH_BLOCK),
    output: kernel.arena.allocate(OUTPUT_COLUMNS.length * PATH_BLOCK),
    filled: new Float64Array(INPUT_COLUMNS.length).fill(NaN),
  };
}

export function closePricer({ kernel, input, output }: Pricer): void {
  kernel.arena.free(input);
  kernel.arena.free(output);
}

/** Places of the columns that are read, in rows of PATH_BLOCK. */
const PRICE = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('price');
const DELTA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('delta');
const GAMMA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('gamma');
const VEGA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('vega');
const THETA = PATH_BLOCK * OUTPUT_COLUMNS.indexOf('theta');

/** The nine Greeks of one unit of an option with `years` left, at carry b, at the spot and the volatility of each path. */
export function priceOption(
  pricer: Pricer,
  { strike, sign }: BookOption,
  { years, rate, carry }: { readonly years: number; readonly rate: number; readonly carry: number },
  spot: Float64Array,
  vol: Float64Array,
  size: number,
): void {
  const { kernel, input, output } = pricer;
  for (let i = 0; i < size; i++) input[i] = spot[i]!;
  fillColumn(pricer, 1, strike);
  fillColumn(pricer, 2, years);
  fillColumn(pricer, 3, rate);
  fillColumn(pricer, 4, carry);
  for (let i = 0; i < size; i++) input[5 * PATH_BLOCK + i] = vol[i]!;
  fillColumn(pricer, 6, sign);
  kernel.europeans(input, output, PATH_BLOCK, 0, size);
}

function fillColumn({ input, filled }: Pricer, column: number, value: number): void {
  if (filled[column] === value) return;
  filled[column] = value;
  input.fill(value, column * PATH_BLOCK, (column + 1) * PATH_BLOCK);
}

/** Empties the sums; spot and volatility stay. */
export function clearSums(rows: BookRows, size: number): void {
  const { spot: _spot, vol: _vol, gross, ...sums } = rows;
  for (const row of [...Object.values(sums), ...gross.values()]) row.fill(0, 0, size);
}

/** An option that pays what it is worth at `spot`. */
export function settleOption(
  { sign, strike, quantity }: BookOption,
  spot: Float64Array,
  { payoff, delivered }: BookRows,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const intrinsic = sign * (spot[i]! - strike);
    if (!(intrinsic > 0)) continue;
    payoff[i] = payoff[i]! + quantity * intrinsic;
    delivered[i] = delivered[i]! + quantity * sign;
  }
}

/** What a delta of any convention is made of. */
export type DeltaSums = Pick<BookRows, 'value' | 'delta' | 'vega' | 'skewVega'>;

/** Adds `quantity` of the option that was priced last; slope is its ∂σ/∂ln K. */
export function addDeltas(
  { output }: Pricer,
  quantity: number,
  slope: number,
  { value, delta, vega, skewVega }: DeltaSums,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    value[i] = value[i]! + quantity * output[PRICE + i]!;
    delta[i] = delta[i]! + quantity * output[DELTA + i]!;
    vega[i] = vega[i]! + quantity * output[VEGA + i]!;
  }
  if (slope === 0) return;
  const slopeQuantity = slope * quantity;
  for (let i = 0; i < size; i++) skewVega[i] = skewVega[i]! + slopeQuantity * output[VEGA + i]!;
}

export function addCurvature({ output }: Pricer, quantity: number, { gamma, theta }: BookRows, size: number): void {
  for (let i = 0; i < size; i++) {
    gamma[i] = gamma[i]! + quantity * output[GAMMA + i]!;
    theta[i] = theta[i]! + quantity * output[THETA + i]!;
  }
}

/** What decisions read beyond the Greeks. While the sums are formed `years` holds Σ|gamma|·years. */
export function addDetails(
  { output }: Pricer,
  { sign, strike, quantity }: BookOption,
  left: number,
  slope: number,
  rows: BookRows,
  size: number,
): void {
  const { spot, years, absoluteGamma, intrinsicDelta } = rows;
  for (let i = 0; i < size; i++) {
    const weight = Math.abs(quantity * output[GAMMA + i]!);
    years[i] = years[i]! + left * weight;
    absoluteGamma[i] = absoluteGamma[i]! + weight;
    const moneyness = sign * (spot[i]! - strike);
    intrinsicDelta[i] = intrinsicDelta[i]! + quantity * sign * (moneyness > 0 ? 1 : moneyness === 0 ? 0.5 : 0);
  }
  for (const [convention, gross] of rows.gross)
    addGross(output, quantity, DELTA_TERMS[convention], slope, spot, gross, size);
}

/** Ends what {@link addDetails} began; `nearest` is the years to the nearest expiry. */
export function divideYears({ years, absoluteGamma }: BookRows, nearest: number, size: number): void {
  for (let i = 0; i < size; i++) years[i] = absoluteGamma[i]! > 0 ? years[i]! / absoluteGamma[i]! : nearest;
}

function addGross(
  output: Float64Array,
  quantity: number,
  { premium, skew }: DeltaTerms,
  slope: number,
  spot: Float64Array,
  gross: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const correction = premium * output[PRICE + i]! + skew * slope * output[VEGA + i]!;
    gross[i] = gross[i]! + Math.abs(quantity * (output[DELTA + i]! + correction / spot[i]!));
  }
}

/** The book's delta in a convention, from its sums: their own row where it is Black's, else written to `room`. */
export function conventionDelta(
  { premium, skew }: DeltaTerms,
  spot: Float64Array,
  { delta, value, skewVega }: DeltaSums,
  room: Float64Array,
  size: number,
): Float64Array {
  if (premium === 0 && skew === 0) return delta;
  for (let i = 0; i < size; i++) room[i] = delta[i]! + (premium * value[i]! + skew * skewVega[i]!) / spot[i]!;
  return room;
}
