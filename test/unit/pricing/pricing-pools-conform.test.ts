import { afterAll, describe, expect, it } from 'vitest';
import { priceEuropeans } from '../../../src/quant/kernel/european.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { GRID_COLUMNS, writeScenarioGrid } from '../../../src/quant/kernel/scenarioGrid.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { openPricingPool, pricingInput, sharedFloats, type PricingPool } from '../../../src/pricing/service.ts';
import { inlinePricingPool } from '../../support/books.ts';
import { seededUniform } from '../quant/precise-black.ts';

function randomOptions(count: number, seed: number) {
  const input = pricingInput(count);
  const uniform = seededUniform(seed);
  for (let i = 0; i < count; i++) {
    const option = [100, 60 + 80 * uniform(), uniform(), 0.05 * uniform(), 0, 0.1 + uniform(), i % 2 ? 1 : -1];
    option.forEach((value, column) => (input[column * count + i] = value));
  }
  return input;
}

function kernel(input: Float64Array, count: number): Float64Array {
  const output = new Float64Array(OUTPUT_COLUMNS.length * count);
  priceEuropeans(input, output, count);
  return output;
}

describe.each<[string, () => PricingPool]>([
  ['worker threads', () => openPricingPool()],
  ['inline', inlinePricingPool],
])('%s', (_name, open) => {
  const pool = open();
  afterAll(() => pool.close());

  it('give bit for bit what the kernel gives', async () => {
    const input = randomOptions(1_000, 3);
    expect(await pool.price(input, 1_000)).toEqual(kernel(input, 1_000));
  });

  it('take many calls at once, each with its own answer', async () => {
    const sizes = [1, 7, 128, 129, 500, 2, 64, 1_000];
    const inputs = sizes.map((count, i) => randomOptions(count, i));
    const answers = await Promise.all(sizes.map((count, i) => pool.price(inputs[i]!, count)));
    answers.forEach((answer, i) => expect(answer).toEqual(kernel(inputs[i]!, sizes[i]!)));
  });

  it('leave the input alone', async () => {
    const input = randomOptions(50, 9);
    const before = Float64Array.from(input);
    await pool.price(input, 50);
    expect(Float64Array.from(input)).toEqual(before);
    expect(input.length).toBe(50 * INPUT_COLUMNS.length);
  });

  it('sum a book under scenarios', async () => {
    const input = randomOptions(300, 5);
    const weights = sharedFloats(300).fill(2);
    const scenarios = {
      spotMoves: Float64Array.of(-0.2, 0, 0.1),
      volScales: Float64Array.of(1.5, 1, 1),
      volShifts: Float64Array.of(0, 0, 0.05),
      years: Float64Array.of(0, 0, 1 / 365),
    };
    const want = new Float64Array(3 * GRID_COLUMNS.length);
    writeScenarioGrid({ input, weights, count: 300 }, scenarios, want, 0, 3);
    const got = await pool.grid(input, weights, scenarios);
    got.forEach((value, i) => expect(Math.abs(value / want[i]! - 1)).toBeLessThan(1e-11));
  });

  const ask = (body: object) => ({
    ...{
      operation: 'price' as const,
      contentType: 'application/json',
      model: undefined,
      units: undefined,
      outputs: undefined,
    },
    body: Buffer.from(JSON.stringify(body)),
  });

  it('answer a request as it came', async () => {
    const columns = { type: 'call', forward: 100, strike: 100, expiryYears: 1, vol: 0.2, rate: 0 };
    const { contentType, body } = await pool.answer(ask({ model: 'black_76', columns }));
    expect(contentType).toBe('application/json');
    const { columns: got, errors } = JSON.parse(Buffer.from(body).toString());
    expect(errors).toEqual([]);
    expect(got.price[0]).toBeCloseTo(7.965567455405804, 12);
  });

  it('refuse what cannot be read with the problem that it is', async () => {
    const refused = await pool.answer(ask({ model: 'black_76', columns: {} })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Problem);
    expect((refused as Problem).faults.map(({ pointer }) => pointer)).toContain('/columns/forward');
  });

  it('answer nothing for nothing', async () => {
    expect(await pool.price(pricingInput(0), 0)).toHaveLength(0);
  });
});

it('worker threads finish what they have begun when they are closed', async () => {
  const pool = openPricingPool();
  const input = randomOptions(4_000, 1);
  const answer = pool.price(input, 4_000);
  await pool.close();
  expect(await answer).toEqual(kernel(input, 4_000));
});
