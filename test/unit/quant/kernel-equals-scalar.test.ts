import { expect, it } from 'vitest';
import { priceEuropeanRange, priceEuropeans } from '../../../src/quant/kernel/european.ts';
import { blackGreeks, INPUT_COLUMNS, OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { seededUniform } from './precise-black.ts';

const COUNT = 1000;

function randomColumns(shared: boolean): Float64Array {
  const bytes = 8 * INPUT_COLUMNS.length * COUNT;
  const input = new Float64Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const uniform = seededUniform(5);
  for (let i = 0; i < COUNT; i++) {
    const option = [
      100,
      100 * Math.exp(2 * uniform() - 1),
      i % 50 === 0 ? 0 : 2 * uniform() ** 3,
      0.1 * uniform(),
      i % 3 === 0 ? 0 : 0.1 * uniform(),
      i % 70 === 0 ? 0 : 1.5 * uniform() ** 2,
      uniform() < 0.5 ? 1 : -1,
    ];
    option.forEach((value, c) => (input[c * COUNT + i] = value));
  }
  return input;
}

function scalar(input: Float64Array, i: number) {
  const [spot, strike, time, rate, carry, vol, sign] = INPUT_COLUMNS.map((_, c) => input[c * COUNT + i]!) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return blackGreeks({ spot, strike, time, rate, carry, vol, sign });
}

it.each([false, true])('gives bit for bit what the scalar form gives (shared memory: %s)', (shared) => {
  const input = randomColumns(shared);
  const output = new Float64Array(OUTPUT_COLUMNS.length * COUNT).fill(NaN);
  priceEuropeans(input, output, COUNT);
  for (let i = 0; i < COUNT; i++) {
    const want = scalar(input, i);
    OUTPUT_COLUMNS.forEach((name, c) => expect(output[c * COUNT + i], `${name} of ${i}`).toBe(want[name]));
  }
});

it('gives the same columns when the work is split, and touches nothing outside its range', () => {
  const input = randomColumns(false);
  const whole = new Float64Array(OUTPUT_COLUMNS.length * COUNT);
  const parts = new Float64Array(OUTPUT_COLUMNS.length * COUNT).fill(-1);
  priceEuropeans(input, whole, COUNT);
  priceEuropeanRange(input, parts, COUNT, 0, 333);
  expect(parts[333]).toBe(-1);
  priceEuropeanRange(input, parts, COUNT, 333, COUNT);
  expect(parts).toEqual(whole);
});

it('prices nothing when there is nothing', () => {
  expect(() => priceEuropeans(new Float64Array(0), new Float64Array(0), 0)).not.toThrow();
});
