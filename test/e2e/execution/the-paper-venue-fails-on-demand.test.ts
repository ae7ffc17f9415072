import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { mishapsOf } from '../../../src/execution/rehearsal.ts';
import { RehearsalSchema, type Rehearsal } from '../../../src/execution/rehearsalModel.ts';
import { paperVenue } from '../../../src/execution/venues/paper.ts';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { createMarket } from '../../../src/market/service.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { MARKET } from '../../support/fixtures.ts';
import { silentWake } from '../../support/wake.ts';
import { inverseOrder } from '../../unit/execution/orders.ts';

const START = '2030-11-01T08:00:00.000Z';
const clock = fixedClock(START);
let database: TestDatabase;
let venue: Venue;
let tenantId: string;
const marketSnapshotId = randomUUID();

beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.tenant();
  const market = createMarket({ db: database.db, clock, wake: silentWake });
  await market.create(tenantId, marketSnapshotId, MarketSnapshotInputSchema.parse(MARKET));
  venue = paperVenue({ db: database.db, clock, market });
});
afterAll(() => database.drop());
beforeEach(() => clock.set(START));

const rehearse = (input: object): Rehearsal => RehearsalSchema.parse(input);

/** An order that the rehearsal does this to. */
function order(rehearsal: Rehearsal, reaches?: boolean): VenueOrder {
  for (;;) {
    const clientOrderId = `b${randomUUID().replaceAll('-', '').slice(0, 25)}`;
    if (reaches === undefined || mishapsOf(rehearsal, clientOrderId).outage?.reaches === reaches)
      return inverseOrder({ tenantId, marketSnapshotId, clientOrderId, rehearsal });
  }
}

const after = (ms: number) => clock.set(new Date(Date.parse(START) + ms));

test('an order is worked for its latency, and fills then', async () => {
  const asked = order(rehearse({ latencyMs: 300 }));
  expect(await venue.submit(asked)).toMatchObject({ status: 'accepted', fills: [] });
  after(299);
  expect(await venue.lookup(asked)).toMatchObject({ status: 'accepted', fills: [] });
  after(300);
  expect(await venue.lookup(asked)).toMatchObject({ status: 'filled', fills: [{ quantity: '50000' }, {}] });
});

test('one that is called off before it fills trades nothing, one that has filled is left as it is', async () => {
  const rehearsal = rehearse({ latencyMs: 300 });
  const [early, late] = [order(rehearsal), order(rehearsal)];
  await Promise.all([venue.submit(early), venue.submit(late)]);
  after(200);
  expect(await venue.cancel(early)).toMatchObject({ status: 'canceled', fills: [] });
  after(400);
  expect(await venue.lookup(early)).toMatchObject({ status: 'canceled', fills: [] });
  expect(await venue.cancel(late)).toMatchObject({ status: 'filled' });
});

test('a rejection is proven by its report', async () => {
  const asked = order(rehearse({ rejectRate: 1, latencyMs: 300 }));
  const report = await venue.submit(asked);
  expect(report).toMatchObject({ status: 'rejected', reason: 'The rehearsal rejects it', fills: [] });
  expect(await venue.lookup(asked)).toEqual(report);
});

const OUTAGE = rehearse({ outageRate: 1, outageMs: 1_000 });

test('in an outage nothing can be learnt of an order; one that has arrived is known after it', async () => {
  const asked = order(OUTAGE, true);
  await expect(venue.submit(asked)).rejects.toThrow('does not answer');
  after(999);
  await expect(venue.lookup(asked)).rejects.toThrow('does not answer');
  await expect(venue.cancel(asked)).rejects.toThrow('does not answer');
  await expect(venue.submit(asked)).rejects.toThrow('does not answer');
  after(1_000);
  const report = await venue.lookup(asked);
  expect(report).toMatchObject({ status: 'filled' });
  expect(await venue.submit(asked)).toEqual(report);
});

test('one that was lost on the way is not known after it, and arrives when it is sent again', async () => {
  const asked = order(OUTAGE, false);
  await expect(venue.submit(asked)).rejects.toThrow('does not answer');
  await expect(venue.lookup(asked)).rejects.toThrow('does not answer');
  after(1_000);
  expect(await venue.lookup(asked)).toBeUndefined();
  expect(await venue.cancel(asked)).toBeUndefined();
  const report = await venue.submit(asked);
  expect(report).toMatchObject({ status: 'filled' });
  expect(await venue.lookup(asked)).toEqual(report);
});
