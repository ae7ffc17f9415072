import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EXPLAIN_TERMS } from '../../../src/risk/scenarioResult.ts';
import { DAY_MS, marketView, valueBook } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { books, market } from './books.ts';

const ID = '11111111-1111-4111-8111-111111111111';

/** A market some days before or after the first, in either form. */
const others = fc
  .record({
    days: fc.double({ min: -20, max: 20, noNaN: true }),
    spot: fc.double({ min: 100, max: 200_000, noNaN: true }),
    basis: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
    vol: fc.double({ min: 0.05, max: 3, noNaN: true }),
    rate: fc.double({ min: -0.1, max: 0.3, noNaN: true }),
    listed: fc.boolean(),
  })
  .map(({ days, spot, basis, vol, rate, listed }) => {
    const asOf = market.asOf.getTime() + days * DAY_MS;
    const expiry = new Date(asOf + 60 * DAY_MS).toISOString();
    const curve = listed
      ? { rate, forwards: [{ expiry, price: spot * (1 + basis) }] }
      : { carry: { rate, yield: basis } };
    const of = (underlying: string) => ({
      ...{ underlying, spot: { mark: spot }, perpetual: { mark: spot * 1.001 } },
      ...{ volatility: { type: 'flat', vol }, ...curve },
    });
    return marketView(new Date(asOf).toISOString(), [of('BTC'), of('ETH')]);
  });

it('the terms and what they leave unexplained are the profit, and what is explained or not is what was valued', () =>
  fc.assert(
    fc.asyncProperty(others, books, async (other, book) => {
      const asked = { explain: { marketSnapshotId: ID } };
      const { explain } = await scenariosOf(market, book, asked, { others: { [ID]: other }, shard: 7 });
      const { valued } = await valueBook(market, book);
      expect(explain!.explained + explain!.unvalued).toBe(valued);
      for (const told of [...explain!.underlyings, ...explain!.cash]) {
        const parts = [...EXPLAIN_TERMS, 'unexplained' as const].map((name) => told[name]);
        const sum = parts.reduce((total, each) => total + each, 0);
        const gross = parts.reduce((total, each) => total + Math.abs(each), Math.abs(told.profit));
        // Ten roundings of numbers no larger than the gross sum.
        expect(Math.abs(told.profit - sum)).toBeLessThanOrEqual(10 * 2 ** -52 * gross);
      }
      const profit = explain!.underlyings.reduce((sum, each) => sum + each.profit, 0);
      const most = explain!.underlyings.reduce((sum, each) => sum + Math.abs(each.profit), 0);
      expect(Math.abs(profit - (explain!.cash[0]?.profit ?? 0))).toBeLessThanOrEqual(4 * 2 ** -52 * most);
    }),
    { numRuns: 200 },
  ));
