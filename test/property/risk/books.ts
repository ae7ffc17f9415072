import fc from 'fast-check';
import type { BookRow } from '../../../src/portfolios/model.ts';
import type { Valuation } from '../../../src/risk/model.ts';
import { DAY_MS, marketView } from '../../support/books.ts';

const AS_OF = '2030-01-01T08:00:00.000Z';
const at = (days: number) => Date.parse(AS_OF) + days * DAY_MS;
const volatility = { type: 'flat', vol: 0.7 };

/** Two underlyings that can be valued, in both kinds of market, and a third that cannot. */
export const market = marketView(AS_OF, [
  {
    underlying: 'BTC',
    spot: { mark: 50_000 },
    perpetual: { mark: 50_050 },
    forwards: [
      { expiry: new Date(at(30)).toISOString(), price: 50_200 },
      { expiry: new Date(at(90)).toISOString(), price: 50_900 },
    ],
    volatility,
  },
  {
    underlying: 'ETH',
    spot: { mark: 2_500 },
    perpetual: { mark: 2_501 },
    carry: { rate: 0.04, yield: 0.03 },
    volatility,
  },
]);

const quantities = fc
  .oneof(
    fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 10),
    fc.double({ min: -1e4, max: 1e4, noNaN: true }),
  )
  .filter((quantity) => Math.abs(quantity) > 1e-6);

const sizes = { quantity: quantities, multiplier: fc.constantFrom(1, 10, 0.1) };
const names = {
  underlying: fc.constantFrom('BTC', 'ETH'),
  quote: fc.constant('USD'),
  settlement: fc.constantFrom<BookRow['settlement']>('linear', 'inverse'),
};

const options = fc
  .record({
    ...sizes,
    ...names,
    kind: fc.constant<BookRow['kind']>('option'),
    optionType: fc.constantFrom<'call' | 'put'>('call', 'put'),
    moneyness: fc.double({ min: -0.7, max: 0.7, noNaN: true }),
    days: fc.constantFrom(0.3, 30, 50, 90, 200),
  })
  .map(({ moneyness, days, ...rest }) => ({
    ...rest,
    strike: (rest.underlying === 'BTC' ? 50_000 : 2_500) * Math.exp(moneyness),
    expiryMs: at(days),
  }));

const undated = fc.record({
  ...sizes,
  ...names,
  kind: fc.constantFrom<BookRow['kind']>('spot', 'perpetual'),
  optionType: fc.constant(null),
  strike: fc.constant(null),
  expiryMs: fc.constant(null),
});

const futures = fc.record({
  ...sizes,
  ...names,
  kind: fc.constant<BookRow['kind']>('future'),
  optionType: fc.constant(null),
  strike: fc.constant(null),
  expiryMs: fc.constantFrom(30, 90, 60).map(at),
});

const unvalued = undated.map((position) => ({ ...position, underlying: 'XRP' }));

/** Positions of every kind, some of which cannot be valued. */
export const positions = fc
  .oneof({ weight: 6, arbitrary: options }, { weight: 2, arbitrary: undated }, futures, unvalued)
  .map((position): Omit<BookRow, 'positionId'> => ({ ...position, symbol: '', pool: null }));

export const books = fc.array(positions, { minLength: 1, maxLength: 25 }).map(numbered);

export function numbered(book: Omit<BookRow, 'positionId'>[]): BookRow[] {
  return book.map((position, i) => ({ ...position, positionId: `p${i}` }));
}

/** Every number of a valuation by its name. */
export function totals(valuation: Valuation): Map<string, number> {
  const found = new Map<string, number>();
  const put = (at: string, fields: object) => {
    for (const [name, value] of Object.entries(fields))
      if (typeof value === 'number' && name !== 'spot') found.set(`${at} ${name}`, value);
  };
  put('book', { valued: valuation.valued, unvalued: valuation.unvalued });
  for (const cash of valuation.cash) put(cash.currency, cash);
  for (const { expiries, ...total } of valuation.underlyings) {
    put(total.underlying, total);
    for (const expiry of expiries) put(`${total.underlying} ${expiry.expiry}`, expiry);
  }
  return found;
}

/** What rounding may do to a sum of these positions, by the name of the total: relative to the sum of the magnitudes. */
export function magnitudes(parts: Map<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const part of parts) for (const [name, value] of part) sums.set(name, (sums.get(name) ?? 0) + Math.abs(value));
  return sums;
}
