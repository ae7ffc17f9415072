import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMarket, type Market } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { snapshot } from '../unit/market/snapshots.ts';
import { silentWake } from '../support/wake.ts';

let database: TestDatabase;
let market: Market;
const clock = fixedClock('2026-03-01T09:00:00.000Z');

beforeAll(async () => {
  database = await createTestDatabase();
  market = createMarket({ db: database.db, clock, wake: silentWake });
});
afterAll(() => database.drop());

it('another tenant cannot read, list, use or overwrite it', async () => {
  const [owner, other] = [await database.tenant(), await database.tenant()];
  const id = systemIds(clock).next();
  await market.create(owner, id, snapshot({}));
  await market.view(owner, id); // now in the cache of views
  await expect(market.get(other, id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(market.view(other, id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(market.create(other, id, snapshot({ spot: { mark: 1 } }))).rejects.toMatchObject({ code: 'not_found' });
  expect((await market.list(other, { limit: 10, after: undefined })).items).toEqual([]);
  expect(await market.latestId(other)).toBeUndefined();
  expect((await market.get(owner, id)).data.underlyings[0]?.spot.mark).toBe(100);
});
