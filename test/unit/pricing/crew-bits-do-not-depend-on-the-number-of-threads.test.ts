import { afterAll, describe, expect, it } from 'vitest';
import { openCrew } from '../../../src/pricing/crew.ts';
import { IMPLIED_VOL_COLUMNS } from '../../../src/quant/kernel/impliedVols.ts';
import { openKernel } from '../../../src/quant/kernel/kernel.ts';
import { GRID_COLUMNS, type Scenarios } from '../../../src/quant/kernel/scenarioGrid.ts';
import { ALL_OUTPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from '../quant/kernel/randomColumns.ts';
import { seededUniform } from '../quant/precise-black.ts';

const scalar = openKernel({ form: 'scalar' });
const alone = openKernel();
// Neither a multiple of a part nor of what the kernel takes at once.
const SIZES = [1, 9, 2_049, 10_001];

function randomQuotes(count: number): Float64Array {
  const input = new Float64Array(IMPLIED_VOL_COLUMNS.length * count);
  const uniform = seededUniform(4);
  for (let i = 0; i < count; i++) {
    const quote = [40 * uniform(), 100, 60 + 80 * uniform(), 2 * uniform(), 1, uniform() < 0.5 ? 1 : -1];
    quote.forEach((value, c) => (input[c * count + i] = value));
  }
  return input;
}

function randomScenarios(count: number): Scenarios {
  const uniform = seededUniform(6);
  const column = (draw: () => number) => Float64Array.from({ length: count }, draw);
  return {
    spotMoves: column(() => 0.6 * uniform() - 0.3),
    volScales: column(() => 0.6 + uniform()),
    volShifts: column(() => 0),
    years: column(() => Math.floor(3 * uniform()) / 365),
  };
}

describe.each([1, 2, 3])('%i threads', (threads) => {
  const crew = openCrew({ threads });
  afterAll(() => crew.close());

  it.each(SIZES)('give the bits of the scalar twin for %i options, nine outputs and all', async (count) => {
    const input = randomColumns(count, count);
    const nine = new Float64Array(OUTPUT_COLUMNS.length * count);
    const all = new Float64Array(ALL_OUTPUT_COLUMNS.length * count);
    scalar.europeans(input, nine, count);
    scalar.allGreeks(input, all, count);
    expect(differences((await crew.europeans(input, count)).output, nine)).toBe(0);
    expect(differences((await crew.allGreeks(input, count)).output, all)).toBe(0);
  });

  it.each(SIZES)('give the bits of the scalar twin for %i implied volatilities', async (count) => {
    const input = randomQuotes(count);
    const want = { vols: new Float64Array(count), statuses: new Uint8Array(count) };
    scalar.impliedVols(input, want.vols, want.statuses, count);
    const got = await crew.impliedVols(input, count);
    expect(differences(got.vols, want.vols)).toBe(0);
    expect(got.statuses).toEqual(want.statuses);
  });

  it('give the bits of one kernel alone for a grid', async () => {
    const [count, n] = [301, 203];
    const book = { input: randomColumns(count, 2), weights: new Float64Array(count).fill(-2.5), count };
    const scenarios = randomScenarios(n);
    const want = new Float64Array(GRID_COLUMNS.length * n);
    alone.grid(book, scenarios, want);
    expect(differences((await crew.grid(book, scenarios)).output, want)).toBe(0);
  });

  it.each([1, 6, 1_001])('give the bits of the scalar twin for %i paths', async (count) => {
    const terms = { spot: 100, growth: 0.03, vol: 0.5, stepYears: 1 / 365, steps: 31 };
    const source = { seed: 2 ** 40 + 7, stream: 3 };
    const want = new Float64Array(terms.steps * count);
    scalar.paths(source, terms, want, count);
    expect(differences((await crew.paths(source, terms, count)).output, want)).toBe(0);
  });
});
