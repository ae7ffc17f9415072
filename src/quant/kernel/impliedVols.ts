import { solveImpliedVol } from '../pricing/impliedVol.ts';

/** The order of the columns of the input: value c of option i at `[c * count + i]`; meanings as for `solveImpliedVol`. */
export const IMPLIED_VOL_COLUMNS = ['price', 'forward', 'strike', 'time', 'discount', 'sign'] as const;

/** What the numbers of the status column mean. */
export const IMPLIED_VOL_STATUSES = ['solved', 'at_or_below_intrinsic', 'at_or_above_bound', 'invalid_input'] as const;

/** Option `i`, by the scalar form: its volatility (NaN where there is none) and its status. */
export function writeImpliedVol(
  input: Float64Array,
  vols: Float64Array,
  statuses: Uint8Array,
  count: number,
  i: number,
): void {
  const solved = solveImpliedVol(
    input[i]!,
    input[count + i]!,
    input[2 * count + i]!,
    input[3 * count + i]!,
    input[4 * count + i]!,
    input[5 * count + i]!,
  );
  const refused = typeof solved === 'string';
  vols[i] = refused ? NaN : solved;
  statuses[i] = refused ? IMPLIED_VOL_STATUSES.indexOf(solved) : 0;
}
