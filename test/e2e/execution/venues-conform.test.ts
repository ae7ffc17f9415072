import { afterAll, beforeAll } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import { RehearsalSchema } from '../../../src/execution/rehearsalModel.ts';
import { internalVenue } from '../../../src/execution/venues/internal.ts';
import { paperVenue } from '../../../src/execution/venues/paper.ts';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { createMarket } from '../../../src/market/service.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { fakeVenue } from '../../support/fakeVenue.ts';
import { MARKET } from '../../support/fixtures.ts';
import { venueConforms } from '../../support/venueConformance.ts';
import { inverseOrder } from '../../unit/execution/orders.ts';
import { silentWake } from '../../support/wake.ts';

const clock = fixedClock('2030-11-01T08:00:00Z');
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const market = () => createMarket({ db: database.db, clock, wake: silentWake });

async function order(tenantId: string): Promise<VenueOrder> {
  const marketSnapshotId = randomUUID();
  await market().create(tenantId, marketSnapshotId, MarketSnapshotInputSchema.parse(MARKET));
  return inverseOrder({ tenantId, marketSnapshotId });
}

venueConforms('the paper venue', () => ({
  venue: paperVenue({ db: database.db, clock, market: market() }),
  tenant: () => database.tenant(),
  order,
}));

venueConforms('the paper venue that rejects', () => ({
  venue: paperVenue({ db: database.db, clock, market: market() }),
  tenant: () => database.tenant(),
  order: async (tenantId) => ({ ...(await order(tenantId)), rehearsal: RehearsalSchema.parse({ rejectRate: 1 }) }),
}));

const fake = fakeVenue(({ clientOrderId, quantity }) => [
  {
    ...{ venueOrderId: `fake-${clientOrderId}`, status: 'filled', reason: null },
    fills: [{ tradeId: 't1', quantity, price: '100000', fee: '0', feeCurrency: 'BTC', at: clock.now().toISOString() }],
  },
]);
venueConforms('the fake venue', () => ({ venue: fake, tenant: () => database.tenant(), order }));

const internal = () =>
  internalVenue({
    ...{ db: database.db, clock, ids: systemIds(clock), market: market() },
    control: { lockState: async () => 'active' },
  });
/** Its window closes as it comes. */
const crossing = { venue: 'paper', windowMs: 0, maxQuoteAgeSeconds: undefined, delta: -1, deltaBefore: 1 } as const;
venueConforms('the internal venue, where nobody takes the other side', () => ({
  venue: internal(),
  tenant: () => database.tenant(),
  order: async (tenantId) => ({ ...(await order(tenantId)), crossing }),
}));
venueConforms('the internal venue, where somebody does', () => ({
  venue: internal(),
  tenant: () => database.tenant(),
  async order(tenantId) {
    const asked = { ...(await order(tenantId)), crossing };
    const other = {
      side: asked.side === 'buy' ? ('sell' as const) : ('buy' as const),
      limitPrice: asked.referencePrice,
    };
    const waits = { crossing: { ...crossing, windowMs: 5_000 }, clientOrderId: `b${randomUUID().slice(0, 25)}` };
    await internal().submit({ ...asked, ...other, ...waits });
    return asked;
  },
}));
