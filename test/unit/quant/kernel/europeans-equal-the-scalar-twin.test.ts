import { describe, expect, it } from 'vitest';
import { priceEuropeans, priceEuropeansFully } from '../../../../src/quant/kernel/european.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { ALL_OUTPUT_COLUMNS, INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from './randomColumns.ts';

const kernel = openKernel();

it('runs on SIMD here', () => {
  expect(kernel.form).toBe('simd');
});

it('gives the same bits for a million options, all seventeen outputs', () => {
  const block = 125_000;
  const input = kernel.arena.allocate(INPUT_COLUMNS.length * block);
  const output = kernel.arena.allocate(ALL_OUTPUT_COLUMNS.length * block);
  const want = new Float64Array(ALL_OUTPUT_COLUMNS.length * block);
  for (let seed = 1; seed <= 8; seed++) {
    input.set(randomColumns(block, seed));
    kernel.allGreeks(input, output, block);
    priceEuropeansFully(input, want, block);
    expect(differences(output, want)).toBe(0);
  }
});

describe.each(['in the memory of the kernel', 'in memory of its own'])('columns %s', (where) => {
  const column = (length: number) =>
    where === 'in memory of its own' ? new Float64Array(length) : kernel.arena.allocate(length);

  it.each([0, 1, 2, 7, 8, 9, 127, 128, 129, 1031, 1033, 4000])('%i of them', (count) => {
    const input = column(INPUT_COLUMNS.length * count);
    input.set(randomColumns(count, 3));
    const output = column(OUTPUT_COLUMNS.length * count);
    const want = new Float64Array(OUTPUT_COLUMNS.length * count);
    kernel.europeans(input, output, count);
    priceEuropeans(input, want, count);
    expect(differences(output, want)).toBe(0);
  });

  it('a range is written and nothing else', () => {
    const count = 3000;
    const input = column(INPUT_COLUMNS.length * count);
    input.set(randomColumns(count, 4));
    const output = column(ALL_OUTPUT_COLUMNS.length * count).fill(-7);
    const want = new Float64Array(ALL_OUTPUT_COLUMNS.length * count);
    priceEuropeansFully(input, want, count);
    kernel.allGreeks(input, output, count, 101, 2222);
    for (let c = 0; c < ALL_OUTPUT_COLUMNS.length; c++) {
      const at = c * count;
      expect(output.subarray(at, at + 101).every((x) => x === -7)).toBe(true);
      expect(output.subarray(at + 2222, at + count).every((x) => x === -7)).toBe(true);
      expect(differences(output.subarray(at + 101, at + 2222), want.subarray(at + 101, at + 2222))).toBe(0);
    }
  });
});

it('options that are no options are NaN, beside others that are untouched', () => {
  const count = 64;
  const input = randomColumns(count, 9);
  const output = new Float64Array(OUTPUT_COLUMNS.length * count);
  const want = new Float64Array(OUTPUT_COLUMNS.length * count);
  priceEuropeans(input, want, count);
  input[5] = NaN;
  input[2 * count + 6] = -1;
  input[5 * count + 9] = -0.2;
  kernel.europeans(input, output, count);
  for (let c = 0; c < OUTPUT_COLUMNS.length; c++) {
    for (let i = 0; i < count; i++) {
      const bad = i === 5 || i === 6 || i === 9;
      expect(output[c * count + i]).toBe(bad ? NaN : want[c * count + i]);
    }
  }
});
