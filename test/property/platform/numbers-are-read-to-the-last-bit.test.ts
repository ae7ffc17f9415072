import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWithColumns } from '../../../src/platform/jsonNumbers/read.ts';
import { doublesFrom, halfwayFrom, powersAndNeighbours } from './doubles.ts';

/** The most that are read apart from each other in one body. */
const MOST_COLUMNS = 1_000;

interface Read {
  readonly numbers: number[];
  /** Those that JSON.parse has read. */
  readonly left: string[];
}

/** Each number in a column of its own: one that is left to JSON.parse takes its column with it. */
function read(texts: readonly string[]): Read {
  const members = texts.map((text, i) => `"n${i}":[${text}]`);
  const { columns } = parseWithColumns(Buffer.from(`{"columns":{${members.join()}}}`), 'columns') as {
    columns: Record<string, Float64Array | number[]>;
  };
  const read = texts.map((_, i) => columns[`n${i}`]!);
  return { numbers: read.map((column) => column[0]!), left: texts.filter((_, i) => Array.isArray(read[i])) };
}

/** Answers those that are left to JSON.parse. */
function expectExact(texts: readonly string[]): string[] {
  if (texts.length > MOST_COLUMNS) {
    return [...expectExact(texts.slice(0, MOST_COLUMNS)), ...expectExact(texts.slice(MOST_COLUMNS))];
  }
  const { numbers, left } = read(texts);
  const wrong = texts.flatMap((text, i) => (Object.is(numbers[i], Number(text)) ? [] : [{ text, read: numbers[i] }]));
  expect(wrong).toEqual([]);
  return left;
}

const finite = (column: Float64Array) => Array.from(column).filter(Number.isFinite);
const isSubnormal = (text: string) => Math.abs(Number(text)) < 2 ** -1021;
/** Plain integers from 10^19 on have more than 19 digits. */
const isLong = (text: string) => text.replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').length > 19;
const seeds = fc.integer({ min: 1 });

test('100,000 doubles in their shortest spelling, and only subnormal and long ones are left to JSON.parse', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const left = expectExact(finite(doublesFrom(seed, 2_000)).map(String));
      expect(left.filter((text) => !isSubnormal(text) && !isLong(text))).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('doubles with 17, 18 and 19 digits', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 16, max: 18 }), (seed, decimals) => {
      expectExact(finite(doublesFrom(seed, 1_000)).map((number) => number.toExponential(decimals)));
    }),
    { numRuns: 20 },
  );
});

test('powers of two and ten and their neighbours', () => {
  expectExact(finite(powersAndNeighbours()).map(String));
});

test('numbers halfway between two doubles, and just beside', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      expectExact(halfwayFrom(seed, 1_000));
    }),
    { numRuns: 40 },
  );
});

test('any digits with any exponent', () => {
  const digits = fc.bigInt({ min: 0n, max: 10n ** 20n });
  const number = fc.tuple(fc.constantFrom('', '-'), digits, fc.integer({ min: -400, max: 400 }));
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 100 }), (numbers) => {
      expectExact(numbers.map(([sign, significand, exponent]) => `${sign}${significand}e${exponent}`));
    }),
    { numRuns: 200 },
  );
});
