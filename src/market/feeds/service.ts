import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Loop } from '../../platform/loop.ts';
import { pageOf, type Page, type PageRequest } from '../../platform/pagination.ts';
import { notFound, Problem, rejectFaults, type Fault } from '../../platform/problem.ts';
import type { Wake } from '../../platform/wake.ts';
import { deribitHttp, type DeribitHttpOptions } from '../deribitHttp.ts';
import { deribitRest } from './deribitRest.ts';
import { sharedDeribit } from './deribitShared.ts';
import type { SocketOptions } from './deribitSocket.ts';
import { deribitWebsocket, openDeribitStreams } from './deribitWebsocket.ts';
import type { Feed, FeedInput } from './model.ts';
import type { FeedSource } from './ports.ts';
import { openRecordings } from './recording.ts';
import { replay } from './replay.ts';
import { startRunner } from './runner.ts';
import * as store from './store.ts';

export interface FeedDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  log: Logger;
  /** The folder of recordings; undefined where none are kept. */
  recordings: string | undefined;
  onError: (error: unknown) => void;
  /** Where Deribit is, when not at its own address, and how long it may take. */
  deribit?: { http?: DeribitHttpOptions; socket?: SocketOptions };
}

/** Deribit's public API at an origin such as `https://test.deribit.com`. */
export function deribitAt(origin: string): FeedDeps['deribit'] {
  const { href } = new URL('/', origin);
  return { http: { baseUrl: `${href}api/v2` }, socket: { url: `${href.replace(/^http/, 'ws')}ws/api/v2` } };
}

export type Feeds = ReturnType<typeof createFeeds>;

/** A tenant's feeds that have not come to their end. */
const MOST_FEEDS = 20;

/** What brings market snapshots by itself. `runner.ts` does what the feeds do. */
export function createFeeds({ recordings: folder, deribit = {}, ...deps }: FeedDeps) {
  const { db, clock, log } = deps;
  const recordings = openRecordings(folder);
  let runner: Loop | undefined;

  const get = async (tenantId: string, id: string): Promise<Feed> => {
    const row = await db.tenant(tenantId, (tx) => store.findFeed(tx, tenantId, id));
    if (!row) throw notFound('market feed', id);
    return store.feedOf(row);
  };

  const setStatus = async (tenantId: string, id: string, status: 'active' | 'paused'): Promise<Feed> => {
    await db.tenant(tenantId, (tx) => store.setStatus(tx, tenantId, id, status, clock.now()));
    const feed = await get(tenantId, id);
    if (feed.status === 'finished') throw new Problem('conflict', 'The replay has come to its end');
    runner?.kick();
    return feed;
  };

  const faultsOf = async (input: FeedInput): Promise<Fault[]> => {
    if (input.kind !== 'replay' || (await recordings.has(input.recording))) return [];
    return [{ pointer: '/recording', code: 'unknown_recording', detail: `There is no recording ${input.recording}` }];
  };

  return {
    get,

    async list(tenantId: string, page: PageRequest): Promise<Page<Feed>> {
      const rows = await db.tenant(tenantId, (tx) => store.listFeeds(tx, tenantId, page));
      return pageOf(rows.map(store.feedOf), page.limit, ({ id }) => id);
    },

    /** Begins to bring snapshots. A second call with the same id answers the feed of the first. */
    async create(tenantId: string, id: string, input: FeedInput): Promise<Feed> {
      rejectFaults(await faultsOf(input));
      await db.tenant(tenantId, async (tx) => {
        if ((await store.countOthers(tx, tenantId, id)) >= MOST_FEEDS)
          throw new Problem('conflict', `There are ${MOST_FEEDS} feeds already; delete one`);
        await store.insertFeed(tx, tenantId, id, input, clock.now());
      });
      runner?.kick();
      return get(tenantId, id);
    },

    /** Once this has answered, it writes nothing more. */
    pause: (tenantId: string, id: string): Promise<Feed> => setStatus(tenantId, id, 'paused'),
    /** A replay goes on after its last snapshot. */
    resume: (tenantId: string, id: string): Promise<Feed> => setStatus(tenantId, id, 'active'),

    /** The snapshots that it brought remain. */
    async remove(tenantId: string, id: string): Promise<void> {
      await db.tenant(tenantId, async (tx) => {
        if (!(await store.deleteFeed(tx, tenantId, id, clock.now()))) throw notFound('market feed', id);
      });
      runner?.kick();
    },

    /** Runs the feeds that this process can get hold of. */
    start(): Loop[] {
      const http = deribitHttp(deribit.http);
      const api = sharedDeribit(http, clock);
      const streams = openDeribitStreams({ clock, log, socket: deribit.socket });
      const open = (request: FeedInput): FeedSource => {
        if (request.kind === 'replay') return replay(recordings, request);
        return request.transport === 'rest'
          ? deribitRest(api, request, clock)
          : deribitWebsocket(streams, request, clock);
      };
      const started = startRunner({ ...deps, open });
      runner = started;
      return [{ kick: started.kick, stop: async () => (await started.stop(), await http.close()) }];
    },
  };
}
