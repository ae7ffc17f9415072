import { writeAllGreeks, writeGreeks } from '../pricing/black.ts';
import { BLOCK } from '../pricing/blackStages.ts';

/**
 * All nine outputs of `count` European options, from columns to columns.
 *
 * `input` holds the seven columns of INPUT_COLUMNS (`input[c * count + i]`, length >= 7·count), `output` receives the nine
 * of OUTPUT_COLUMNS (`output[c * count + i]`, length >= 9·count); units and preconditions are those of `BlackInput` and
 * `Greeks`. Either may lie on a SharedArrayBuffer; they must not overlap. Allocates nothing, never throws; bit for bit
 * what `blackGreeks` gives for each option.
 */
export function priceEuropeans(input: Float64Array, output: Float64Array, count: number): void {
  priceEuropeanRange(input, output, count, 0, count);
}

/** As {@link priceEuropeans}, for options `from` (inclusive) to `to` (exclusive) only: one worker's share of the columns. */
export function priceEuropeanRange(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  for (let start = from; start < to; start += BLOCK) {
    writeGreeks(input, output, count, start, Math.min(BLOCK, to - start));
  }
}

/**
 * As {@link priceEuropeans}, with all seventeen outputs of ALL_OUTPUT_COLUMNS (length of `output` >= 17·count); bit for bit
 * what `allBlackGreeks` gives, and the first nine columns are those of `priceEuropeans`.
 */
export function priceEuropeansFully(input: Float64Array, output: Float64Array, count: number): void {
  priceEuropeanRangeFully(input, output, count, 0, count);
}

/** As {@link priceEuropeansFully}, for options `from` (inclusive) to `to` (exclusive) only. */
export function priceEuropeanRangeFully(
  input: Float64Array,
  output: Float64Array,
  count: number,
  from: number,
  to: number,
): void {
  for (let start = from; start < to; start += BLOCK) {
    writeAllGreeks(input, output, count, start, Math.min(BLOCK, to - start));
  }
}
