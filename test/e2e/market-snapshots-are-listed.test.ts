import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMarket, type Market } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { systemIds, type Ids } from '../../src/platform/ids.ts';
import { decodeCursor } from '../../src/platform/pagination.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { snapshot } from '../unit/market/snapshots.ts';
import { silentWake } from '../support/wake.ts';

let database: TestDatabase;
let market: Market;
let ids: Ids;
const clock = fixedClock('2026-03-01T09:00:00.000Z');

beforeAll(async () => {
  database = await createTestDatabase();
  market = createMarket({ db: database.db, clock, wake: silentWake });
  ids = systemIds(clock);
});
afterAll(() => database.drop());

async function createAsOf(tenantId: string, asOf: string): Promise<string> {
  const { id } = await market.create(tenantId, ids.next(), { ...snapshot({}), asOf });
  return id;
}

it('newest first, page by page, without their data', async () => {
  const tenantId = await database.tenant();
  const created: string[] = [];
  for (let i = 0; i < 5; i++) created.push(await createAsOf(tenantId, '2026-03-01T08:00:00.000Z'));
  const first = await market.list(tenantId, { limit: 2, after: undefined });
  const second = await market.list(tenantId, { limit: 2, after: decodeCursor(first.nextCursor!) });
  const third = await market.list(tenantId, { limit: 2, after: decodeCursor(second.nextCursor!) });
  expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual([
    [created[4], created[3]],
    [created[2], created[1]],
    [created[0]],
  ]);
  expect(third.nextCursor).toBeNull();
  expect(first.items[0]).not.toHaveProperty('data');
  expect(first.items[0]?.underlyings[0]).toMatchObject({ underlying: 'BTC', spot: '100', expiries: 0 });
});

it('a cursor of something else is refused', async () => {
  const tenantId = await database.tenant();
  await expect(market.list(tenantId, { limit: 2, after: "'; DROP" })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

it('the latest is that of the latest instant, and of one instant the last created', async () => {
  const tenantId = await database.tenant();
  expect(await market.latestId(tenantId)).toBeUndefined();
  await createAsOf(tenantId, '2026-03-01T08:30:00.000Z');
  const latest = await createAsOf(tenantId, '2026-03-01T08:30:00.000Z');
  await createAsOf(tenantId, '2026-03-01T08:00:00.000Z');
  expect(await market.latestId(tenantId)).toBe(latest);
});
