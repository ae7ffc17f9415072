import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonBytes } from '../../../src/platform/jsonNumbers/write.ts';
import { doublesFrom, powersAndNeighbours } from './doubles.ts';

const COLUMN = 2_000;
const COLUMNS = 75;

const written = (column: Float64Array) => new TextDecoder().decode(jsonBytes([column]));

test('150,000 doubles of every exponent are written as JSON.stringify writes them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), (seed) => {
      const column = doublesFrom(seed, COLUMN);
      expect(written(column)).toBe(JSON.stringify(Array.from(column)));
    }),
    { numRuns: COLUMNS },
  );
});

test('so are powers of two and ten and their neighbours', () => {
  const column = powersAndNeighbours();
  expect(written(column)).toBe(JSON.stringify(Array.from(column)));
});

test('and they read back to the same bits', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noDefaultInfinity: true, noNaN: true })), (numbers) => {
      const back = JSON.parse(written(Float64Array.from(numbers))) as number[];
      // JSON has one zero.
      expect(back).toEqual(numbers.map((number) => number + 0));
    }),
  );
});
