import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { type Lines, type RowTable, sumRows } from '../../../../src/quant/kernel/rowSums.ts';
import { seededUniform } from '../precise-black.ts';
import { differences } from './randomColumns.ts';

const uniform = seededUniform(20261124);
const wild = () => (uniform() - 0.5) * 10 ** (20 * uniform() - 10);

function tableOf(count: number, width: number, split: number): RowTable {
  return { rows: Float64Array.from({ length: count * width }, wild), width, split };
}

function linesOf(count: number, { rows, width }: RowTable): Lines {
  const sizes = Float64Array.from({ length: count }, wild);
  const places = Int32Array.from(sizes, () => Math.floor((uniform() * rows.length) / width));
  return { places, sizes, gross: sizes.map((size) => Math.abs(size) * (1 + uniform())) };
}

const TABLES = [tableOf(700, 20, 14), tableOf(9, 4, 2), tableOf(900, 20, 14)];
const EACH = [
  [Int32Array.of(0, 333), 333],
  [Int32Array.of(0, 1, 1, 2, 7, 100, 110, 110, 110, 255), 255],
  [Int32Array.of(0, 0), 0],
  [new Int32Array(), 5],
] as const;

it.each(['simd', 'relaxed', 'scalar'] as const)('%s, whatever table was asked for before', (form) => {
  const kernel = openKernel({ form });
  for (const table of [...TABLES, ...TABLES])
    for (const [runs, count] of EACH) {
      const lines = linesOf(count, table);
      const got = kernel.rowSums(table, lines, runs);
      expect(got).toHaveLength((runs.length / 2) * table.width);
      expect(differences(got, sumRows(table, lines, runs))).toBe(0);
    }
});

it('sizes weigh what is before the split, gross what is after it', () => {
  const table = { rows: Float64Array.of(1, 2, 3, 4, 10, 20, 30, 40), width: 4, split: 2 };
  const lines = { places: Int32Array.of(1, 0, 1), sizes: Float64Array.of(-1, 2, 5), gross: Float64Array.of(1, 2, 7) };
  expect([...sumRows(table, lines, Int32Array.of(0, 2, 2, 3))]).toEqual([-8, -16, 36, 48, 50, 100, 210, 280]);
});

it('of a row that is no number there are no sums, and of the others there are', () => {
  const table = { rows: Float64Array.of(NaN, NaN, NaN, NaN, 1, 2, 3, 4), width: 4, split: 2 };
  const lines = { places: Int32Array.of(0, 1), sizes: Float64Array.of(1, 1), gross: Float64Array.of(1, 1) };
  expect([...openKernel().rowSums(table, lines, Int32Array.of(0, 1, 1, 2))]).toEqual([NaN, NaN, NaN, NaN, 1, 2, 3, 4]);
});
