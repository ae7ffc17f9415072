import { describe, expect, it } from 'vitest';
import { MAX_FAULTS } from '../../../src/platform/problem.ts';
import { marketView, row, shardOf, valueBook } from '../../support/books.ts';
import { AS_OF, expiry, EXPIRY, future, listedMarket, option, perpetual } from './markets.ts';

const bare = marketView(AS_OF, [{ underlying: 'BTC', spot: { mark: 50_000 } }]);
const forwardsOnly = marketView(AS_OF, [
  { underlying: 'BTC', spot: { mark: 50_000 }, forwards: [{ expiry: EXPIRY, price: 51_000 }] },
]);
const volatilityOnly = marketView(AS_OF, [
  { underlying: 'BTC', spot: { mark: 50_000 }, volatility: { type: 'flat', vol: 0.5 } },
]);
const explosive = marketView(AS_OF, [
  {
    underlying: 'BTC',
    spot: { mark: 50_000 },
    carry: { rate: 10, yield: -1 },
    volatility: { type: 'flat', vol: 0.5 },
  },
]);
const distant = '2300-01-01T08:00:00.000Z';

const CASES = [
  ['expired', 'an option that ends at the instant of the snapshot', bare, { ...option('call', 50_000), expiry: AS_OF }],
  ['expired', 'a future that has ended', bare, { ...future('inverse'), expiry: expiry(-1) }],
  ['missing_underlying', 'an underlying that is not there', bare, { ...perpetual('linear'), underlying: 'ETH' }],
  ['missing_underlying', 'another quote currency', bare, { ...perpetual('linear'), quote: 'USDC' }],
  ['missing_perpetual', 'a perpetual without a price', bare, perpetual('inverse')],
  ['missing_forward', 'a future without a forward', bare, future('linear')],
  ['missing_forward', 'an option without a forward', volatilityOnly, option('put', 50_000)],
  ['missing_volatility', 'an option without a volatility', forwardsOnly, option('put', 50_000)],
  [
    'not_representable',
    'an option whose carry factor overflows',
    explosive,
    { ...option('call', 50_000), expiry: distant },
  ],
  ['not_representable', 'a future whose forward overflows', explosive, { ...future('linear'), expiry: distant }],
] as const;

describe.each(CASES)('%s: %s', (code, _what, market, instrument) => {
  const bad = row(instrument, 5);
  const good = row('spot:BTC/USD', 2);

  it('is a failure with a sentence, and no number', async () => {
    const shard = await shardOf(market, [bad, good]);
    expect(shard.failures).toEqual({ 0: { code, detail: expect.stringMatching(/^\w.{10,}/) } });
    expect([...shard.columns].filter((_, i) => i % 2 === 0)).toEqual(Array(10).fill(NaN));
    expect([...shard.columns].filter((_, i) => i % 2 === 1).every(Number.isFinite)).toBe(true);
  });

  it('is in no total, and the rest of the book is answered', async () => {
    const { failures, ...rest } = await valueBook(market, [bad, good]);
    const { failures: none, ...alone } = await valueBook(market, [good]);
    expect(failures).toEqual([{ positionId: bad.positionId, code, detail: expect.any(String) }]);
    expect(none).toEqual([]);
    expect(rest).toEqual({ ...alone, unvalued: 1 });
  });
});

it('a quantity that makes a number overflow is a failure of its position', async () => {
  const huge = { ...row(option('call', 50_000), 1), quantity: 1e300, multiplier: 1e18 };
  expect((await shardOf(listedMarket(), [huge])).failures).toMatchObject({ 0: { code: 'not_representable' } });
});

it('a book of which nothing can be valued has no totals', async () => {
  const valuation = await valueBook(bare, [row(perpetual('linear'), 1), row(future('linear'), 1)]);
  expect(valuation).toMatchObject({ valued: 0, unvalued: 2, underlyings: [], cash: [] });
});

it('an empty book has no totals and no failures', async () => {
  expect(await valueBook(bare, [])).toMatchObject({ valued: 0, unvalued: 0, underlyings: [], cash: [], failures: [] });
});

it('lists the first failures and counts them all', async () => {
  const book = Array.from({ length: MAX_FAULTS + 50 }, () => row(perpetual('linear'), 1));
  const { failures, unvalued } = await valueBook(bare, book, { shard: 40 });
  expect(unvalued).toBe(MAX_FAULTS + 50);
  expect(failures.map(({ positionId }) => positionId)).toEqual(
    book.slice(0, MAX_FAULTS).map(({ positionId }) => positionId),
  );
});
