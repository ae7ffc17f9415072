import { afterAll, expect, it } from 'vitest';
import { openCrew } from '../../../src/pricing/crew.ts';
import { OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { randomColumns } from '../quant/kernel/randomColumns.ts';

const crew = openCrew({ threads: 2 });
afterAll(() => crew.close());

const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

it('scenarios out of bounds', async () => {
  const one = Float64Array.of(1);
  const book = { input: randomColumns(1, 1), weights: one, count: 1 };
  const scenarios = { spotMoves: Float64Array.of(-1), volScales: one, volShifts: one, years: one };
  expect(await outcome(crew.grid(book, scenarios))).toBeInstanceOf(RangeError);
});

it('columns that are too short', async () => {
  expect(await outcome(crew.europeans(new Float64Array(13), 2))).toBeInstanceOf(RangeError);
});

it('more than the memory can hold, and goes on', async () => {
  const terms = { spot: 1, growth: 0, vol: 1, stepYears: 1, steps: 1 };
  expect(await outcome(crew.paths({ seed: 1, stream: 0 }, terms, 2 ** 28))).toBeInstanceOf(RangeError);
  const { output } = await crew.europeans(randomColumns(10, 1), 10);
  expect(output).toHaveLength(OUTPUT_COLUMNS.length * 10);
});

it('anything once it is closed, when what has begun is finished', async () => {
  const closing = openCrew({ threads: 2 });
  const begun = Array.from({ length: 50 }, () => closing.europeans(randomColumns(3_000, 1), 3_000));
  await closing.close();
  expect((await Promise.all(begun)).every(({ output }) => output.length === OUTPUT_COLUMNS.length * 3_000)).toBe(true);
  expect(await outcome(closing.europeans(randomColumns(1, 1), 1))).toBeInstanceOf(Error);
});
