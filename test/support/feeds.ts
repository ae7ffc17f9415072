import { pino } from 'pino';
import supertest from 'supertest';
import { createAccounts } from '../../src/accounts/service.ts';
import { feedRoutes } from '../../src/market/feeds/routes.ts';
import type { Feed } from '../../src/market/feeds/model.ts';
import { createFeeds, type FeedDeps } from '../../src/market/feeds/service.ts';
import { marketRoutes } from '../../src/market/routes.ts';
import { createMarket } from '../../src/market/service.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { createHttp, jsonSerializer, zodValidator } from '../../src/platform/http.ts';
import { systemIds } from '../../src/platform/ids.ts';
import type { Loop } from '../../src/platform/loop.ts';
import type { DeribitMarket } from '../venues/deribitMarket.ts';
import type { TestDatabase } from './database.ts';
import { silentWake } from './wake.ts';

const KEY = 'blst_test_key_of_the_first_tenant_00000000000';

export interface FeedApp {
  api(method: 'get' | 'post' | 'delete', path: string, body?: object): supertest.Test;
  /** Asks for the feed until it is as wanted. */
  until(id: string, isWanted: (feed: Feed) => boolean): Promise<Feed>;
  stop(): Promise<void>;
}

/** A clock that can be moved on, for beats and for leases that end; whoever sleeps on it looks at it again then. */
export function movedClock(): Clock & { moveOn(ms: number): void } {
  let offsetMs = 0;
  let moved = new AbortController();
  return {
    ...systemClock,
    now: () => new Date(Date.now() + offsetMs),
    sleep: (ms, signal) => systemClock.sleep(ms, signal ? AbortSignal.any([signal, moved.signal]) : moved.signal),
    moveOn(ms) {
      offsetMs += ms;
      moved.abort();
      moved = new AbortController();
    },
  };
}

export function feedWorker(database: TestDatabase, parts: Partial<FeedDeps> & { venue?: DeribitMarket } = {}) {
  const { venue, clock = systemClock, ...rest } = parts;
  const deribit = venue && {
    http: { baseUrl: venue.restUrl, timeoutMs: 400 },
    socket: { url: venue.socketUrl, timeoutMs: 1_000 },
  };
  return createFeeds({
    ...{ db: database.db, clock, ids: systemIds(clock), wake: silentWake, log: pino({ level: 'silent' }) },
    ...{ recordings: undefined, onError: (error) => console.error(error), deribit, ...rest },
  });
}

/** The feeds over HTTP, as one process runs them. */
export async function startFeedApp(
  database: TestDatabase,
  parts: Parameters<typeof feedWorker>[1] = {},
): Promise<FeedApp> {
  const { clock = systemClock } = parts;
  const { db } = database;
  const ids = systemIds(clock);
  const accounts = createAccounts({ db, clock, ids });
  await accounts.bootstrap(KEY);
  const feeds = feedWorker(database, parts);
  const http = createHttp(pino({ level: 'silent' }), ids, accounts.authenticate);
  http.setValidatorCompiler(zodValidator);
  http.setSerializerCompiler(jsonSerializer);
  await http.register(feedRoutes(feeds));
  await http.register(marketRoutes(createMarket({ db, clock, wake: silentWake })));
  await http.ready();
  const loops: Loop[] = feeds.start();
  const api: FeedApp['api'] = (method, path, body) => {
    const call = supertest(http.server)[method](path).set('authorization', `Bearer ${KEY}`);
    return body ? call.send(body) : call;
  };
  return {
    api,
    async until(id, isWanted) {
      let last: Feed | undefined;
      for (let i = 0; i < 1_000; i++) {
        last = (await api('get', `/v1/market-feeds/${id}`).expect(200)).body as Feed;
        if (isWanted(last)) return last;
        await new Promise((wait) => setTimeout(wait, 20));
      }
      throw new Error(`the feed did not become what was wanted: ${JSON.stringify(last)}`);
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await http.close();
    },
  };
}

/** What a tenant's snapshots are of, in the order in which they were written. */
export async function instantsOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.db.system((tx) =>
    tx.query<{ as_of: string }>('SELECT as_of FROM market_snapshot ORDER BY id'),
  );
  return rows.map((row) => row.as_of);
}
