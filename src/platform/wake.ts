import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import { startLoop, type Loop } from './loop.ts';

export type Topic = 'outbox' | 'events' | 'market' | 'monitors';

/** Tells sleeping loops, here and in other processes, that there may be something to do. Losing a call costs a poll. */
export interface Wake {
  call(topic: Topic): void;
  on(topic: Topic, listener: () => void): void;
  stop(): Promise<void>;
}

const CHANNEL = 'ballast';
/** NOTIFY takes one lock for the whole database at commit, so calls are gathered before they are sent. */
const GATHER_MS = 20;
const RECONNECT_MS = 1_000;

export function startWake(db: Database, clock: Clock, onError: (error: unknown) => void): Wake {
  /** Who listens here has been told when its own call comes back. */
  const self = randomUUID();
  const listeners = new Map<Topic, (() => void)[]>();
  const pending = new Set<Topic>();
  const tell = (topic: string) => listeners.get(topic as Topic)?.forEach((listener) => listener());

  const sender = startLoop(
    clock,
    60_000,
    async () => {
      if (pending.size === 0) return false;
      await clock.sleep(GATHER_MS);
      const topics = [...pending];
      pending.clear();
      await db.system(async (tx) => {
        for (const topic of topics) await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, `${topic} ${self}`]);
      });
      return false;
    },
    onError,
  );

  let client: pg.Client | undefined;
  const receiver: Loop = startLoop(
    clock,
    RECONNECT_MS,
    async () => {
      if (client) return false;
      const connected = await db.listener();
      connected.on('error', onError);
      connected.on('end', () => void (client = undefined));
      connected.on('notification', ({ payload = '' }) => {
        const [topic, from] = payload.split(' ');
        if (from !== self) tell(topic!);
      });
      client = connected;
      await connected.query(`LISTEN ${CHANNEL}`);
      return false;
    },
    onError,
  );

  return {
    call(topic) {
      tell(topic);
      pending.add(topic);
      sender.kick();
    },
    on: (topic, listener) => void listeners.set(topic, [...(listeners.get(topic) ?? []), listener]),
    async stop() {
      await Promise.all([sender.stop(), receiver.stop()]);
      await client?.end();
    },
  };
}
