import { expect, test } from 'vitest';
import { jsonBytes } from '../../../../src/platform/jsonNumbers/write.ts';

const written = (...numbers: number[]) => new TextDecoder().decode(jsonBytes([Float64Array.from(numbers)]));

test('no numbers', () => {
  expect(written()).toBe('[]');
});

test('what is not finite is null, and there is one zero', () => {
  expect(written(NaN, Infinity, -Infinity, -0, 0)).toBe('[null,null,null,0,0]');
});

test('where the spelling changes, as ECMAScript has it', () => {
  expect(written(1e-6, 1e-7, 1.5e-7, 1e21, 1e20, 123456789012345680000, -100, 0.1)).toBe(
    '[0.000001,1e-7,1.5e-7,1e+21,100000000000000000000,123456789012345680000,-100,0.1]',
  );
});

test('the longest number and the extremes', () => {
  expect(written(-1.2345678901234568e-300, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER)).toBe(
    '[-1.2345678901234568e-300,5e-324,1.7976931348623157e+308,9007199254740991]',
  );
});

test('a column of only the longest numbers has room', () => {
  const numbers = new Array<number>(5_000).fill(-1.2345678901234568e-300);
  expect(written(...numbers)).toBe(JSON.stringify(numbers));
});

test('text and columns one after another, in bytes of their own', () => {
  const bytes = jsonBytes(['{"€":', Float64Array.of(1, 2.5), '}']);
  expect(new TextDecoder().decode(bytes)).toBe('{"€":[1,2.5]}');
  expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
});

test('what is long is written in parts', () => {
  const column = Float64Array.from({ length: 100_000 }, (_, i) => 1 / i);
  const columns = new Array<Float64Array>(8).fill(column);
  const text = JSON.stringify(Array.from(column));
  expect(new TextDecoder().decode(jsonBytes(columns)) === text.repeat(8)).toBe(true);
});
