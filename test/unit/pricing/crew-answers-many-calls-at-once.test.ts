import { afterAll, expect, it } from 'vitest';
import { openCrew } from '../../../src/pricing/crew.ts';
import { openKernel } from '../../../src/quant/kernel/kernel.ts';
import { OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from '../quant/kernel/randomColumns.ts';

const CALLS = 10_000;
const crew = openCrew({ threads: 3 });
afterAll(() => crew.close());

it('gives each of ten thousand mixed calls, all made at once, its own answer', async () => {
  const kernel = openKernel();
  // Most are small, some are split; paths and options lie side by side in the memory.
  const sizes = [1, 2, 17, 64, 129, 400, 2_500];
  const inputs = sizes.map((count) => randomColumns(count, count));
  const options = sizes.map((count, s) => {
    const output = new Float64Array(OUTPUT_COLUMNS.length * count);
    kernel.europeans(inputs[s]!, output, count);
    return output;
  });
  const terms = { spot: 100, growth: 0, vol: 0.4, stepYears: 0.01, steps: 5 };
  const paths = Array.from({ length: 10 }, (_, stream) => {
    const output = new Float64Array(terms.steps * 50);
    kernel.paths({ seed: 1, stream }, terms, output, 50);
    return output;
  });
  const wrong = await Promise.all(
    Array.from({ length: CALLS }, async (_, i) => {
      if (i % 4 === 0) {
        const { output } = await crew.paths({ seed: 1, stream: i % 10 }, terms, 50);
        return differences(output, paths[i % 10]!);
      }
      const s = i % sizes.length;
      return differences((await crew.europeans(inputs[s]!, sizes[s]!)).output, options[s]!);
    }),
  );
  expect(wrong).toHaveLength(CALLS);
  expect(wrong.filter((found) => found > 0)).toEqual([]);
}, 20_000);

it('works while the memory grows under it', async () => {
  const small = randomColumns(500, 1);
  const want = new Float64Array(OUTPUT_COLUMNS.length * 500);
  openKernel().europeans(small, want, 500);
  const large = [40_000, 90_000, 150_000].map((count) => crew.europeans(randomColumns(count, 2), count));
  const answers = await Promise.all(Array.from({ length: 60 }, () => crew.europeans(small, 500)));
  expect(answers.map(({ output }) => differences(output, want)).filter((found) => found > 0)).toEqual([]);
  expect((await Promise.all(large)).map(({ output }) => output.length)).toEqual([360_000, 810_000, 1_350_000]);
});
