import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TradingState } from '../../../src/execution/limitsModel.ts';
import { writeLimits } from '../../../src/execution/controlStore.ts';
import type { CrossingTerms, OrderReport, Venue, VenueOrder } from '../../../src/execution/ports.ts';
import { internalVenue } from '../../../src/execution/venues/internal.ts';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { createMarket } from '../../../src/market/service.ts';
import { fixedClock } from '../../../src/platform/clock.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { MARKET } from '../../support/fixtures.ts';
import { silentWake } from '../../support/wake.ts';
import { spotOrder } from '../../unit/execution/orders.ts';

// Orders as the internal venue is sent them, on a clock that is moved by hand.

const START = '2030-11-01T08:00:10Z';
const clock = fixedClock(START);
const MID = { mark: 100_000, bid: 100_100, ask: 100_300 };
let database: TestDatabase;
let venue: Venue;
let tenantId: string;
let state: TradingState;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  clock.set(START);
  state = 'active';
  tenantId = await database.tenant();
  await quote(MID);
  venue = internalVenue({
    ...{ db: database.db, clock, ids: systemIds(clock), market: market() },
    control: { lockState: async () => state },
  });
});

const market = () => createMarket({ db: database.db, clock, wake: silentWake });

async function quote(spot: object, asOf = MARKET.asOf): Promise<void> {
  const snapshot = { ...MARKET, asOf, underlyings: [{ underlying: 'BTC', spot }] };
  await market().create(tenantId, randomUUID(), MarketSnapshotInputSchema.parse(snapshot));
}

type Asked = Partial<VenueOrder> & { terms_?: Partial<CrossingTerms> };

async function place(side: 'buy' | 'sell', quantity: string, { terms_, ...rest }: Asked = {}): Promise<VenueOrder> {
  const order = spotOrder({
    ...{ tenantId, side, quantity, clientOrderId: `b${randomUUID().replaceAll('-', '').slice(0, 25)}` },
    ...{ limitPrice: side === 'buy' ? '101000' : '99000', validUntil: new Date('2030-11-01T08:10:00Z') },
    crossing: { venue: 'paper', windowMs: 2_000, maxQuoteAgeSeconds: undefined, delta: -1, deltaBefore: 1, ...terms_ },
    ...rest,
  });
  expect(await venue.submit(order)).toMatchObject({ status: 'accepted', fills: [] });
  return order;
}

/** What became of them once their windows have closed: status and quantity that was crossed. */
async function closed(...orders: VenueOrder[]): Promise<[OrderReport['status'], number][]> {
  clock.set(clock.now().getTime() > Date.parse(START) ? clock.now() : '2030-11-01T08:00:12Z');
  const reports: OrderReport[] = [];
  for (const order of orders) reports.push((await venue.lookup(order))!);
  return reports.map(({ status, fills }) => [status, fills.reduce((sum, fill) => sum + Number(fill.quantity), 0)]);
}

test('an order rests until its window closes, and is then crossed at the middle, without a fee', async () => {
  const [buyer, seller] = [await place('buy', '3'), await place('sell', '3')];
  clock.set('2030-11-01T08:00:11.999Z');
  expect(await venue.lookup(buyer)).toMatchObject({ status: 'accepted', restsUntil: new Date('2030-11-01T08:00:12Z') });
  clock.set('2030-11-01T08:00:12Z');
  expect(await venue.lookup(seller)).toMatchObject({
    ...{ status: 'filled', fills: [{ quantity: '3', price: '100200', fee: '0', feeCurrency: 'USD' }] },
  });
  expect(await venue.lookup(buyer)).toMatchObject({ status: 'filled', fills: [{ quantity: '3', price: '100200' }] });
});

test('where there is no quote on both sides the mark is the price', async () => {
  await quote({ mark: 99_900, bid: 99_800 }, '2030-11-01T08:00:01Z');
  const [buyer] = [await place('buy', '1'), await place('sell', '1')];
  await closed(buyer);
  expect(await venue.lookup(buyer)).toMatchObject({ fills: [{ price: '99900' }] });
});

test('the smaller side is done whole, the larger one pro rata in lots, the remainder by order id', async () => {
  const sellers = [
    await place('sell', '1', { clientOrderId: `b0${randomUUID()}`.slice(0, 26) }),
    await place('sell', '1', { clientOrderId: `b1${randomUUID()}`.slice(0, 26) }),
    await place('sell', '1', { clientOrderId: `b2${randomUUID()}`.slice(0, 26) }),
  ];
  const buyer = await place('buy', '1');
  expect(await closed(buyer, ...sellers)).toEqual([
    ['filled', 1],
    ['canceled', 0.4],
    ['canceled', 0.3],
    ['canceled', 0.3],
  ]);
});

