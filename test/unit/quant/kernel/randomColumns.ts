import { INPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { seededUniform } from '../precise-black.ts';

/**
 * `count` options as columns: T one minute … 2 years, σ 1 % … 200 %, strikes within 40 standard deviations; some expired, some
 * without volatility, some at the money exactly, some with a strike of 0.
 */
export function randomColumns(count: number, seed: number): Float64Array {
  const input = new Float64Array(INPUT_COLUMNS.length * count);
  const uniform = seededUniform(seed);
  for (let i = 0; i < count; i++) {
    const spot = 50 + 100 * uniform();
    const time = i % 37 === 0 ? 0 : 2 * 1e-6 ** uniform();
    const vol = i % 41 === 0 ? 0 : 2 * 0.005 ** uniform();
    const reach = (uniform() < 0.2 ? 40 : 3) * vol * Math.sqrt(time);
    const strike = i % 43 === 0 ? spot : i % 997 === 0 ? 0 : spot * Math.exp(reach * (2 * uniform() - 1));
    const carry = i % 3 === 0 ? 0 : 0.2 * uniform() - 0.1;
    const option = [spot, strike, time, 0.2 * uniform() - 0.05, carry, vol, uniform() < 0.5 ? 1 : -1];
    option.forEach((value, c) => (input[c * count + i] = value));
  }
  return input;
}

/** How many values differ in any bit (0 and −0 are the same, NaN is NaN). */
export function differences(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let found = got.length === want.length ? 0 : 1;
  for (let i = 0; i < got.length; i++) {
    if (got[i] !== want[i] && !(Number.isNaN(got[i]) && Number.isNaN(want[i]))) found++;
  }
  return found;
}
