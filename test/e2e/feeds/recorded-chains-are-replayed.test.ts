import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { instantsOf, startFeedApp, type FeedApp } from '../../support/feeds.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/data/deribit_history');
const RECORDING = 'chain6h_20260515_20260626_btc';
const FEED = { kind: 'replay', recording: RECORDING, speed: 1e9 };

let database: TestDatabase;
let app: FeedApp;

beforeEach(async () => {
  database = await createTestDatabase();
  app = await startFeedApp(database, { recordings: FOLDER });
});
afterEach(async () => {
  await app.stop();
  await database.drop();
});

async function create(request: object = FEED): Promise<string> {
  return (await app.api('post', '/v1/market-feeds', request).expect(201)).body.id as string;
}

describe.skipIf(!existsSync(FOLDER))('a replay of a 26 % fall', () => {
  const rows = () =>
    parse(gunzipSync(readFileSync(join(FOLDER, `${RECORDING}.csv.gz`))), { columns: true }) as Record<string, string>[];

  it('brings every recorded chain once, in order, and comes to its end', async () => {
    const id = await create();
    const feed = await app.until(id, ({ status }) => status === 'finished');
    const recorded = [...new Set(rows().map((row) => new Date(Number(row['timestamp_ms'])).toISOString()))];
    expect(await instantsOf(database)).toEqual(recorded);
    expect(feed).toMatchObject({
      snapshots: 166,
      nextAt: null,
      lastError: null,
      lastSnapshot: { asOf: recorded.at(-1) },
    });
  });

  it('a snapshot has what was recorded: volatilities, forwards, the middle index', async () => {
    const id = await create({ ...FEED, to: '2026-05-15T08:00:00Z' });
    const { lastSnapshot, snapshots } = await app.until(id, ({ status }) => status === 'finished');
    expect(snapshots).toBe(1);
    const { body } = await app.api('get', `/v1/market-snapshots/${lastSnapshot!.id}`).expect(200);
    const first = rows().filter((row) => row['timestamp_ms'] === '1778827134460');
    const [market] = body.data.underlyings;
    expect(body).toMatchObject({ asOf: '2026-05-15T06:38:54.460Z', source: `replay ${RECORDING}` });
    expect(market.perpetual).toBeUndefined();
    // Rows of one expiry were read over minutes, and the first of them tells its forward.
    const forwards = new Map<string, number>();
    for (const row of first.toReversed())
      forwards.set(row['instrument_name']!.split('-')[1]!, Number(row['underlying_price']));
    expect(new Set(market.forwards.map(({ price }: { price: number }) => price))).toEqual(new Set(forwards.values()));
    const indices = first.map((row) => Number(row['index_price'])).sort((a, b) => a - b);
    expect(market.spot.mark).toBe(indices[72]);
    const vols = new Map<string, number>();
    for (const { expiry, strike, iv } of market.volatility.quotes) vols.set(`${expiry.slice(8, 10)} ${strike}`, iv);
    let compared = 0;
    for (const row of first) {
      const [, date, strike, type] = row['instrument_name']!.split('-');
      if ((type === 'C') !== Number(strike) >= forwards.get(date!)!) continue; // the out-of-the-money option is taken
      expect(vols.get(`${date!.slice(0, 2)} ${strike}`)).toBeCloseTo(Number(row['mark_iv']) / 100, 6);
      compared += 1;
    }
    expect(compared).toBe(72);
  });

  it('a stretch of it, with a perpetual at the index where one is asked for', async () => {
    const stretch = { from: '2026-06-01T00:00:00Z', to: '2026-06-02T23:59:59Z', perpetualAtIndex: true };
    const id = await create({ ...FEED, ...stretch });
    const { lastSnapshot } = await app.until(id, ({ status }) => status === 'finished');
    const instants = await instantsOf(database);
    expect(instants.length).toBeGreaterThan(4);
    expect(instants.every((at) => at >= '2026-06-01' && at < '2026-06-03')).toBe(true);
    const { body } = await app.api('get', `/v1/market-snapshots/${lastSnapshot!.id}`).expect(200);
    const { spot, perpetual } = body.data.underlyings[0];
    expect(perpetual).toEqual({ mark: spot.mark, bid: spot.mark, ask: spot.mark, symbol: 'deribit:BTC-PERPETUAL' });
  });

  it('at a speed chains come as far apart as they were recorded', async () => {
    const id = await create({ ...FEED, speed: 50_000 }); // about 6 h: 0.43 s
    const { snapshots, lastSnapshot, nextAt } = await app.until(id, (feed) => feed.snapshots === 3);
    const recorded = (await instantsOf(database)).map(Date.parse);
    const waits = (Date.parse(nextAt!) - Date.parse(lastSnapshot!.createdAt)) * 50_000;
    const following = [...new Set(rows().map((row) => Number(row['timestamp_ms'])))][snapshots]!;
    expect(Math.abs(waits - (following - recorded.at(-1)!))).toBeLessThan(50_000 * 100);
  });

  it('a replay that was paused goes on where it was, and none comes meanwhile', async () => {
    const id = await create({ ...FEED, speed: 200_000, to: '2026-05-18T00:00:00Z' });
    await app.until(id, ({ snapshots }) => snapshots >= 2);
    const paused = (await app.api('post', `/v1/market-feeds/${id}/pause`).expect(200)).body;
    expect(paused).toMatchObject({ status: 'paused', nextAt: null });
    await new Promise((wait) => setTimeout(wait, 400));
    expect(await instantsOf(database)).toHaveLength(paused.snapshots);
    await app.api('post', `/v1/market-feeds/${id}/resume`).expect(200);
    await app.until(id, ({ status }) => status === 'finished');
    const instants = await instantsOf(database);
    expect(instants).toEqual([...new Set(instants)].sort());
    const recorded = new Set(rows().map((row) => Number(row['timestamp_ms'])));
    const until = Date.parse('2026-05-18T00:00:00Z');
    expect(instants).toHaveLength([...recorded].filter((atMs) => atMs <= until).length);
    const { body } = await app.api('post', `/v1/market-feeds/${id}/resume`).expect(409);
    expect(body.detail).toBe('The replay has come to its end');
  });

  it('a stretch without a chain ends at once', async () => {
    const id = await create({ ...FEED, from: '2027-01-01T00:00:00Z' });
    expect(await app.until(id, ({ status }) => status === 'finished')).toMatchObject({
      snapshots: 0,
      lastSnapshot: null,
    });
  });
});
