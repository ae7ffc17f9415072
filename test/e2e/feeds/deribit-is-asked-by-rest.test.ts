import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { instantsOf, startFeedApp, type FeedApp } from '../../support/feeds.ts';
import { startDeribitMarket, type DeribitMarket } from '../../venues/deribitMarket.ts';

// A feed by REST over a local Deribit, and everything that goes wrong on that way: nothing of it is ever stored.

let database: TestDatabase;
let venue: DeribitMarket;
let app: FeedApp;
const FEED = { kind: 'deribit', currencies: ['BTC'], everySeconds: 5 };
const SUMMARY = 'get_book_summary_by_currency';

beforeEach(async () => {
  database = await createTestDatabase();
  venue = await startDeribitMarket();
  app = await startFeedApp(database, { venue });
});
afterEach(async () => {
  await app.stop();
  await venue.close();
  await database.drop();
});

async function create(request: object = FEED): Promise<string> {
  const { body, headers } = await app.api('post', '/v1/market-feeds', request).expect(201);
  expect(headers['location']).toBe(`/v1/market-feeds/${body.id}`);
  return body.id as string;
}

it('it brings the whole chain, and the next on the beat', async () => {
  const id = await create();
  const first = await app.until(id, ({ snapshots }) => snapshots === 1);
  expect(first).toMatchObject({ status: 'active', consecutiveFailures: 0, lastError: null });
  const { body } = await app.api('get', `/v1/market-snapshots/${first.lastSnapshot!.id}`).expect(200);
  const [market] = body.data.underlyings;
  expect(body.asOf).toBe(first.lastSnapshot!.asOf);
  expect(market).toMatchObject({
    underlying: 'BTC',
    spot: { mark: 80_000 },
    perpetual: { symbol: 'deribit:BTC-PERPETUAL', bid: 79_997.5, bidSize: 50_000 },
  });
  expect([market.forwards.length, market.volatility.quotes.length]).toEqual([2, 10]);
  expect(Date.parse(first.nextAt!) - Date.parse(first.createdAt)).toBe(5_000);
});

it.each<[string, () => void, RegExp]>([
  ['half a chain', () => venue.withhold(venue.names().slice(0, 10)), /not whole: 10 of 20 instruments are missing/],
  ['silence', () => venue.rest.fail({ on: SUMMARY, effect: 'none', answer: 'hang' }), /did not answer .*summary/],
  ['a connection that ends', () => venue.rest.fail({ on: 'ticker', effect: 'none', answer: 'drop' }), /did not answer/],
  [
    '429',
    () => venue.rest.fail({ on: SUMMARY, effect: 'none', answer: { status: 429, body: {} } }),
    /limits how often/,
  ],
  [
    '10028',
    () =>
      venue.rest.fail({
        ...{ on: 'get_instruments', effect: 'none' },
        answer: { status: 400, body: { error: { code: 10028, message: 'too_many_requests' } } },
      }),
    /limits how often public\/get_instruments/,
  ],
  [
    'no JSON',
    () => venue.rest.fail({ on: SUMMARY, effect: 'none', answer: { status: 502, body: '', raw: '<html>' } }),
    /status 502 and no JSON/,
  ],
  [
    'half an answer',
    () => venue.rest.fail({ on: SUMMARY, effect: 'none', answer: { status: 200, body: '', raw: '{"result": [{' } }),
    /no JSON/,
  ],
  [
    'another form',
    () => venue.rest.fail({ on: SUMMARY, effect: 'none', answer: { status: 200, body: { result: [{ a: 1 }] } } }),
    /cannot be read: result.0.instrument_name/,
  ],
])('%s is told and nothing stored; the next try brings the chain', async (_, happens, told) => {
  happens();
  const id = await create();
  const failed = await app.until(id, ({ consecutiveFailures }) => consecutiveFailures > 0);
  expect(failed.lastError?.detail).toMatch(told);
  expect(failed).toMatchObject({ snapshots: 0, lastSnapshot: null, status: 'active' });
  expect(await instantsOf(database)).toEqual([]);
  if (String(told).includes('limits')) return; // who is refused keeps away for ten seconds
  venue.withhold([]);
  const well = await app.until(id, ({ snapshots }) => snapshots > 0);
  expect(well).toMatchObject({ consecutiveFailures: 0, lastError: { detail: failed.lastError?.detail } });
  expect(await instantsOf(database)).toEqual([well.lastSnapshot!.asOf]);
});

it('a refusal keeps every feed of the process away', async () => {
  venue.rest.fail({ on: SUMMARY, effect: 'none', answer: { status: 429, body: {} } });
  await app.until(await create(), ({ consecutiveFailures }) => consecutiveFailures > 0);
  const asked = venue.rest.calls.length;
  await create();
  await new Promise((wait) => setTimeout(wait, 500));
  expect(venue.rest.calls).toHaveLength(asked);
});

it('feeds of the same prices are one to the venue', async () => {
  const feeds = await Promise.all([create(), create(), create()]);
  await Promise.all(feeds.map((id) => app.until(id, ({ snapshots }) => snapshots === 1)));
  expect(venue.rest.calls.filter((call) => call.includes(SUMMARY))).toHaveLength(2); // options and futures
});

it('prices that have not moved on are no new snapshot', async () => {
  const id = await create();
  await app.until(id, ({ snapshots }) => snapshots === 1);
  await app.api('post', `/v1/market-feeds/${id}/pause`).expect(200);
  await new Promise((wait) => setTimeout(wait, 1_100)); // answers are shared for a second
  await app.api('post', `/v1/market-feeds/${id}/resume`).expect(200);
  const stale = await app.until(id, ({ consecutiveFailures }) => consecutiveFailures > 0);
  expect(stale.lastError?.detail).toMatch(/nothing later than the last snapshot/);
  venue.move(81_000);
  expect(await app.until(id, ({ snapshots }) => snapshots === 2)).toMatchObject({ consecutiveFailures: 0 });
});

it('prices of the future are none', async () => {
  const [mark_price, estimated_delivery_price] = [80_000, 80_000];
  const row = { instrument_name: 'BTC-PERPETUAL', creation_timestamp: Date.now() + 90_000, mark_price };
  const ahead = { result: [{ ...row, estimated_delivery_price }] };
  venue.rest.fail({ on: SUMMARY, effect: 'none', times: 2, answer: { status: 200, body: ahead } });
  venue.rest.fail({ on: 'get_instruments', effect: 'none', times: 2, answer: { status: 200, body: { result: [] } } });
  const failed = await app.until(await create(), ({ consecutiveFailures }) => consecutiveFailures > 0);
  expect(failed.lastError?.detail).toMatch(/ahead of the clock here/);
  expect(await instantsOf(database)).toEqual([]);
});

it('a currency that Deribit does not have is told in its words', async () => {
  const id = await create({ ...FEED, currencies: ['XYZ'] });
  const failed = await app.until(id, ({ consecutiveFailures }) => consecutiveFailures > 0);
  expect(failed.lastError?.detail).toMatch(/Invalid params/);
});
