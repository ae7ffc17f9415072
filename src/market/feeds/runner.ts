import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Ids } from '../../platform/ids.ts';
import { startLoop, type Loop } from '../../platform/loop.ts';
import { Problem, rejectFaults } from '../../platform/problem.ts';
import type { Wake } from '../../platform/wake.ts';
import { VenueError } from '../ports.ts';
import { insertSnapshot } from '../store.ts';
import { summarise } from '../summary.ts';
import { snapshotFaults } from '../validate.ts';
import type { FeedInput } from './model.ts';
import type { FeedSource, Observation } from './ports.ts';
import * as store from './store.ts';

export interface RunnerDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  log: Logger;
  open(request: FeedInput): FeedSource;
  onError: (error: unknown) => void;
}

/** For feeds that came, went, or lost their owner elsewhere; those of this process are told at once. */
const POLL_MS = 1_000;
/** Taken over at each look, so that the feeds of many workers spread. */
const CLAIM = 20;
const LEAST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 300_000;
/** Timers do not take more than 24 days. */
const LONGEST_SLEEP_MS = 3_600_000;
const MOST_DETAIL = 500;

/** A feed that this process owns, under way. */
interface Run {
  fence: string;
  stopping: AbortController;
  ended: Promise<void>;
}

/**
 * Runs the feeds that this process owns, each on its own. A snapshot is written in one transaction with how far its feed has come, by the
 * number of the ownership: what a worker writes that was thought dead, or of a feed that was paused, is not written at all.
 */
export function startRunner(deps: RunnerDeps): Loop {
  const { db, clock, ids } = deps;
  const owner = ids.next();
  const runs = new Map<string, Run>();
  /** Until they have let go of what they hold: nobody waits for that but who stops. */
  const ending = new Set<Promise<void>>();

  const end = (id: string, { stopping, ended }: Run): void => {
    stopping.abort();
    runs.delete(id);
    ending.add(ended);
    void ended.then(() => ending.delete(ended));
  };

  const begin = (feed: store.Owned): void => {
    const stopping = new AbortController();
    const ended = runFeed(deps, owner, feed, stopping.signal).catch(deps.onError);
    const run = { fence: feed.fence, stopping, ended };
    runs.set(feed.id, run);
    // What ended by itself and is still owned is begun again at the next look, from what is written.
    void ended.then(() => runs.get(feed.id) === run && runs.delete(feed.id));
  };

  const step = async (): Promise<boolean> => {
    const owned = await db.system((tx) => store.hold(tx, owner, CLAIM));
    const feeds = new Map(owned.map((feed) => [feed.id, feed]));
    for (const [id, run] of runs) if (feeds.get(id)?.fence !== run.fence) end(id, run);
    for (const feed of feeds.values()) if (!runs.has(feed.id)) begin(feed);
    return false;
  };

  const loop = startLoop(clock, POLL_MS, step, deps.onError);
  return {
    kick: loop.kick,
    async stop() {
      await loop.stop();
      for (const [id, run] of runs) end(id, run);
      await Promise.all(ending);
      await db.system((tx) => store.release(tx, owner));
    },
  };
}

/** Until the signal aborts, the feed ends, or another owns it. */
async function runFeed(deps: RunnerDeps, owner: string, feed: store.Owned, signal: AbortSignal): Promise<void> {
  const { db, clock, ids, wake, log } = deps;
  const { id, tenant_id: tenantId, fence } = feed;
  const fenced = { id, owner, fence };
  const source = deps.open(feed.request);
  let after = feed.last_as_of === null ? undefined : new Date(feed.last_as_of);
  let dueMs = Date.parse(feed.due_at);
  let { failures } = feed;

  const write = async ({ snapshot, leftOut, waitMs }: Observation): Promise<boolean> => {
    rejectFaults(snapshotFaults(snapshot), 'The snapshot is faulty');
    const now = clock.now();
    if (waitMs !== undefined) dueMs = nextDue(dueMs, waitMs, now.getTime());
    const last = { id: ids.next(), asOf: snapshot.asOf, createdAt: now.toISOString(), leftOut };
    const data = { underlyings: summarise(snapshot), snapshot };
    const dueAt = waitMs === undefined ? undefined : new Date(dueMs);
    // What a crash of the database takes back is taken back as a whole, and brought again.
    const written = await db.tenant(
      tenantId,
      async (tx) => {
        if (!(await store.advance(tx, fenced, last, dueAt))) return false;
        await insertSnapshot(tx, tenantId, last.id, data, now);
        return true;
      },
      'relaxed',
    );
    if (!written) return false;
    wake.call('market');
    after = new Date(snapshot.asOf);
    failures = 0;
    return waitMs !== undefined;
  };

  const note = async (error: unknown): Promise<boolean> => {
    const told = detailOf(error);
    if (told === undefined) log.error({ err: error, feed: id }, 'a feed failed');
    const detail = told ?? 'Ballast failed; the operator finds the reason in its log';
    const now = clock.now();
    dueMs = now.getTime() + backoffMs(failures, ids.random(1)[0]! / 256);
    failures += 1;
    log.warn({ feed: id, detail, failures }, 'a feed brought no snapshot');
    const written = { at: now.toISOString(), detail };
    return db.tenant(tenantId, (tx) => store.fail(tx, fenced, written, new Date(dueMs)), 'relaxed');
  };

  /** False when there is nothing more to do here. */
  const turn = async (): Promise<boolean> => {
    const seen = await unlessAborted(source.next(after, signal), signal).catch((error: unknown) => ({ error }));
    if (signal.aborted) return false;
    if (seen === undefined) {
      await db.tenant(tenantId, (tx) => store.finish(tx, fenced, clock.now()));
      return false;
    }
    if ('error' in seen) return note(seen.error);
    if (after && Date.parse(seen.snapshot.asOf) <= after.getTime()) return note(notLater(after));
    return write(seen).catch((error: unknown) => {
      if (error instanceof Problem) return note(error);
      throw error;
    });
  };

  try {
    do await sleepUntil(clock, () => dueMs, signal);
    while (!signal.aborted && (await turn()));
  } finally {
    await source.close();
  }
}

async function sleepUntil(clock: Clock, dueMs: () => number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const leftMs = dueMs() - clock.now().getTime();
    if (leftMs <= 0 || signal.aborted) return;
    await clock.sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal);
  }
}

/** A source may take as long as its time-outs; who stops does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop!: () => void;
  const aborted = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** On the beat, unless that is missed: what was not seen cannot be made up for. */
export function nextDue(dueMs: number, waitMs: number, nowMs: number): number {
  const onBeat = dueMs + waitMs;
  return onBeat > nowMs ? onBeat : nowMs + waitMs;
}

/** Doubles with each failure, up to a fifth earlier by chance (0 to 1), so that feeds that failed together do not return together. */
export function backoffMs(failures: number, chance: number): number {
  return Math.min(LEAST_BACKOFF_MS * 2 ** failures, MOST_BACKOFF_MS) * (1 - 0.2 * chance);
}

function notLater(after: Date): VenueError {
  return new VenueError(`There is nothing later than the last snapshot, of ${after.toISOString()}`);
}

/** What can be told; undefined for a defect of ours. */
function detailOf(error: unknown): string | undefined {
  if (error instanceof VenueError) return error.message.slice(0, MOST_DETAIL);
  if (!(error instanceof Problem)) return undefined;
  const [first] = error.faults;
  return first ? `${error.message}: ${first.pointer} ${first.detail}`.slice(0, MOST_DETAIL) : error.message;
}
