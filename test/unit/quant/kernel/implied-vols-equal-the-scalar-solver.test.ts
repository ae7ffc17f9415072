import { expect, it } from 'vitest';
import {
  IMPLIED_VOL_COLUMNS,
  IMPLIED_VOL_STATUSES,
  writeImpliedVol,
} from '../../../../src/quant/kernel/impliedVols.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { seededUniform } from '../precise-black.ts';
import { differences } from './randomColumns.ts';

const COUNT = 50_000;

/** Calls and puts on a forward in and out of the money, prices down to 1e-300; some without an answer. */
function quotes(): Float64Array {
  const input = new Float64Array(IMPLIED_VOL_COLUMNS.length * COUNT);
  const uniform = seededUniform(77);
  for (let i = 0; i < COUNT; i++) {
    const time = 2 * 1e-5 ** uniform();
    const vol = 3 * 0.005 ** uniform();
    const forward = 100;
    const strike = i % 50 === 0 ? 100 : forward * Math.exp(6 * (2 * uniform() - 1) * vol * Math.sqrt(time));
    const sign = uniform() < 0.5 ? 1 : -1;
    const rate = 0.1 * uniform();
    const { price } = blackGreeks({ spot: forward, strike, time, rate, carry: 0, vol, sign });
    const shown = i % 61 === 0 ? -1 : i % 67 === 0 ? 1000 : i % 71 === 0 ? NaN : price;
    const row = [shown, forward, strike, time, Math.exp(-rate * time), sign];
    row.forEach((value, c) => (input[c * COUNT + i] = value));
  }
  return input;
}

it.each(['in the memory of the kernel', 'in memory of its own'])('bit for bit, columns %s', (where) => {
  const kernel = openKernel();
  const input = where === 'in memory of its own' ? quotes() : kernel.arena.allocate(IMPLIED_VOL_COLUMNS.length * COUNT);
  input.set(quotes());
  const vols = where === 'in memory of its own' ? new Float64Array(COUNT) : kernel.arena.allocate(COUNT);
  const statuses = new Uint8Array(COUNT).fill(9);
  kernel.impliedVols(input, vols, statuses, COUNT);
  const wantVols = new Float64Array(COUNT);
  const wantStatuses = new Uint8Array(COUNT);
  for (let i = 0; i < COUNT; i++) writeImpliedVol(input, wantVols, wantStatuses, COUNT, i);
  expect(differences(vols, wantVols)).toBe(0);
  expect(differences(statuses, wantStatuses)).toBe(0);
});

it.each([
  [10, 110, 1, 'at_or_below_intrinsic'],
  [9, 110, 1, 'at_or_below_intrinsic'],
  [110, 110, 1, 'at_or_above_bound'],
  [100, 110, -1, 'at_or_above_bound'],
  [NaN, 110, 1, 'invalid_input'],
  [5, 0, 1, 'invalid_input'],
  [5, 110, 0, 'invalid_input'],
  [15, 110, 1, 'solved'],
] as const)('price %d, forward %d, sign %d: %s', (price, forward, sign, status) => {
  const count = 12;
  const input = new Float64Array(IMPLIED_VOL_COLUMNS.length * count);
  [price, forward, 100, 1, 1, sign].forEach((value, c) => input.fill(value, c * count, (c + 1) * count));
  const vols = new Float64Array(count);
  const statuses = new Uint8Array(count);
  openKernel().impliedVols(input, vols, statuses, count);
  expect(IMPLIED_VOL_STATUSES[statuses[7]!]).toBe(status);
  expect(Number.isNaN(vols[7])).toBe(status !== 'solved');
});