test('an order that is not closed yet stays open with what is left, for those that come later', async () => {
  const early = await place('buy', '1');
  clock.set('2030-11-01T08:00:11Z');
  const late = await place('sell', '3');
  clock.set('2030-11-01T08:00:12Z');
  expect(await venue.lookup(early)).toMatchObject({ status: 'filled' });
  expect(await venue.lookup(late)).toMatchObject({ status: 'partially_filled', fills: [{ quantity: '1' }] });
  const third = await place('buy', '1.5');
  clock.set('2030-11-01T08:00:13Z');
  expect(await closed(late, third)).toEqual([
    ['canceled', 2.5],
    ['filled', 1.5],
  ]);
});

test.each<[string, Asked]>([
  ['in another account', { accountId: randomUUID() }],
  ['that goes on to another venue', { terms_: { venue: 'okx' } }],
  ['in another instrument', { symbol: 'spot:ETH/USD', terms: { kind: 'spot', underlying: 'ETH', quote: 'USD' } }],
])('an order %s is not crossed with', async (_what, other) => {
  const [buyer, seller] = [await place('buy', '1'), await place('sell', '1', other)];
  expect(await closed(buyer, seller)).toEqual([
    ['canceled', 0],
    ['canceled', 0],
  ]);
});

test('orders of one account at one venue are crossed with each other', async () => {
  const own = { accountId: randomUUID(), terms_: { venue: 'deribit' } } as const;
  const [buyer, seller] = [await place('buy', '1', own), await place('sell', '1', own)];
  expect(await closed(buyer, seller)).toEqual([
    ['filled', 1],
    ['filled', 1],
  ]);
});

test.each<[string, Asked, string]>([
  ['whose limit does not allow the middle', { limitPrice: '100199.5' }, 'is beyond its limit'],
  ['that was to be done before', { validUntil: new Date('2030-11-01T08:00:11Z') }, 'not to be crossed after'],
  ['that asks for younger prices', { terms_: { maxQuoteAgeSeconds: 11 } }, 'The latest quote is 12 s old'],
])('an order %s takes no part, and the others are crossed without it', async (_what, rest, reason) => {
  const left = await place('buy', '5', rest);
  const [buyer, seller] = [await place('buy', '1'), await place('sell', '2')];
  expect(await closed(left, buyer, seller)).toEqual([
    ['canceled', 0],
    ['filled', 1],
    ['canceled', 1],
  ]);
  expect((await venue.lookup(left))!.reason).toContain(reason);
});

test("the tenant's own limit on the age of prices counts as well", async () => {
  await database.db.tenant(tenantId, (tx) => writeLimits(tx, tenantId, { maxQuoteAgeSeconds: 5 }, clock.now()));
  expect(await closed(await place('buy', '1'), await place('sell', '1'))).toEqual([
    ['canceled', 0],
    ['canceled', 0],
  ]);
});

test('nothing is crossed while trading is halted', async () => {
  const [buyer, seller] = [await place('buy', '1'), await place('sell', '1')];
  state = 'halted';
  expect(await closed(buyer, seller)).toEqual([
    ['canceled', 0],
    ['canceled', 0],
  ]);
  state = 'active';
  expect(await venue.lookup(buyer)).toMatchObject({ status: 'canceled', reason: 'Trading is halted' });
});

test('a called off order is not crossed, and what it had is kept', async () => {
  const [buyer, seller] = [await place('buy', '1'), await place('sell', '1')];
  expect(await venue.cancel(buyer)).toMatchObject({ status: 'canceled' });
  expect(await closed(buyer, seller)).toEqual([
    ['canceled', 0],
    ['canceled', 0],
  ]);
});

test('orders in different lots are crossed in lots that suit them all', async () => {
  const [buyer, seller] = [await place('buy', '1', { lotSize: '0.4' }), await place('sell', '3', { lotSize: '0.3' })];
  expect(await closed(buyer, seller)).toEqual([
    ['canceled', 0],
    ['canceled', 0],
  ]);
  const more = [await place('buy', '4', { lotSize: '0.4' }), await place('sell', '3', { lotSize: '0.3' })];
  clock.set('2030-11-01T08:00:15Z');
  expect(await closed(...more)).toEqual([
    ['canceled', 2.4],
    ['canceled', 2.4],
  ]);
});

test('looked at by many at once, what was open is crossed once', async () => {
  const orders = await Promise.all([
    ...Array.from({ length: 4 }, () => place('buy', '1')),
    ...Array.from({ length: 3 }, () => place('sell', '1')),
  ]);
  clock.set('2030-11-01T08:00:12Z');
  await Promise.all([...orders, ...orders].map((order) => venue.lookup(order)));
  const ends = await closed(...orders);
  const sum = (part: typeof ends) => part.reduce((total, [, crossed]) => total + crossed, 0);
  expect(sum(ends.slice(0, 4))).toBeCloseTo(3, 12);
  expect(ends.slice(4)).toEqual(Array(3).fill(['filled', 1]));
  const rows = await database.db.tenant(tenantId, (tx) => tx.query('SELECT id FROM crossing'));
  expect(rows).toHaveLength(1);
});
