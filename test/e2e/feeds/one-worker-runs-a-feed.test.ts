import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FeedInput } from '../../../src/market/feeds/model.ts';
import type { Loop } from '../../../src/platform/loop.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { feedWorker, instantsOf, movedClock } from '../../support/feeds.ts';
import { startDeribitMarket, type DeribitMarket } from '../../venues/deribitMarket.ts';

let database: TestDatabase;
let venue: DeribitMarket;
let loops: Set<Loop>;
let clock: ReturnType<typeof movedClock>;
const FEED: FeedInput = { kind: 'deribit', currencies: ['BTC'], transport: 'rest', everySeconds: 5 };

beforeEach(async () => {
  database = await createTestDatabase();
  venue = await startDeribitMarket();
  loops = new Set();
  clock = movedClock();
});
afterEach(async () => {
  await Promise.all([...loops].map((loop) => loop.stop()));
  await venue.close();
  await database.drop();
});

function worker() {
  const feeds = feedWorker(database, { venue, clock });
  const [loop] = feeds.start();
  loops.add(loop!);
  return {
    ...feeds,
    async stop() {
      loops.delete(loop!);
      await loop!.stop();
    },
  };
}

async function until<T>(read: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  for (let i = 0; i < 500; i++) {
    const value = await read();
    if (isWanted(value)) return value;
    await new Promise((wait) => setTimeout(wait, 20));
  }
  throw new Error('it did not come');
}

const owners = () =>
  database.db.system((tx) => tx.query<{ owner: string; fence: string }>('SELECT owner, fence FROM market_feed'));

it('of two workers one asks, and what it brings is there once', async () => {
  const tenantId = await database.tenant();
  const [one, two] = [worker(), worker()];
  const { id } = await one.create(tenantId, crypto.randomUUID(), FEED);
  for (let n = 1; n <= 4; n++) {
    await until(
      () => two.get(tenantId, id),
      ({ snapshots }) => snapshots === n,
    );
    venue.move(80_000 + n);
    await new Promise((wait) => setTimeout(wait, 1_050)); // answers are shared for a second
    clock.moveOn(5_000);
  }
  expect(await owners()).toMatchObject([{ fence: '1' }]);
  const summaries = venue.rest.calls.filter((call) => call.includes('get_book_summary'));
  expect(summaries.length).toBeLessThanOrEqual(2 * 5);
  const instants = await instantsOf(database);
  expect(new Set(instants).size).toBe(instants.length);
});

it('who stops gives its feeds up, and another goes on at once', async () => {
  const tenantId = await database.tenant();
  const one = worker();
  const { id } = await one.create(tenantId, crypto.randomUUID(), FEED);
  await until(
    () => one.get(tenantId, id),
    ({ snapshots }) => snapshots === 1,
  );
  await one.stop();
  expect(await owners()).toMatchObject([{ owner: null }]);
  venue.move(81_000);
  clock.moveOn(5_000);
  const two = worker();
  await until(
    () => two.get(tenantId, id),
    ({ snapshots }) => snapshots === 2,
  );
  expect(await owners()).toMatchObject([{ fence: '2' }]);
});

it('a feed whose owner has fallen silent is taken over when its lease ends; what the old owner still writes is not written', async () => {
  const tenantId = await database.tenant();
  const one = worker();
  venue.rest.fail({ on: 'get_book_summary', effect: 'none', answer: 'hang' }); // in the middle of a poll
  const { id } = await one.create(tenantId, crypto.randomUUID(), FEED);
  await until(
    async () => venue.rest.calls.length,
    (calls) => calls > 0,
  );
  // Another takes it, as it would once the lease had run out.
  await database.db.system((tx) =>
    tx.query(
      "UPDATE market_feed SET owner = gen_random_uuid(), fence = fence + 1, lease_until = now() + interval '1 hour'",
    ),
  );
  await new Promise((wait) => setTimeout(wait, 1_500));
  expect(await one.get(tenantId, id)).toMatchObject({ snapshots: 0, consecutiveFailures: 0, lastError: null });
  expect(await instantsOf(database)).toEqual([]);
  await database.db.system((tx) => tx.query('UPDATE market_feed SET lease_until = now()'));
  await until(
    () => one.get(tenantId, id),
    ({ snapshots }) => snapshots === 1,
  );
  expect(await owners()).toMatchObject([{ fence: '3' }]);
});

it.each([
  ['another has taken over', 'owner = gen_random_uuid(), fence = fence + 1'],
  ['was paused', "status = 'paused'"],
  ['was removed', 'deleted_at = now()'],
])('a snapshot that arrives when the feed %s is not written', async (_, change) => {
  const tenantId = await database.tenant();
  const one = worker();
  const { id } = await one.create(tenantId, crypto.randomUUID(), FEED);
  await until(
    () => one.get(tenantId, id),
    ({ snapshots }) => snapshots === 1,
  );
  venue.move(81_000);
  await new Promise((wait) => setTimeout(wait, 1_050)); // answers are shared for a second
  const tickers = () => venue.rest.calls.filter((call) => call.includes('ticker')).length;
  // The change holds the row while the worker asks, and is there when it wants to write.
  await database.db.system(async (tx) => {
    await tx.query(`UPDATE market_feed SET ${change}, lease_until = now() + interval '1 hour'`);
    clock.moveOn(5_000);
    await until(
      async () => tickers(),
      (count) => count === 2,
    );
    await new Promise((wait) => setTimeout(wait, 200));
  });
  await new Promise((wait) => setTimeout(wait, 300));
  expect(await instantsOf(database)).toHaveLength(1);
});

it('a feed that was paused while it asked writes nothing', async () => {
  const tenantId = await database.tenant();
  const one = worker();
  venue.rest.fail({ on: 'ticker', effect: 'none', answer: 'hang' });
  const { id } = await one.create(tenantId, crypto.randomUUID(), FEED);
  await until(
    async () => venue.rest.calls.length,
    (calls) => calls >= 5,
  );
  expect(await one.pause(tenantId, id)).toMatchObject({ status: 'paused', nextAt: null });
  await new Promise((wait) => setTimeout(wait, 700));
  expect(await one.get(tenantId, id)).toMatchObject({ snapshots: 0, consecutiveFailures: 0, lastError: null });
});
