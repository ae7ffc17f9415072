import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from './randomColumns.ts';

const COUNT = 64;
/** One option at each place of a pair. */
const BAD = [10, 21];

// A comparison with NaN is false and a minimum may drop one: every column has to be shown to reach the answer.
it.each(INPUT_COLUMNS.flatMap((name, c) => [NaN, Infinity, -Infinity].map((value) => [name, value, c] as const)))(
  'a %s of %d makes every output NaN, and of no other option',
  (_name, value, c) => {
    const input = randomColumns(COUNT, 9);
    const want = new Float64Array(OUTPUT_COLUMNS.length * COUNT);
    const kernel = openKernel();
    kernel.europeans(input, want, COUNT);
    const got = new Float64Array(OUTPUT_COLUMNS.length * COUNT);
    for (const i of BAD) {
      input[c * COUNT + i] = value;
      OUTPUT_COLUMNS.forEach((_, out) => (want[out * COUNT + i] = NaN));
    }
    kernel.europeans(input, got, COUNT);
    expect(differences(got, want)).toBe(0);
  },
);
