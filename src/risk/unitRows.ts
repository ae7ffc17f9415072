import type { BookRow } from '../portfolios/model.ts';
import type { RowTable } from '../quant/kernel/rowSums.ts';
import { RESULT_COLUMNS, type ResultColumn } from './model.ts';
import { INPUT, type ValuedShard } from './valuation.ts';

// What is told of a book are sums over its instruments: what one unit comes to, times what is held. Of each instrument it is a row.

const RESULTS = RESULT_COLUMNS.slice(1) as Exclude<ResultColumn, 'price'>[];
/** Weighted by Σquantity; the results come first, in their order. */
const BY_QUANTITY = [
  ...RESULTS,
  'linearDelta', // of spot, perpetuals and futures
  'otherDelta', // of options and shares of pools
  'otherGamma',
  'poolDelta', // of shares of pools
  'intrinsicDelta', // of options, were they to expire now
] as const;
/** Weighted by Σ|quantity|. */
const BY_GROSS = [
  'otherDeltaSize', // |delta| of options and shares of pools
  'gammaSize', // |gamma| of options, and what they are priced with times that
  'gammaVol',
  'gammaYears',
  'gammaRate',
  'nothing', // numbers come in pairs
] as const;
type UnitColumn = (typeof BY_QUANTITY)[number] | (typeof BY_GROSS)[number];

/** Numbers of a row. */
export const UNIT_WIDTH = BY_QUANTITY.length + BY_GROSS.length;
/** Place of each in a row, and in the sums of rows. */
export const UNIT = Object.fromEntries([...BY_QUANTITY, ...BY_GROSS].map((name, c) => [name, c])) as Record<
  UnitColumn,
  number
>;

export function unitTable(rows: Float64Array): RowTable {
  return { rows, width: UNIT_WIDTH, split: BY_QUANTITY.length };
}

/**
 * Writes the rows of instruments from what one unit of each comes to.
 *
 * @param places of the rows, in the order of the run
 * @param forwards of the expiries of options, by place
 */
export function writeUnits(
  rows: Float64Array,
  places: readonly number[],
  instruments: readonly BookRow[],
  { columns, options }: ValuedShard,
  forwards: Float64Array,
): void {
  const count = places.length;
  places.forEach((place, i) => {
    const at = place * UNIT_WIDTH;
    for (let c = 0; c < RESULTS.length; c++) rows[at + c] = columns[(c + 1) * count + i]!;
    const { kind } = instruments[i]!;
    const [delta, gamma] = [rows[at + UNIT.delta]!, rows[at + UNIT.gamma]!];
    if (kind !== 'option' && kind !== 'liquidity') return void (rows[at + UNIT.linearDelta] = delta);
    rows[at + UNIT.otherDelta] = delta;
    rows[at + UNIT.otherGamma] = gamma;
    rows[at + UNIT.otherDeltaSize] = Math.abs(delta);
    if (kind === 'liquidity') rows[at + UNIT.poolDelta] = delta;
  });
  options.rows.forEach((row, i) => {
    const place = places[row]!;
    const at = place * UNIT_WIDTH;
    const input = (name: keyof typeof INPUT) => options.input[INPUT[name] * options.rows.length + i]!;
    const [sign, size] = [input('sign'), Math.abs(rows[at + UNIT.gamma]!)];
    const isInTheMoney = sign * (forwards[place]! - input('strike')) > 0;
    rows[at + UNIT.intrinsicDelta] = isInTheMoney ? sign * instruments[row]!.multiplier : 0;
    rows[at + UNIT.gammaSize] = size;
    rows[at + UNIT.gammaVol] = size * input('vol');
    rows[at + UNIT.gammaYears] = size * input('time');
    rows[at + UNIT.gammaRate] = size * input('rate');
  });
}
