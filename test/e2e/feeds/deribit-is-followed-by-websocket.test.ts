import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { instantsOf, startFeedApp, type FeedApp } from '../../support/feeds.ts';
import { startDeribitMarket, type DeribitMarket } from '../../venues/deribitMarket.ts';

// A feed by websocket over a local Deribit: what it gathers, and what it does about connections that fail.

let database: TestDatabase;
let venue: DeribitMarket;
let app: FeedApp;
let moving: NodeJS.Timeout;
const FEED = { kind: 'deribit', currencies: ['BTC'], transport: 'websocket', everySeconds: 1 };

beforeEach(async () => {
  database = await createTestDatabase();
  venue = await startDeribitMarket();
  app = await startFeedApp(database, { venue });
  let index = 80_000;
  moving = setInterval(() => venue.move((index += 10)), 100);
});
afterEach(async () => {
  clearInterval(moving);
  await app.stop();
  await venue.close();
  await database.drop();
});

async function create(request: object = FEED): Promise<string> {
  return (await app.api('post', '/v1/market-feeds', request).expect(201)).body.id as string;
}

it('the latest tickers are gathered on the beat, each under its own instant', async () => {
  const id = await create();
  const quiet = venue.names().slice(0, 2); // call and put of one strike
  const first = await app.until(id, ({ snapshots }) => snapshots === 1);
  expect(first).toMatchObject({ consecutiveFailures: 0, lastError: null, lastSnapshot: { leftOut: 0 } });
  venue.withhold(quiet); // no ticks of them any more: their last ones are used, under their own instants
  const { lastSnapshot } = await app.until(id, ({ snapshots }) => snapshots === 3);
  const { body } = await app.api('get', `/v1/market-snapshots/${lastSnapshot!.id}`).expect(200);
  const [market] = body.data.underlyings;
  expect(market).toMatchObject({ underlying: 'BTC', perpetual: { symbol: 'deribit:BTC-PERPETUAL', askSize: 40_000 } });
  expect([market.forwards.length, market.volatility.quotes.length]).toEqual([2, 10]);
  expect(body.underlyings[0].staleness.perpetual).toBeLessThan(0.5); // prices may be on their way
  const { asOf } = market.volatility.quotes[0];
  expect(Date.parse(asOf)).toBeLessThan(Date.parse(body.asOf) - 500);
  expect(body.underlyings[0].staleness.volatility).toBeCloseTo((Date.parse(body.asOf) - Date.parse(asOf)) / 1_000, 3);
  const instants = (await instantsOf(database)).map(Date.parse);
  expect(instants[1]! - instants[0]!).toBeGreaterThan(500);
});

it('feeds of one currency share a connection, which ends with the last of them', async () => {
  const [one, two] = await Promise.all([create(), create()]);
  await Promise.all([one!, two!].map((id) => app.until(id, ({ snapshots }) => snapshots === 1)));
  expect(venue.sessions()).toBe(1);
  await app.api('delete', `/v1/market-feeds/${one}`).expect(204);
  const { snapshots } = await app.until(two!, () => true);
  await app.until(two!, (feed) => feed.snapshots > snapshots);
  await app.api('post', `/v1/market-feeds/${two}/pause`).expect(200);
  await untilTrue(() => venue.sessions() === 0);
});

it('heartbeats are asked for, and test requests answered', async () => {
  await app.until(await create(), ({ snapshots }) => snapshots === 2);
  expect(venue.calls.slice(0, 2)).toEqual(['public/set_heartbeat', 'public/subscribe']);
  expect(venue.tested.answered).toBeGreaterThan(5);
  expect(venue.tested.missed).toBe(0);
});

it('a connection that drops is made anew, and nothing of the old one is used', async () => {
  const id = await create();
  await app.until(id, ({ snapshots }) => snapshots === 1);
  const missing = venue.names()[3]!;
  venue.withhold([missing]);
  venue.drop();
  // Of the old connection there was a tick of everything.
  await untilTrue(() => venue.sessions() === 1);
  const known = await instantsOf(database);
  await new Promise((wait) => setTimeout(wait, 2_000));
  expect(await instantsOf(database)).toEqual(known);
  venue.withhold([]);
  const well = await app.until(id, ({ snapshots }) => snapshots > known.length);
  expect(well.consecutiveFailures).toBe(0);
});

it.each<[string, () => void, () => void, RegExp]>([
  ['half a chain', () => venue.withhold(venue.names().slice(0, 10)), () => venue.withhold([]), /not whole: 10 of 22/],
  ['a channel that is refused', () => venue.refuse('60000-P'), () => venue.refuse(undefined), /did not subscribe/],
  ['no answer', () => venue.mute(true), () => venue.mute(false), /did not answer public\/set_heartbeat/],
])('%s is told, and nothing stored until it is whole', { timeout: 40_000 }, async (_, spoil, mend, told) => {
  spoil();
  const id = await create();
  const failed = await app.until(id, ({ consecutiveFailures }) => consecutiveFailures > 0);
  expect(failed.lastError?.detail).toMatch(told);
  expect(await instantsOf(database)).toEqual([]);
  mend();
  expect(await app.until(id, ({ snapshots }) => snapshots > 0)).toMatchObject({ consecutiveFailures: 0 });
});

it.each([
  '{"jsonrpc": "2.0", "met',
  '[]',
  '{"method": "subscription", "params": {"channel": "ticker.BTC-PERPETUAL.100ms", "data": {}}}',
])('a message that cannot be read ends the connection: %s', async (text) => {
  const id = await create();
  await app.until(id, ({ snapshots }) => snapshots === 1);
  const calls = venue.calls.length;
  venue.say(text);
  const { snapshots } = await app.until(id, () => true);
  await app.until(id, (feed) => feed.snapshots > snapshots + 1);
  expect(venue.calls.slice(calls).filter((method) => method === 'public/set_heartbeat')).toHaveLength(1);
});

it('what is listed anew is followed, and what is taken off is left', async () => {
  const id = await create();
  await app.until(id, ({ snapshots }) => snapshots === 1);
  venue.list(75_000);
  venue.delist(venue.names().find((name) => name.endsWith('60000-C'))!);
  venue.delist(venue.names().find((name) => name.endsWith('60000-P'))!);
  const strikes = async () => {
    const { lastSnapshot } = await app.until(id, () => true);
    const { body } = await app.api('get', `/v1/market-snapshots/${lastSnapshot!.id}`).expect(200);
    const { quotes } = body.data.underlyings[0].volatility as { quotes: { strike: number; expiry: string }[] };
    return quotes.filter(({ expiry }) => expiry === quotes[0]!.expiry).map(({ strike }) => strike);
  };
  for (let i = 0; i < 200 && (await strikes())[0] === 60_000; i++) await new Promise((wait) => setTimeout(wait, 50));
  expect(await strikes()).toEqual([70_000, 75_000, 80_000, 90_000, 100_000]);
});

async function untilTrue(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !isTrue(); i++) await new Promise((wait) => setTimeout(wait, 20));
  expect(isTrue()).toBe(true);
}
