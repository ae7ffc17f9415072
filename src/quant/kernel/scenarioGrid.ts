import { INPUT_COLUMNS, OUTPUT_COLUMNS, writeGreeks } from '../pricing/black.ts';
import { BLOCK } from '../pricing/blackStages.ts';

/** Positions: the seven columns of INPUT_COLUMNS (value of position i at `[c * count + i]`), and quantity × multiplier of each. */
export interface Book {
  readonly input: Float64Array;
  readonly weights: Float64Array;
  readonly count: number;
}

/** One scenario per element; the four columns have the same length. Scenarios of the same date are best neighbours. */
export interface Scenarios {
  /** Relative move of every spot: S' = S·(1 + move), −1 < move <= 1e6. */
  readonly spotMoves: Float64Array;
  /** σ' = max(σ·scale + shift, 0), |scale| <= 1000. */
  readonly volScales: Float64Array;
  /** Decimal, |shift| <= 1000. */
  readonly volShifts: Float64Array;
  /** Years passed, >= 0: T' = max(T − years, 0); an option that has expired is worth its intrinsic value. */
  readonly years: Float64Array;
}

/** The order of the columns of a grid's output: value s of column c of n scenarios at `[c * n + s]`. */
export const GRID_COLUMNS = ['value', 'delta', 'gamma', 'vega'] as const;

/** `scenario_out_of_bounds`: nothing was computed, because some scenario is outside the bounds of {@link Scenarios}. */
export type GridOutcome = 'computed' | 'scenario_out_of_bounds';

const MOST_MOVE = 1e6;
const MOST_VOL_STEP = 1000;

export function areWithinBounds(scenarios: Scenarios, from: number, to: number): boolean {
  for (let s = from; s < to; s++) {
    const factor = 1 + scenarios.spotMoves[s]!;
    const years = scenarios.years[s]!;
    if (!(factor > 0 && factor <= MOST_MOVE && years >= 0 && years < Infinity)) return false;
    if (!(Math.abs(scenarios.volScales[s]!) <= MOST_VOL_STEP && Math.abs(scenarios.volShifts[s]!) <= MOST_VOL_STEP))
      return false;
  }
  return true;
}

const moved = new Float64Array(INPUT_COLUMNS.length * BLOCK);
const valued = new Float64Array(OUTPUT_COLUMNS.length * BLOCK);

function moveBlock(book: Book, start: number, size: number, scenarios: Scenarios, s: number): void {
  const { input, count } = book;
  for (let j = 0; j < size; j++) {
    const i = start + j;
    moved[j] = input[i]! * (1 + scenarios.spotMoves[s]!);
    moved[BLOCK + j] = input[count + i]!;
    moved[2 * BLOCK + j] = Math.max(input[2 * count + i]! - scenarios.years[s]!, 0);
    moved[3 * BLOCK + j] = input[3 * count + i]!;
    moved[4 * BLOCK + j] = input[4 * count + i]!;
    moved[5 * BLOCK + j] = Math.max(input[5 * count + i]! * scenarios.volScales[s]! + scenarios.volShifts[s]!, 0);
    moved[6 * BLOCK + j] = input[6 * count + i]!;
  }
}

/**
 * Σ weight·(value, delta, gamma, vega) over the book under scenarios `from` … `to − 1`, to the four columns of `output`
 * (length >= 4·n, n the number of scenarios): every position valued anew in every scenario, by the scalar form. What the
 * fused kernel is measured against, and its fallback. A position that is no number makes every sum NaN.
 */
export function writeScenarioGrid(
  book: Book,
  scenarios: Scenarios,
  output: Float64Array,
  from: number,
  to: number,
): GridOutcome {
  if (!areWithinBounds(scenarios, from, to)) return 'scenario_out_of_bounds';
  const n = scenarios.spotMoves.length;
  for (let s = from; s < to; s++) {
    const sums: [number, number, number, number] = [0, 0, 0, 0];
    for (let start = 0; start < book.count; start += BLOCK) {
      const size = Math.min(BLOCK, book.count - start);
      moveBlock(book, start, size, scenarios, s);
      writeGreeks(moved, valued, BLOCK, 0, size);
      for (let j = 0; j < size; j++) {
        for (let c = 0; c < 4; c++) sums[c] = sums[c]! + book.weights[start + j]! * valued[c * BLOCK + j]!;
      }
    }
    for (let c = 0; c < 4; c++) output[c * n + s] = sums[c]!;
  }
  return 'computed';
}
