import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BookRow } from '../../../src/portfolios/model.ts';
import { valueBook, YEAR_MS } from '../../support/books.ts';
import { books, market } from './books.ts';

/** A book of options of BTC, whose forwards are listed: its calls, and the same as puts. */
function legs(book: BookRow[]) {
  const options = book.filter(({ kind, underlying }) => kind === 'option' && underlying === 'BTC');
  const as = (optionType: 'call' | 'put') => options.map((row) => ({ ...row, optionType }));
  return { options, calls: as('call'), puts: as('put') };
}

it('calls less puts are forwards: all delta, and no gamma, vega, vanna or volga', () =>
  fc.assert(
    fc.asyncProperty(books, async (book) => {
      const { options, calls, puts } = legs(book);
      fc.pre(options.length > 0);
      const [call] = (await valueBook(market, calls)).underlyings;
      const [put] = (await valueBook(market, puts)).underlyings;
      for (const name of ['gamma', 'vega', 'vanna', 'volga', 'gammaCash'] as const)
        expect(call![name]).toBe(put![name]);
      const view = market.underlying('BTC', 'USD')!;
      const size = options.reduce((sum, row) => sum + Math.abs(row.quantity * row.multiplier), 0);
      const sum = (each: (row: BookRow) => number) =>
        options.reduce((total, row) => total + row.quantity * row.multiplier * each(row), 0);
      expect(Math.abs(call!.delta - put!.delta - sum(() => 1))).toBeLessThan(1e-11 * size);
      const forwards = sum((row) => view.forward(row.expiryMs!)! - row.strike!);
      expect(Math.abs(call!.value - put!.value - forwards)).toBeLessThan(1e-11 * size * 1e5);
      const rates = sum((row) => (row.strike! * (row.expiryMs! - market.asOf.getTime())) / YEAR_MS / 100);
      expect(Math.abs(call!.rho - put!.rho - rates)).toBeLessThan(1e-11 * size * 1e5);
    }),
    { numRuns: 60 },
  ));
