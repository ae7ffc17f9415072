import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parseWithColumns } from '../../../../src/platform/jsonNumbers/read.ts';

const parse = (text: string) => parseWithColumns(Buffer.from(text), 'columns');

test('arrays of numbers in the named object', () => {
  expect(parse('{"columns":{"a":[1,-2.5,1e3],"b":["x"],"c":7},"rest":[1]}')).toEqual({
    columns: { a: Float64Array.of(1, -2.5, 1000), b: ['x'], c: 7 },
    rest: [1],
  });
});

test('whatever the order and the white space', () => {
  expect(parse(' {\n"rest" : {"columns": {"a": [1]}} ,\t"columns"\r: { "a" : [ 1 ,\n2 ] } } ')).toEqual({
    rest: { columns: { a: [1] } },
    columns: { a: Float64Array.of(1, 2) },
  });
});

test.each([
  ['nothing in them', '[]'],
  ['null', '[1,null]'],
  ['words', '["1"]'],
  ['arrays', '[[1]]'],
  ['more than 19 digits', '[0.10000000000000000555]'],
  ['subnormal numbers', '[5e-324]'],
  ['numbers beyond all doubles', '[1e400]'],
])('arrays with %s come as JSON.parse gives them', (_, array) => {
  expect(parse(`{"columns":{"a":${array},"b":[1]}}`)).toEqual({
    columns: { a: JSON.parse(array) as unknown, b: Float64Array.of(1) },
  });
});

test('so do arrays that are too long for the room of a thread', () => {
  const long = new Array<number>((1 << 17) + 1).fill(1);
  const full = long.slice(1);
  const read = parse(JSON.stringify({ columns: { long, full } }));
  expect(isDeepStrictEqual(read, { columns: { long, full: Float64Array.from(full) } })).toBe(true);
});

test('so do more columns than any model has', () => {
  const columns = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`c${i}`, [i]]));
  expect(parse(JSON.stringify({ columns }))).toEqual({ columns });
});

test('columns stay as they are when the next body is read', () => {
  const first = parse('{"columns":{"a":[1,2]}}');
  parse('{"columns":{"a":[3,4]}}');
  expect(first).toEqual({ columns: { a: Float64Array.of(1, 2) } });
});

test('a body in the middle of a buffer', () => {
  const bytes = Buffer.from('9{"columns":{"a":[1]}}9');
  expect(parseWithColumns(bytes.subarray(1, -1), 'columns')).toEqual({ columns: { a: Float64Array.of(1) } });
});
