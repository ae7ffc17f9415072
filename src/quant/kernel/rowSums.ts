/** Rows of numbers, one after the other. Never changed: what differs is another table. */
export interface RowTable {
  readonly rows: Float64Array;
  /** Numbers of a row, an even count. */
  readonly width: number;
  /** How many of them, from the first on, are weighted by the size of a line; the others by its gross. Even, 0 < split < width. */
  readonly split: number;
}

/** What is added up: line i is `sizes[i]` and `gross[i]` of row `places[i]`. */
export interface Lines {
  readonly places: Int32Array;
  readonly sizes: Float64Array;
  readonly gross: Float64Array;
}

/**
 * The sums of each run of lines: column c of run r at `[r * width + c]`, added up in the order of the lines.
 *
 * @param runs run r is of the lines `runs[2r]` to before `runs[2r + 1]`
 */
export function sumRows({ rows, width, split }: RowTable, lines: Lines, runs: Int32Array): Float64Array {
  const { places, sizes, gross } = lines;
  const sums = new Float64Array((runs.length / 2) * width);
  for (let r = 0; 2 * r < runs.length; r++) {
    for (let i = runs[2 * r]!; i < runs[2 * r + 1]!; i++) {
      const row = places[i]! * width;
      for (let c = 0; c < width; c++) sums[r * width + c]! += (c < split ? sizes[i]! : gross[i]!) * rows[row + c]!;
    }
  }
  return sums;
}
