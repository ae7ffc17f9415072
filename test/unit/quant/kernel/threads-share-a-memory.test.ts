import { expect, it } from 'vitest';
import { createMemory } from '../../../../src/quant/kernel/arena.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from './randomColumns.ts';

it('two kernels on one memory work on halves of the same columns', () => {
  const memory = createMemory();
  const [first, second] = [openKernel({ memory }), openKernel({ memory })];
  const count = 5001;
  const input = first.arena.allocate(INPUT_COLUMNS.length * count);
  const output = first.arena.allocate(OUTPUT_COLUMNS.length * count);
  input.set(randomColumns(count, 8));
  first.europeans(input, output, count, 0, 2400);
  second.europeans(
    second.arena.view(input.byteOffset, input.length),
    second.arena.view(output.byteOffset, output.length),
    count,
    2400,
  );
  const want = new Float64Array(OUTPUT_COLUMNS.length * count);
  openKernel({ form: 'scalar' }).europeans(input, want, count);
  expect(differences(output, want)).toBe(0);
});

it('arenas on one memory never hand out the same place, and use again what was given back', () => {
  const memory = createMemory();
  const arenas = [openKernel({ memory }).arena, openKernel({ memory }).arena];
  const taken = Array.from({ length: 60 }, (_, i) => arenas[i % 2]!.allocate(1 + 997 * i));
  const spans = taken.map((a) => [a.byteOffset, a.byteOffset + a.byteLength] as const).sort((a, b) => a[0] - b[0]);
  spans.slice(1).forEach(([start], i) => expect(start).toBeGreaterThanOrEqual(spans[i]![1]));
  expect(spans.every(([start]) => start % 16 === 0)).toBe(true);
  arenas[0]!.free(taken[40]!);
  expect(arenas[0]!.allocate(taken[40]!.length).byteOffset).toBe(taken[40]!.byteOffset);
});

it('says so when the memory is full', () => {
  const { arena } = openKernel({ memory: createMemory(4) });
  expect(() => arena.allocate(1_000_000)).toThrow(RangeError);
});
