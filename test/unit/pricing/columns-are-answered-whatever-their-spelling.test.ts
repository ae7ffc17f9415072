import { expect, test } from 'vitest';
import { answer } from '../../../src/pricing/answer.ts';

const columns = {
  type: '["call","put","put"]',
  spot: '[100,101.25,1e2]',
  strike: '95',
  expiryYears: '[0.25,0,1]',
  rate: '0.04',
  dividendYield: '[0,0.01,0]',
  vol: '[0.6,0.45,0.3]',
};

function answered(changed: Partial<typeof columns> = {}): string {
  const members = Object.entries({ ...columns, ...changed }).map(([name, text]) => `"${name}":${text}`);
  const body = Buffer.from(`{"model":"black_scholes_merton","columns":{${members.join()}}}`);
  const question = { operation: 'price', contentType: 'application/json', body } as const;
  return new TextDecoder().decode(answer({ ...question, model: undefined, units: undefined, outputs: undefined }).body);
}

test('more digits than fit, or white space, change nothing', () => {
  expect(answered({ vol: '[ 0.6, 0.45000000000000000000 ,0.3 ]' })).toBe(answered());
});

test('the answer is what JSON.stringify makes of it', () => {
  expect(JSON.stringify(JSON.parse(answered()))).toBe(answered());
});

test('a value that is no number fails its row, whose numbers are null', () => {
  const { columns: outputs, errors } = JSON.parse(answered({ spot: '[100,null,"100"]' })) as {
    columns: Record<string, (number | null)[]>;
    errors: { index: number; code: string }[];
  };
  expect(errors.map(({ index, code }) => [index, code])).toEqual([
    [1, 'not_a_number'],
    [2, 'not_a_number'],
  ]);
  expect(outputs['price']!.map((price) => price === null)).toEqual([false, true, true]);
});

test('numbers where words belong fail their rows', () => {
  expect(answered({ type: '[1,-1,1]' })).toContain('"code":"unknown_word"');
});

test('columns of different lengths are refused', () => {
  expect(() => answered({ vol: '[0.6,0.45]' })).toThrow('The columns do not fit the model');
});
