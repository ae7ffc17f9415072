import { afterAll, expect, it } from 'vitest';
import { openCrew } from '../../../src/pricing/crew.ts';
import { openKernel } from '../../../src/quant/kernel/kernel.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from '../quant/kernel/randomColumns.ts';

const COUNT = 9_000;
const crew = openCrew({ threads: 2 });
afterAll(() => crew.close());

const columns = randomColumns(COUNT, 12);
const want = new Float64Array(OUTPUT_COLUMNS.length * COUNT);
openKernel({ form: 'scalar' }).europeans(columns, want, COUNT);

it('columns that lie in its memory, also once the memory has grown', async () => {
  const input = crew.allocate(INPUT_COLUMNS.length * COUNT);
  const output = crew.allocate(OUTPUT_COLUMNS.length * COUNT);
  input.set(columns);
  crew.release(crew.allocate(10_000_000));
  const answer = await crew.europeans(input, COUNT, output);
  expect(answer.output === output).toBe(true);
  expect(differences(output, want)).toBe(0);
  [input, output].forEach((array) => crew.release(array));
  expect(crew.allocate(INPUT_COLUMNS.length * COUNT).byteOffset).toBe(input.byteOffset);
});

it.each(['input', 'output'])('and copies the %s where that alone lies elsewhere', async (elsewhere) => {
  const place = (length: number, name: string) =>
    name === elsewhere ? new Float64Array(length) : crew.allocate(length);
  const input = place(columns.length, 'input');
  const output = place(want.length, 'output');
  input.set(columns);
  await crew.europeans(input, COUNT, output);
  expect(differences(output, want)).toBe(0);
});
