// Weighted sums over rows, a run of lines at a time. Every column adds up in the order of the lines, as the scalar twin
// (quant/kernel/rowSums.ts) does.
import { add, load, mul, splat, store } from './lanes';

/**
 * Adds rows to the sums of runs: of each row the bytes before `split` weighted by the size of its line, the others by its gross. Row p is
 * at `rows + p · stride`, the sums of run r at `output + r · stride`; run r is of the lines `runs[2r]` to before `runs[2r + 1]`.
 * `stride` and `split` are multiples of 16, `split` > 0 and `stride` > `split`.
 */
export function rowSums(
  rows: usize,
  stride: usize,
  split: usize,
  places: usize,
  sizes: usize,
  gross: usize,
  runs: usize,
  runCount: i32,
  output: usize,
): void {
  for (let r = 0; r < runCount; r++, runs += 8, output += stride) {
    const end = i32.load(runs, 4);
    for (let i = i32.load(runs); i < end; i++) {
      const row = rows + <usize>i32.load(places + (<usize>i << 2)) * stride;
      addWeighted(row, 0, split, f64.load(sizes + (<usize>i << 3)), output);
      addWeighted(row, split, stride, f64.load(gross + (<usize>i << 3)), output);
    }
  }
}

@inline
function addWeighted(row: usize, from: usize, to: usize, weight: f64, output: usize): void {
  const weights = splat(weight);
  let at = from;
  do {
    store(output + at, add(load(output + at), mul(weights, load(row + at))));
    at += 16;
  } while (at < to);
}
