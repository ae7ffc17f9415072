import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { feedWorker, startFeedApp, type FeedApp } from '../../support/feeds.ts';
import { startDeribitMarket, type DeribitMarket } from '../../venues/deribitMarket.ts';

let database: TestDatabase;
let venue: DeribitMarket;
let app: FeedApp;
const FEED = { kind: 'deribit', currencies: ['BTC'], everySeconds: 3_600 };

beforeAll(async () => {
  database = await createTestDatabase();
  venue = await startDeribitMarket();
  app = await startFeedApp(database, { venue });
});
afterAll(async () => {
  await app.stop();
  await venue.close();
  await database.drop();
});

it('they are created, read, listed, paused, resumed and removed', async () => {
  const { body: one } = await app.api('post', '/v1/market-feeds', FEED).expect(201);
  expect(one).toMatchObject({
    ...{ status: 'active', snapshots: 0, lastSnapshot: null, consecutiveFailures: 0, lastError: null },
    request: { ...FEED, transport: 'rest' },
  });
  const { body: two } = await app.api('post', '/v1/market-feeds', FEED).expect(201);
  const { body: page } = await app.api('get', '/v1/market-feeds?limit=1').expect(200);
  expect(page.items.map(({ id }: { id: string }) => id)).toEqual([two.id]);
  const { body: next } = await app.api('get', `/v1/market-feeds?limit=1&cursor=${page.nextCursor}`).expect(200);
  expect(next).toMatchObject({ items: [{ id: one.id }], nextCursor: null });

  for (const status of ['paused', 'paused', 'active', 'active']) {
    const verb = status === 'paused' ? 'pause' : 'resume';
    const { body } = await app.api('post', `/v1/market-feeds/${one.id}/${verb}`).expect(200);
    expect([body.status, body.nextAt === null]).toEqual([status, status === 'paused']);
  }
  await app.api('delete', `/v1/market-feeds/${one.id}`).expect(204);
  for (const [method, path] of [
    ['get', ''],
    ['post', '/pause'],
    ['post', '/resume'],
    ['delete', ''],
  ] as const)
    await app.api(method, `/v1/market-feeds/${one.id}${path}`).expect(404);
  expect((await app.api('get', '/v1/market-feeds').expect(200)).body.items).toHaveLength(1);
});

it.each([
  [{ ...FEED, currencies: ['btc'] }, '/currencies/0', 'invalid_format'],
  [{ ...FEED, everySeconds: 1 }, '/everySeconds', 'custom'],
  [{ kind: 'replay', recording: 'none' }, '/recording', 'unknown_recording'],
])('%j is refused', async (request, pointer, code) => {
  const { body } = await app.api('post', '/v1/market-feeds', request).expect(422);
  expect(body.errors).toMatchObject([{ pointer, code }]);
});

it('a tenant sees and changes its own only', async () => {
  const [mine, theirs] = [await database.tenant(), await database.tenant()];
  const feeds = feedWorker(database, { venue });
  const request = { ...FEED, kind: 'deribit', transport: 'rest' } as const;
  const { id } = await feeds.create(mine, crypto.randomUUID(), request);
  for (const ask of [feeds.get, feeds.pause, feeds.resume, feeds.remove])
    await expect(ask(theirs, id)).rejects.toMatchObject({ code: 'not_found' });
  expect((await feeds.list(theirs, { limit: 10, after: undefined })).items).toEqual([]);
  await expect(feeds.create(theirs, id, request)).rejects.toMatchObject({ code: 'not_found' });
  expect(await feeds.get(mine, id)).toMatchObject({ status: 'active' });
});

it('asked twice under one id there is one; more than twenty are not taken', async () => {
  const tenantId = await database.tenant();
  const feeds = feedWorker(database, { venue });
  const request = { ...FEED, kind: 'deribit', transport: 'rest' } as const;
  const id = crypto.randomUUID();
  const first = await feeds.create(tenantId, id, request);
  expect(await feeds.create(tenantId, id, { ...request, everySeconds: 60 })).toMatchObject({ id: first.id, request });
  for (let i = 1; i < 20; i++) await feeds.create(tenantId, crypto.randomUUID(), request);
  await expect(feeds.create(tenantId, crypto.randomUUID(), request)).rejects.toMatchObject({ code: 'conflict' });
  await feeds.remove(tenantId, id);
  await feeds.create(tenantId, crypto.randomUUID(), request);
});
