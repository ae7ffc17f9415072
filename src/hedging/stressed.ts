import { exact } from '../platform/decimal.ts';
import { sharedFloats, type PricingPool } from '../pricing/service.ts';
import { GRID_COLUMNS } from '../quant/kernel/scenarioGrid.ts';
import { INPUT_COLUMNS } from '../quant/pricing/black.ts';
import { STRESS_NAMES, STRESS_SCENARIOS, stressShock } from '../risk/service.ts';
import type { HedgedBook } from './book.ts';
import type { Stressed } from './optimiseModel.ts';
import type { Tradable } from './universe.ts';

const VALUE = GRID_COLUMNS.indexOf('value');
/** A volatility point. */
const POINT = 0.01;

/** Some of an instrument: positive is bought. */
export interface Lot {
  readonly tradable: Tradable;
  readonly quantity: number;
}

/** What options and a delta make under every named shock, each of one underlying. */
async function profits(
  pool: Pick<PricingPool, 'grid'>,
  underlying: string,
  spot: number,
  options: readonly { inputs: readonly number[]; size: number }[],
  delta: number,
): Promise<number[]> {
  const shocks = [{ spot: 0, vol: 0 }, ...STRESS_NAMES.map((name) => stressShock(STRESS_SCENARIOS[name], underlying))];
  const linear = shocks.map((shock) => delta * spot * shock.spot);
  if (options.length === 0) return linear.slice(1);
  const input = sharedFloats(INPUT_COLUMNS.length * options.length);
  const weights = sharedFloats(options.length);
  options.forEach(({ inputs, size }, i) => {
    weights[i] = size;
    inputs.forEach((value, c) => (input[c * options.length + i] = value));
  });
  const grid = await pool.grid(input, weights, {
    spotMoves: Float64Array.from(shocks, (shock) => shock.spot),
    volScales: new Float64Array(shocks.length).fill(1),
    volShifts: Float64Array.from(shocks, (shock) => shock.vol * POINT),
    years: new Float64Array(shocks.length),
  });
  const value = (s: number) => grid[VALUE * shocks.length + s]!;
  return STRESS_NAMES.map((_, s) => linear[s + 1]! + value(s + 1) - value(0));
}

/** Under every shock, the book alone; what is linear, and shares of pools, at their deltas. */
export async function stressBook(
  pool: Pick<PricingPool, 'grid'>,
  books: readonly { book: HedgedBook; spot: number }[],
): Promise<number[]> {
  const each = await Promise.all(
    books.map(({ book, spot }) => {
      return profits(pool, book.underlying, spot, book.options, book.hedge + book.pools);
    }),
  );
  return STRESS_NAMES.map((_, s) => each.reduce((sum, profit) => sum + profit[s]!, 0));
}

/** Under every shock, what is traded alone. */
export async function stressHedge(
  pool: Pick<PricingPool, 'grid'>,
  lots: readonly Lot[],
  spotOf: (tradable: Tradable) => number,
): Promise<number[]> {
  const each = await Promise.all(
    lots.map(({ tradable, quantity }) => {
      const { inputs, greeks, tool } = tradable;
      const options = inputs ? [{ inputs, size: quantity }] : [];
      const delta = inputs ? 0 : greeks.delta * quantity;
      return profits(pool, tool.instrument.terms.underlying, spotOf(tradable), options, delta);
    }),
  );
  return STRESS_NAMES.map((_, s) => each.reduce((sum, profit) => sum + profit[s]!, 0));
}

/** Before and after, the worst before it first among equals. */
export function stressOf(
  before: readonly number[],
  hedge: readonly number[],
): { worst: Stressed; scenarios: Stressed[] } {
  const scenarios = STRESS_NAMES.map((scenario, s) => ({
    scenario,
    before: rounded(before[s]!),
    after: rounded(before[s]! + hedge[s]!),
  }));
  const least = (of: 'before' | 'after') => Math.min(...scenarios.map((each) => each[of]));
  return { worst: { scenario: 'worst', before: least('before'), after: least('after') }, scenarios };
}

function rounded(value: number): number {
  return exact(value).toDecimalPlaces(6).toNumber();
}
