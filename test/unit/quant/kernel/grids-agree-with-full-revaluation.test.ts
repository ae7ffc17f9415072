import { describe, expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import {
  type Book,
  GRID_COLUMNS,
  type Scenarios,
  writeScenarioGrid,
} from '../../../../src/quant/kernel/scenarioGrid.ts';
import { blackGreeks, INPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { seededUniform } from '../precise-black.ts';
import { differences, randomColumns } from './randomColumns.ts';

const kernel = openKernel();
const MOVES = [-0.5, -0.2, -0.05, 0, 0.01, 0.1, 0.4];
const VOLS: [number, number][] = [
  [1, 0],
  [0.5, -0.05],
  [1.5, 0.1],
];
const DAYS = [0, 1, 30, 800];

function scenariosOf(): Scenarios {
  const rows = DAYS.flatMap((days) =>
    VOLS.flatMap(([scale, shift]) => MOVES.map((move) => [move, scale, shift, days / 365])),
  );
  const column = (c: number) => Float64Array.from(rows, (row) => row[c]!);
  return { spotMoves: column(0), volScales: column(1), volShifts: column(2), years: column(3) };
}

function bookOf(count: number, seed: number): Book {
  const uniform = seededUniform(seed);
  const input = randomColumns(count, seed);
  for (let i = 0; i < count; i++) input[count + i] ||= 80;
  return { input, weights: Float64Array.from({ length: count }, () => 100 * uniform() - 50), count };
}

const scenarios = scenariosOf();
const n = scenarios.spotMoves.length;

/** Σ|weight·output| of each column and scenario, by the scalar form: what errors are relative to. */
function grossOf(book: Book): Float64Array {
  const gross = new Float64Array(GRID_COLUMNS.length * n);
  const one = new Float64Array(GRID_COLUMNS.length * n);
  for (let i = 0; i < book.count; i++) {
    const input = Float64Array.from(INPUT_COLUMNS, (_, c) => book.input[c * book.count + i]!);
    writeScenarioGrid({ input, weights: book.weights.subarray(i, i + 1), count: 1 }, scenarios, one, 0, n);
    one.forEach((x, k) => (gross[k]! += Math.abs(x)));
  }
  return gross;
}

describe.each([1, 2, 129, 400])('a book of %i', (count) => {
  // Value and delta: sums of terms each within a few ulp. Gamma and vega: densities, d² ulp (|d| < 37) where they matter least.
  it.each([
    ['value', 1e-13],
    ['delta', 1e-13],
    ['gamma', 1e-12],
    ['vega', 1e-12],
  ] as const)('%s within %d of the gross', (name, tolerance) => {
    const book = bookOf(count, 20 + count);
    const gross = grossOf(book);
    const got = new Float64Array(GRID_COLUMNS.length * n);
    const want = new Float64Array(GRID_COLUMNS.length * n);
    expect(kernel.grid(book, scenarios, got)).toBe('computed');
    expect(writeScenarioGrid(book, scenarios, want, 0, n)).toBe('computed');
    const c = GRID_COLUMNS.indexOf(name);
    for (let s = 0; s < n; s++) {
      const error = Math.abs(got[c * n + s]! - want[c * n + s]!);
      expect(error, `scenario ${s}`).toBeLessThanOrEqual(tolerance * gross[c * n + s]! + 1e-290);
    }
  });
});

it('gives the same bits for any split of the scenarios', () => {
  const book = bookOf(300, 5);
  const whole = new Float64Array(GRID_COLUMNS.length * n);
  const parts = new Float64Array(GRID_COLUMNS.length * n);
  kernel.grid(book, scenarios, whole);
  kernel.grid(book, scenarios, parts, 0, 10);
  kernel.grid(book, scenarios, parts, 10, 11);
  kernel.grid(book, scenarios, parts, 11, n);
  expect(differences(parts, whole)).toBe(0);
});

it('an expired position is its intrinsic value, half a step of delta exactly at the money', () => {
  const input = Float64Array.from([100, 100, 0.1, 0, 0, 0.5, 1]);
  const output = new Float64Array(4);
  const at = (move: number) => ({
    spotMoves: Float64Array.of(move),
    volScales: Float64Array.of(1),
    volShifts: Float64Array.of(0),
    years: Float64Array.of(1),
  });
  kernel.grid({ input, weights: Float64Array.of(3), count: 1 }, at(0), output);
  expect([...output]).toEqual([0, 1.5, 0, 0]);
  kernel.grid({ input, weights: Float64Array.of(3), count: 1 }, at(0.25), output);
  expect([...output]).toEqual([75, 3, 0, 0]);
});

it('values positions that are far out of bounds too', () => {
  const input = Float64Array.from([100, 0, 1, 0.02, 0.01, 0.5, 1]);
  const output = new Float64Array(4 * n);
  expect(kernel.grid({ input, weights: Float64Array.of(2), count: 1 }, scenarios, output)).toBe('computed');
  const want = blackGreeks({
    spot: 100 * (1 + MOVES[0]!),
    strike: 0,
    time: 1,
    rate: 0.02,
    carry: 0.01,
    vol: 0.5,
    sign: 1,
  });
  expect(output[0]).toBe(2 * want.price);
});

it.each([{ spotMoves: -1 }, { spotMoves: NaN }, { years: -0.1 }, { volScales: Infinity }, { volShifts: 5000 }])(
  'refuses a scenario of %o',
  (bad) => {
    const usual = { spotMoves: 0, volScales: 1, volShifts: 0, years: 0, ...bad };
    const columns = Object.fromEntries(Object.entries(usual).map(([name, x]) => [name, Float64Array.of(x)]));
    const output = new Float64Array(4).fill(5);
    expect(kernel.grid(bookOf(10, 1), columns as unknown as Scenarios, output)).toBe('scenario_out_of_bounds');
    expect([...output]).toEqual([5, 5, 5, 5]);
  },
);
