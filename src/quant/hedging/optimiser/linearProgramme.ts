/** Rows of a sparse matrix, with bounds on what each comes to; grows as they are added. */
export interface Rows {
  /** Row i has the entries starts[i] … starts[i + 1] − 1. */
  readonly starts: number[];
  readonly columns: number[];
  readonly values: number[];
  readonly lower: number[];
  readonly upper: number[];
}

/** min cost·x with lower ≤ x ≤ upper and rows.lower ≤ Ax ≤ rows.upper, the columns marked in `whole` being whole numbers. */
export interface LinearProgramme {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly whole: Uint8Array;
  readonly rows: Rows;
}

/**
 * `limit`: ended by its effort, with the best point found if there is one; `bound`: no point is below it; `reducedCosts`: by how much
 * the cost of each column exceeds what the rows are worth to it, of programmes without whole numbers.
 */
export type LinearAnswer =
  | {
      readonly status: 'optimal' | 'limit';
      readonly x: Float64Array;
      readonly bound: number;
      readonly reducedCosts: Float64Array;
    }
  | { readonly status: 'infeasible' }
  | { readonly status: 'failed'; readonly reason: 'limit' | 'solver' };

export interface SolveOptions {
  readonly gap: number;
  readonly nodes: number;
  readonly seconds: number;
}

/** A programme held by a solver, which starts again from where it last ended. */
export interface OpenProgramme {
  solve(cost: Float64Array, options: SolveOptions): LinearAnswer;
  addRows(rows: Rows): void;
  boundRow(row: number, lower: number, upper: number): void;
  close(): void;
}

/** What the optimiser needs from outside: a solver of linear and mixed-integer programmes. */
export interface LinearSolver {
  open(programme: LinearProgramme): OpenProgramme;
}

export function emptyRows(): Rows {
  return { starts: [0], columns: [], values: [], lower: [], upper: [] };
}

/** Starts a row; its entries follow by `addEntry`. Answers its index. */
export function startRow(rows: Rows, lower: number, upper: number): number {
  rows.starts.push(rows.columns.length);
  rows.lower.push(lower);
  rows.upper.push(upper);
  return rows.lower.length - 1;
}

/** To the row started last; each column once. */
export function addEntry(rows: Rows, column: number, value: number): void {
  if (value === 0) return;
  rows.columns.push(column);
  rows.values.push(value);
  rows.starts[rows.starts.length - 1] = rows.columns.length;
}
