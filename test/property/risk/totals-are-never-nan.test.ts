import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { buildMarketView } from '../../../src/market/view.ts';
import { valueBook } from '../../support/books.ts';
import { books, totals } from './books.ts';

const extreme = fc.oneof(
  fc.constantFrom(1e-100, 1e-12, 1, 1e12, 1e100),
  fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
);
const rates = fc.constantFrom(-1, 0, 0.05, 10);

/** Nearly anything that the schema lets through. */
const markets = fc
  .record({
    spot: extreme,
    perpetual: extreme,
    carry: fc.record({ rate: rates, yield: rates }),
    forward: extreme,
    listed: fc.boolean(),
    vol: fc.constantFrom(1e-12, 0.5, 20),
  })
  .map(({ spot, perpetual, carry, forward, listed, vol }) => {
    const expiry = '2030-03-01T08:00:00.000Z';
    const curve = listed ? { forwards: [{ expiry, price: forward }] } : { carry };
    const market = {
      spot: { mark: spot },
      perpetual: { mark: perpetual },
      volatility: { type: 'flat', vol },
      ...curve,
    };
    return buildMarketView(
      'extreme',
      MarketSnapshotInputSchema.parse({
        asOf: '2030-01-01T08:00:00.000Z',
        source: 'test',
        underlyings: [
          { underlying: 'BTC', ...market },
          { underlying: 'ETH', ...market },
        ],
      }),
    );
  });

it('whatever the market, each total is a number and each position is valued or told', () =>
  fc.assert(
    fc.asyncProperty(markets, books, fc.integer({ min: 0, max: 400 }), async (market, book, years) => {
      const later = book.map((row) => ({ ...row, expiryMs: row.expiryMs && row.expiryMs + years * 365 * 86_400_000 }));
      const valuation = await valueBook(market, later);
      expect(valuation.valued + valuation.unvalued).toBe(book.length);
      for (const [name, value] of totals(valuation)) expect(value, name).toSatisfy(Number.isFinite);
    }),
    { numRuns: 300 },
  ));
