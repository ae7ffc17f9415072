/** Bands of hedge positions, in units of the underlying, at the decisions of a problem. */
export interface BandTable {
  readonly steps: number;
  /** ln S of node i at step 0, equally spaced; at step n they lie n·logDrift further. */
  readonly logSpots: Float64Array;
  readonly logDrift: number;
  /** At `[step·logSpots.length + i]`. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * The band at `spot` (> 0) and decision `step` (0 … steps − 1), to `out[at]` and `out[at + 1]`: cubic between the
 * nodes, monotone where they are, and that of the last node outside. Allocates nothing.
 */
export function bandEdges(table: BandTable, step: number, spot: number, out: Float64Array, at = 0): void {
  const { logSpots, logDrift } = table;
  const last = logSpots.length - 1;
  const spacing = (logSpots[last]! - logSpots[0]!) / last;
  const place = Math.max(0, Math.min((Math.log(spot) - step * logDrift - logSpots[0]!) / spacing, last));
  const node = Math.min(place | 0, last - 1);
  const from = step * (last + 1);
  out[at] = monotoneCubic(table.lower, from, last, node, place - node);
  out[at + 1] = Math.max(monotoneCubic(table.upper, from, last, node, place - node), out[at]!);
}

/**
 * Through columns `node` and `node + 1`, t from the first to the second, slopes by central differences, limited
 * (Fritsch & Carlson 1980).
 */
function monotoneCubic(column: Float64Array, from: number, last: number, node: number, t: number): number {
  const left = column[from + node]!;
  const right = column[from + node + 1]!;
  const rise = right - left;
  const before = node > 0 ? left - column[from + node - 1]! : rise;
  const beyond = node + 2 <= last ? column[from + node + 2]! - right : rise;
  const bendLeft = limitedSlope(before, rise) - rise;
  const bendRight = rise - limitedSlope(rise, beyond);
  const s = 1 - t;
  return left + t * rise + t * s * (s * bendLeft + t * bendRight);
}

function limitedSlope(before: number, after: number): number {
  if (before * after <= 0) return 0;
  const limit = 3 * Math.min(Math.abs(before), Math.abs(after));
  return Math.sign(after) * Math.min(0.5 * Math.abs(before + after), limit);
}
