import { expect, it } from 'vitest';
import { row, valueBook } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { carryMarket, expiry, option, perpetual } from './markets.ts';

const dated = (days: number, quantity: number) => row({ ...option('call', 50_000), expiry: expiry(days) }, quantity);
const BOOK = [dated(3, 5), dated(7, -2), dated(7.5, 4), dated(30, 1), dated(400, 3), row(perpetual('linear'), 1)];
const TENORS = [7, 30, 90];

it('a bound belongs to the bucket that it ends, and the last bucket is open', async () => {
  const { vegaBuckets } = await scenariosOf(carryMarket(), BOOK, { vegaBuckets: { tenorDays: TENORS } });
  const vegaOf = async (...rows: typeof BOOK) => (await valueBook(carryMarket(), rows)).underlyings[0]!.vega;
  const [three, seven, after, thirty, last] = BOOK as [never, never, never, never, never];
  expect(vegaBuckets).toEqual([
    {
      underlying: 'BTC',
      quote: 'USD',
      buckets: [
        { aboveDays: 0, toDays: 7, vega: expect.closeTo(await vegaOf(three, seven), 10) },
        { aboveDays: 7, toDays: 30, vega: expect.closeTo(await vegaOf(after, thirty), 10) },
        { aboveDays: 30, toDays: 90, vega: 0 },
        { aboveDays: 90, toDays: null, vega: expect.closeTo(await vegaOf(last), 10) },
      ],
    },
  ]);
});

it('the buckets add up to the vega of the underlying', async () => {
  const { vegaBuckets } = await scenariosOf(carryMarket(), BOOK, { vegaBuckets: {} });
  const total = vegaBuckets![0]!.buckets.reduce((sum, { vega }) => sum + vega, 0);
  expect(total).toBeCloseTo((await valueBook(carryMarket(), BOOK)).underlyings[0]!.vega, 10);
  expect(vegaBuckets![0]!.buckets).toHaveLength(7);
});
