import fc from 'fast-check';
import { expect, it } from 'vitest';
import { booksOf, holdingsOf } from '../../../src/hedging/book.ts';
import type { BookRow } from '../../../src/portfolios/model.ts';
import { INPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { Aggregate } from '../../../src/risk/aggregate.ts';
import { holdBook, Instruments } from '../../../src/risk/heldBook.ts';
import { RESULT_COLUMNS } from '../../../src/risk/model.ts';
import { unitPrices } from '../../../src/risk/unitPrices.ts';
import { inlinePricingPool, shardOf, valueBook } from '../../support/books.ts';
import { books, magnitudes, market, numbered, totals } from './books.ts';

const RUNS = { numRuns: 60 };
const DELTA = RESULT_COLUMNS.indexOf('delta');
const GAMMA = RESULT_COLUMNS.indexOf('gamma');

/** Books in which some instruments are held more than once, each under the name of its terms. */
const repeated = fc
  .tuple(books, fc.double({ min: -2, max: 2, noNaN: true }))
  .map(([book, factor]) =>
    numbered(
      [...book, ...book.filter((_, i) => i % 3 === 0).map((row) => ({ ...row, quantity: row.quantity * factor }))].map(
        (row) => ({ ...row, symbol: nameOf(row) }),
      ),
    ),
  );

function nameOf({ kind, underlying, settlement, optionType, strike, expiryMs }: BookRow): string {
  return [kind, underlying, settlement, optionType, strike, expiryMs].join();
}

async function* shardsOf(book: BookRow[]) {
  for (let from = 0; from < book.length; from += 7) yield book.slice(from, from + 7);
}

async function held(book: BookRow[]) {
  const kept = await holdBook(shardsOf(book), new Instruments());
  const priced = await unitPrices(inlinePricingPool(), market, 'premium_adjusted').of(kept);
  const aggregate = new Aggregate();
  aggregate.addHeld(kept, priced);
  return { kept, priced, valuation: aggregate.valuation(market, 'premium_adjusted') };
}

it('its totals and what is left out are those of the positions', () =>
  fc.assert(
    fc.asyncProperty(repeated, async (book) => {
      const want = await valueBook(market, book, { convention: 'premium_adjusted' });
      const { valuation: got } = await held(book);
      const allowed = magnitudes(
        await Promise.all(
          book.map(async (row) => totals(await valueBook(market, [row], { convention: 'premium_adjusted' }))),
        ),
      );
      const told = totals(got);
      expect([...told.keys()].sort()).toEqual([...totals(want).keys()].sort());
      for (const [name, value] of totals(want))
        expect(Math.abs(told.get(name)! - value), name).toBeLessThanOrEqual(1e-12 * allowed.get(name)!);
      const names = (failures: typeof got.failures) =>
        failures.map(({ positionId, code }) => [positionId, code]).sort();
      expect(names(got.failures)).toEqual(names(want.failures));
    }),
    RUNS,
  ));

it('what policies look at is the sum of the positions too', () =>
  fc.assert(
    fc.asyncProperty(repeated, async (book) => {
      const { columns, failures } = await shardOf(market, book, 'premium_adjusted');
      const { kept, priced } = await held(book);
      const gathered = booksOf(kept, priced);
      const holdings = holdingsOf(kept, priced);
      for (const [name, found] of gathered) {
        const own = book.flatMap((row, i) =>
          `${row.underlying}/${row.quote}` === name && !failures[i]
            ? [{ row, delta: columns[DELTA * book.length + i]!, gamma: columns[GAMMA * book.length + i]! }]
            : [],
        );
        const options = own.filter(({ row }) => row.kind === 'option');
        const gross = own.reduce((sum, { delta, gamma }) => sum + Math.abs(delta) + Math.abs(gamma), 0);
        const near = (value: number, parts: number[]) =>
          expect(Math.abs(value - parts.reduce((sum, part) => sum + part, 0))).toBeLessThanOrEqual(1e-12 * gross);
        near(
          found.delta,
          options.map(({ delta }) => delta),
        );
        near(
          found.gamma,
          options.map(({ gamma }) => gamma),
        );
        near(
          found.grossDelta,
          options.map(({ delta }) => Math.abs(delta)),
        );
        near(
          found.hedge,
          own.filter(({ row }) => row.kind !== 'option').map(({ delta }) => delta),
        );
        expect(found.options).toHaveLength(new Set(options.map(({ row }) => `${row.symbol} ${row.multiplier}`)).size);
        expect(found.optionCount).toBe(found.options.length);
        for (const { row } of own) {
          const alike = own.filter((each) => each.row.symbol === row.symbol).map((each) => each.row);
          const size = alike.reduce((sum, { quantity, multiplier }) => sum + quantity * multiplier, 0);
          const most = alike.reduce((sum, { quantity, multiplier }) => sum + Math.abs(quantity * multiplier), 0);
          expect(Math.abs(holdings.get(row.symbol)!.size - size)).toBeLessThanOrEqual(1e-12 * most);
        }
      }
    }),
    RUNS,
  ));

it('an instrument is priced once, however many books hold it', async () => {
  const pool = inlinePricingPool();
  let priced = 0;
  const counting = {
    price: (input: Parameters<typeof pool.price>[0], count: number) => {
      priced += count;
      return pool.price(input, count);
    },
  };
  const [some] = fc.sample(
    books.filter((book) => book.some(({ kind, underlying }) => kind === 'option' && underlying === 'BTC')),
    {
      numRuns: 1,
      seed: 7,
    },
  );
  const book = some!.map((row) => ({ ...row, symbol: nameOf(row) }));
  const [first, second] = await Promise.all([
    holdBook(shardsOf(book), new Instruments()),
    holdBook(shardsOf(book.toReversed()), new Instruments()),
  ]);
  const prices = unitPrices(counting, market, 'black_scholes');
  const [a, b] = await Promise.all([prices.of(first), prices.of(second), prices.of(first)]);
  const sign = INPUT_COLUMNS.indexOf('sign');
  const options = a.places.filter((place) => a.units.inputs[sign]![place] !== 0);
  expect(options.length).toBeGreaterThan(0);
  expect(priced).toBe(options.length);
  second.keys.forEach((key, i) => expect(b.places[i]).toBe(a.places[first.keys.indexOf(key)]));
});
