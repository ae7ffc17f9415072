import type pg from 'pg';
import { batching } from './batch.ts';

/** Somebody else is at it, and goes on. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/**
 * Runs `work` while nobody else, here or in another process, runs any under the same key.
 *
 * @throws Busy where somebody does, for half a second and more
 */
export type Exclusive = <T>(key: string, work: () => Promise<T>) => Promise<T>;

const LOOK_AGAIN_MS = 100;
/** Locks that are taken or let go in one statement, whatever they are for. */
const KEYS = 1_000;
const ALL = 'all';
const PATIENCE_MS = 500;

/**
 * Advisory locks of one session, however many are held: with a connection for each, connections would bound how much is done at once. A
 * session may take a lock twice, so what this process holds is kept here too.
 *
 * @param connect a connection of its own, which nobody else uses
 */
export function openExclusive(connect: () => Promise<pg.Client>): { exclusive: Exclusive; close(): Promise<void> } {
  const ours = new Set<string>();
  let session: Promise<pg.Client> | undefined;

  const open = (): Promise<pg.Client> => {
    const forget = () => void (session === opening && (session = undefined));
    const opening = connect().then((client) => client.on('error', forget).on('end', forget));
    opening.catch(forget);
    return opening;
  };

  /** A session that fails is ended, and with it every lock that it holds; nobody waits for that, since it may have fallen silent. */
  const giveUp = (client: pg.Client): void => {
    const opened = session;
    const forget = (current: pg.Client): void =>
      void (current === client && session === opened && (session = undefined));
    opened?.then(forget, () => undefined);
    client.end().catch(() => undefined);
  };

  /** The session that holds the lock now; undefined where another process does. */
  const tryLock = batching<string, pg.Client | undefined>(KEYS, async (_, keys) => {
    const client = await (session ??= open());
    const locking = client.query<{ key: string; is_held: boolean }>(
      'SELECT key, pg_try_advisory_lock(hashtextextended(key, 0)) AS is_held FROM unnest($1::text[]) AS key',
      [keys],
    );
    locking.catch(() => giveUp(client));
    const held = new Set((await locking).rows.flatMap(({ key, is_held }) => (is_held ? key : [])));
    return keys.map((key) => (held.has(key) ? client : undefined));
  });

  const unlock = batching<{ client: pg.Client; key: string }, void>(KEYS, async (_, held) => {
    for (const client of new Set(held.map((each) => each.client))) {
      const keys = held.flatMap((each) => (each.client === client ? each.key : []));
      await client
        .query('SELECT pg_advisory_unlock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key', [keys])
        .catch(() => giveUp(client));
    }
    return held.map(() => undefined);
  });

  const once = async <T>(key: string, work: () => Promise<T>): Promise<{ result: T } | undefined> => {
    ours.add(key);
    try {
      const client = await tryLock(ALL, key);
      return client && { result: await work().finally(() => unlock(ALL, { client, key })) };
    } finally {
      ours.delete(key);
    }
  };

  return {
    async exclusive(key, work) {
      for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
        const done = ours.has(key) ? undefined : await once(key, work);
        if (done) return done.result;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
      throw new Busy(`${key} is being worked on`);
    },
    async close() {
      await (await session)?.end();
    },
  };
}
