import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMarket } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { expiry, snapshot } from '../unit/market/snapshots.ts';
import { silentWake } from '../support/wake.ts';

let database: TestDatabase;
const clock = fixedClock('2026-03-01T09:00:00.000Z');
const ids = systemIds(clock);

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('calls at the same time and later ones share a view, until others have pushed it out', async () => {
  const market = createMarket({ db: database.db, clock, wake: silentWake });
  const tenantId = await database.tenant();
  const id = ids.next();
  await market.create(tenantId, id, snapshot({}));
  const [first, twin] = await Promise.all([market.view(tenantId, id), market.view(tenantId, id)]);
  expect(twin).toBe(first);
  expect(await market.view(tenantId, id)).toBe(first);
  for (let i = 0; i < 32; i++) {
    const { id: another } = await market.create(tenantId, ids.next(), snapshot({}));
    await market.view(tenantId, another);
  }
  expect(await market.view(tenantId, id)).not.toBe(first);
});

it('a view prices with what was stored, to the last digit', async () => {
  const market = createMarket({ db: database.db, clock, wake: silentWake });
  const tenantId = await database.tenant();
  const quotes = [{ expiry: expiry(30), strike: 80000, iv: 0.1 + 0.2 }];
  const input = snapshot({
    forwards: [{ expiry: expiry(30), price: 77001.123456789 }],
    volatility: { type: 'quotes', quotes },
  });
  const { id } = await market.create(tenantId, ids.next(), input);
  const view = await market.view(tenantId, id);
  expect(view.underlying('BTC', 'USD')?.pricing(Date.parse(expiry(30)), 80000)).toEqual({
    spot: 77001.123456789,
    time: 30 / 365,
    rate: 0,
    carry: 0,
    vol: 0.1 + 0.2,
  });
});
