import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BookRow } from '../../../src/portfolios/model.ts';
import { valueBook } from '../../support/books.ts';
import { books, magnitudes, market, numbered, totals } from './books.ts';

const RUNS = { numRuns: 60 };
const COUNTS = /(positionCount|valued|unvalued)$/;

async function totalsOf(book: BookRow[], shard?: number) {
  return totals(await valueBook(market, book, shard === undefined ? {} : { shard }));
}

/** What rounding may leave of each total: 1e-12 of the sum of the positions' magnitudes. */
async function slack(book: BookRow[]) {
  return magnitudes(await Promise.all(book.map((position) => totalsOf([position]))));
}

async function expectSame(got: Map<string, number>, want: Map<string, number>, book: BookRow[]) {
  const allowed = await slack(book);
  expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
  for (const [name, value] of want) {
    expect(Number.isFinite(value), name).toBe(true);
    expect(Math.abs(got.get(name)! - value), name).toBeLessThanOrEqual(1e-12 * allowed.get(name)!);
  }
}

function plus(a: Map<string, number>, b: Map<string, number>) {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, (a.get(name) ?? 0) + (b.get(name) ?? 0)]));
}

function times(totals: Map<string, number>, factor: number) {
  return new Map([...totals].map(([name, value]) => [name, COUNTS.test(name) ? value : factor * value]));
}

it('two books together are the sum of the two', () =>
  fc.assert(
    fc.asyncProperty(books, books, async (a, b) => {
      const both = numbered([...a, ...b]);
      await expectSame(await totalsOf(both), plus(await totalsOf(a), await totalsOf(b)), both);
    }),
    RUNS,
  ));

it.each([2, -1, 0.25])('every quantity times %d is every total times %d', (factor) =>
  fc.assert(
    fc.asyncProperty(books, async (book) => {
      const scaled = book.map((position) => ({ ...position, quantity: factor * position.quantity }));
      await expectSame(await totalsOf(scaled), times(await totalsOf(book), factor), book);
    }),
    RUNS,
  ),
);

it('a multiplier is a quantity', () =>
  fc.assert(
    fc.asyncProperty(books, async (book) => {
      const flat = book.map((row) => ({ ...row, quantity: row.quantity * row.multiplier, multiplier: 1 }));
      await expectSame(await totalsOf(flat), await totalsOf(book), book);
    }),
    RUNS,
  ));

it('the order of the positions does not matter', () =>
  fc.assert(
    fc.asyncProperty(
      books.chain((book) => fc.tuple(fc.constant(book), fc.shuffledSubarray(book, { minLength: book.length }))),
      async ([book, shuffled]) => expectSame(await totalsOf(shuffled), await totalsOf(book), book),
    ),
    RUNS,
  ));

it('a position split in two is the same position', () =>
  fc.assert(
    fc.asyncProperty(books, fc.double({ min: 0.01, max: 0.99, noNaN: true }), async (book, share) => {
      const [first, ...rest] = book;
      const part = { ...first!, quantity: first!.quantity * share };
      const split = numbered([part, ...rest, { ...first!, quantity: first!.quantity - part.quantity }]);
      const want = await totalsOf(book);
      const counted = ([name]: [string, number]) => !COUNTS.test(name);
      await expectSame(new Map([...(await totalsOf(split))].filter(counted)), new Map([...want].filter(counted)), book);
    }),
    RUNS,
  ));

it('where the shards end does not matter', () =>
  fc.assert(
    fc.asyncProperty(books, fc.integer({ min: 1, max: 26 }), async (book, shard) => {
      expect(await valueBook(market, book, { shard })).toEqual(await valueBook(market, book));
    }),
    RUNS,
  ));
