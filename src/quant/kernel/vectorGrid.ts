import { INPUT_COLUMNS } from '../pricing/black.ts';
import { logRatio } from '../pricing/normal.ts';
import type { KernelExports } from './instance.ts';
import {
  areWithinBounds,
  type Book,
  GRID_COLUMNS,
  type GridOutcome,
  type Scenarios,
  writeScenarioGrid,
} from './scenarioGrid.ts';
import type { Stage } from './stage.ts';

/** Within these bounds no product of the fused kernel leaves the range of doubles under any admissible scenario. */
const LEAST_MONEY = 1e-90;
const MOST_MONEY = 1e90;
const MOST_VOL = 1000;
const MOST_TIME = 1000;
const MOST_GROWTH = 200;

function isWithin(x: number, low: number, high: number): boolean {
  return x >= low && x <= high;
}

function isRegular({ input, weights, count }: Book): boolean {
  for (let i = 0; i < count; i++) {
    const time = input[2 * count + i]!;
    const money = isWithin(input[i]!, LEAST_MONEY, MOST_MONEY) && isWithin(input[count + i]!, LEAST_MONEY, MOST_MONEY);
    const growth =
      Math.abs(input[3 * count + i]! * time) <= MOST_GROWTH && Math.abs(input[4 * count + i]! * time) <= MOST_GROWTH;
    const random = isWithin(time, 0, MOST_TIME) && isWithin(input[5 * count + i]!, 0, MOST_VOL);
    if (!(money && growth && random && Math.abs(input[6 * count + i]!) === 1 && Number.isFinite(weights[i]!)))
      return false;
  }
  return true;
}

/** Spot factor, its logarithm, vol scale, vol shift, years: the columns that the module reads. */
function layScenarios(scenarios: Scenarios, table: Float64Array, from: number, to: number): void {
  const n = to - from;
  for (let s = 0; s < n; s++) {
    const factor = 1 + scenarios.spotMoves[from + s]!;
    table[s] = factor;
    table[n + s] = logRatio(factor, 1);
    table[2 * n + s] = scenarios.volScales[from + s]!;
    table[3 * n + s] = scenarios.volShifts[from + s]!;
    table[4 * n + s] = scenarios.years[from + s]!;
  }
}

/** The fused grid. Books with a position beyond its bounds go to the scalar form as a whole. */
export function runGrid(
  exports: KernelExports,
  stage: Stage,
  book: Book,
  scenarios: Scenarios,
  output: Float64Array,
  from: number,
  to: number,
): GridOutcome {
  if (!areWithinBounds(scenarios, from, to)) return 'scenario_out_of_bounds';
  if (!isRegular(book)) return writeScenarioGrid(book, scenarios, output, from, to);
  const { arena } = stage;
  const { count } = book;
  const n = to - from;
  const held = arena.holds(book.input) && arena.holds(book.weights);
  const width = INPUT_COLUMNS.length;
  const sums = 5 * n;
  const copies = sums + GRID_COLUMNS.length * n;
  const space = stage.space(copies + (held ? 0 : (width + 1) * count));
  layScenarios(scenarios, space, from, to);
  space.fill(0, sums, copies);
  if (!held) {
    space.set(book.input.subarray(0, width * count), copies);
    space.set(book.weights.subarray(0, count), copies + width * count);
  }
  const address = (index: number): number => space.byteOffset + 8 * index;
  exports.grid(
    held ? book.input.byteOffset : address(copies),
    8 * count,
    held ? book.weights.byteOffset : address(copies + width * count),
    count,
    address(0),
    8 * n,
    address(sums),
    8 * n,
    0,
    n,
    stage.scratch(),
  );
  for (let c = 0; c < GRID_COLUMNS.length; c++) {
    output.set(space.subarray(sums + c * n, sums + (c + 1) * n), c * scenarios.spotMoves.length + from);
  }
  return 'computed';
}
