import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMarket, type Market } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { systemIds, type Ids } from '../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { expiry, snapshot } from '../unit/market/snapshots.ts';
import { silentWake } from '../support/wake.ts';

let database: TestDatabase;
let market: Market;
let ids: Ids;
const clock = fixedClock('2026-03-01T08:00:05.000Z');

beforeAll(async () => {
  database = await createTestDatabase();
  market = createMarket({ db: database.db, clock, wake: silentWake });
  ids = systemIds(clock);
});
afterAll(() => database.drop());

const BOOK = {
  spot: { mark: 76735.99, asOf: '2026-03-01T07:59:58.500Z' },
  forwards: [
    { expiry: expiry(30), price: 77001.5 },
    { expiry: expiry(60), price: 77420 },
  ],
  volatility: {
    type: 'quotes',
    quotes: [
      { expiry: expiry(60), strike: 80000, iv: 0.1 + 0.2 },
      { expiry: expiry(90), strike: 80000, iv: 0.5 },
    ],
  },
};

it('a snapshot comes back as it was given, with its summary', async () => {
  const tenantId = await database.tenant();
  const id = ids.next();
  const input = snapshot(BOOK);
  const created = await market.create(tenantId, id, input);
  expect(created).toEqual({
    id,
    asOf: '2026-03-01T08:00:00.000Z',
    source: 'test',
    createdAt: '2026-03-01T08:00:05.000Z',
    underlyings: [
      {
        underlying: 'BTC',
        quote: 'USD',
        spot: '76735.99',
        expiries: 3,
        staleness: { spot: 1.5, perpetual: null, forwards: 0, volatility: 0 },
      },
    ],
    data: input,
  });
  expect(await market.get(tenantId, id)).toEqual(created);
});

it('a second try under the same id meets the first', async () => {
  const tenantId = await database.tenant();
  const id = ids.next();
  const first = await market.create(tenantId, id, snapshot(BOOK));
  clock.set('2026-03-01T09:00:00.000Z');
  expect(await market.create(tenantId, id, snapshot({ spot: { mark: 1 } }))).toEqual(first);
});

it('a faulty one is refused with every fault, and nothing is kept', async () => {
  const tenantId = await database.tenant();
  const faulty = snapshot({
    forwards: [
      { expiry: expiry(-1), price: 1 },
      { expiry: expiry(-1), price: 1 },
    ],
  });
  await expect(market.create(tenantId, ids.next(), faulty)).rejects.toMatchObject({
    code: 'validation_failed',
    faults: [
      { pointer: '/underlyings/0/forwards/0/expiry', code: 'expired' },
      { pointer: '/underlyings/0/forwards/1/expiry', code: 'expired' },
      { pointer: '/underlyings/0/forwards/1', code: 'duplicate' },
    ],
  });
  expect(await market.latestId(tenantId)).toBeUndefined();
});

it('one that does not exist is not found', async () => {
  const tenantId = await database.tenant();
  const id = ids.next();
  await expect(market.get(tenantId, id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(market.view(tenantId, id)).rejects.toMatchObject({ code: 'not_found' });
  await market.create(tenantId, id, snapshot(BOOK));
  expect((await market.view(tenantId, id)).id).toBe(id); // the failure was not remembered
});
