import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { OUTPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { randomColumns } from './randomColumns.ts';

// Where the engine has no relaxed SIMD this is the simd form: the agreement is then exact.
it('a kernel asked for relaxed SIMD opens, and agrees with the scalar form to a few ulp of each price', () => {
  const kernel = openKernel({ form: 'relaxed' });
  expect(['relaxed', 'simd']).toContain(kernel.form);
  const count = 20_000;
  const input = randomColumns(count, 6);
  const got = new Float64Array(OUTPUT_COLUMNS.length * count);
  const want = new Float64Array(OUTPUT_COLUMNS.length * count);
  kernel.europeans(input, got, count);
  openKernel({ form: 'scalar' }).europeans(input, want, count);
  // 5e-12: d1² ulp in the tails (|d1| <= 37), once for each of the two.
  for (let i = 0; i < count; i++) {
    expect(Math.abs(got[i]! - want[i]!)).toBeLessThanOrEqual(5e-12 * want[i]! + 1e-290);
  }
});
