import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Database, Tx } from './database.ts';
import { startLoop, type Loop } from './loop.ts';
import { Problem } from './problem.ts';
import type { Wake } from './wake.ts';

export const EventSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'Position in the event log; pass it as Last-Event-ID or `after` to go on from here' }),
    type: z.string(),
    subject: z.uuid().meta({ description: 'Id of the resource that the event is about' }),
    createdAt: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof EventSchema>;

export interface TenantEvent extends Event {
  tenantId: string;
  /** The log's own number of the event, unique for ever. */
  sequence: string;
}

export interface NewEvent {
  tenantId: string;
  type: string;
  subject: string;
  data: object;
}

/** Appends to the event log in the transaction of what happened. Wake 'events' after the commit. */
export function appendEvent(tx: Tx, now: Date, event: NewEvent): Promise<void> {
  return appendEvents(tx, now, [event]);
}

/** As {@link appendEvent}, in their order. */
export async function appendEvents(tx: Tx, now: Date, events: readonly NewEvent[]): Promise<void> {
  await tx.query(
    `INSERT INTO event (tenant_id, type, subject, data, created_at)
     SELECT "tenantId", type, subject, data, $2 FROM jsonb_to_recordset($1::jsonb) AS e ("tenantId" uuid, type text, subject uuid, data jsonb)`,
    [JSON.stringify(events), now],
  );
}

export interface EventCursor {
  xid: string;
  id: string;
}

interface EventRow {
  xid: string;
  id: string;
  tenant_id: string;
  type: string;
  subject: string;
  data: Record<string, unknown>;
  created_at: string;
}

/** Text under the names of the numbers: whoever sorts has to say `event.xid`, or PostgreSQL takes the text. */
const COLUMNS = 'xid::text, id::text, tenant_id, type, subject, data, created_at';
/** Only transactions below this one have all ended, so nothing can still appear behind the cursor. */
const SETTLED = 'xid < pg_snapshot_xmin(pg_current_snapshot())';

/** The next events of every tenant after the cursor, oldest first. */
export async function readEvents(tx: Tx, after: EventCursor, limit: number): Promise<TenantEvent[]> {
  const rows = await tx.query<EventRow>(
    `SELECT ${COLUMNS} FROM event WHERE (xid, id) > ($1::xid8, $2) AND ${SETTLED} ORDER BY event.xid, event.id LIMIT $3`,
    [after.xid, after.id, limit],
  );
  return rows.map(eventOf);
}

/** The next events of one tenant after the cursor, oldest first. */
export async function readTenantEvents(
  tx: Tx,
  tenantId: string,
  after: EventCursor,
  limit: number,
): Promise<TenantEvent[]> {
  const rows = await tx.query<EventRow>(
    `SELECT ${COLUMNS} FROM event WHERE tenant_id = $1 AND (xid, id) > ($2::xid8, $3) AND ${SETTLED} ORDER BY event.xid, event.id LIMIT $4`,
    [tenantId, after.xid, after.id, limit],
  );
  return rows.map(eventOf);
}

function eventOf(row: EventRow): TenantEvent {
  return {
    id: `${row.xid}-${row.id}`,
    sequence: row.id,
    tenantId: row.tenant_id,
    type: row.type,
    subject: row.subject,
    createdAt: row.created_at,
    data: row.data,
  };
}

export const LOG_START: EventCursor = { xid: '0', id: '0' };

/** Where the log ends now: everything committed from here on comes after it. */
export async function logEnd(tx: Tx): Promise<EventCursor> {
  const [row] = await tx.query<{ xid: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid');
  return { xid: row!.xid, id: '0' };
}

/** The largest xid8 and bigint: PostgreSQL fails on anything above. */
const MAX_XID = 2n ** 64n - 1n;
const MAX_ID = 2n ** 63n - 1n;

/** Reads the id of an event back into a cursor; a malformed one is a 400. */
export function eventCursor(id: string): EventCursor {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(id);
  if (!match || BigInt(match[1]!) > MAX_XID || BigInt(match[2]!) > MAX_ID)
    throw new Problem('invalid_request', `"${id}" is not the id of an event`);
  return { xid: match[1]!, id: match[2]! };
}

/** Live events for subscriptions and streams: one reader per process, however many subscribers. */
export interface EventFeed {
  /** Yields this tenant's events as they are committed, until the signal aborts. A subscriber that lags too far is cut off. */
  subscribe(tenantId: string, signal: AbortSignal, after?: EventCursor): AsyncGenerator<TenantEvent>;
  /** Where the log ends now. What is read after this and followed by `subscribe` from here misses nothing between. */
  position(): Promise<EventCursor>;
  /** How many subscribers there are. */
  subscribers(): number;
  stop(): Promise<void>;
}

const BATCH = 500;
const MAX_LAG = 10_000;

interface Subscriber {
  tenantId: string;
  pending: TenantEvent[];
  wake(): void;
}

export function startEventFeed(db: Database, clock: Clock, wake: Wake, onError: (error: unknown) => void): EventFeed {
  const subscribers = new Set<Subscriber>();
  /** Where the reader is, while there are subscribers. A promise, so that all who ask at the start get the same answer. */
  let cursor: Promise<EventCursor> | undefined;
  const reading = () =>
    (cursor ??= db.system(logEnd).catch((error: unknown) => {
      cursor = undefined;
      throw error;
    }));

  const step = async (): Promise<boolean> => {
    if (subscribers.size === 0) {
      cursor = undefined;
      return false;
    }
    const from = await reading();
    const events = await db.system((tx) => readEvents(tx, from, BATCH));
    for (const event of events) deliver(event);
    const last = events.at(-1);
    if (last) cursor = Promise.resolve(eventCursor(last.id));
    return events.length === BATCH;
  };
  const deliver = (event: TenantEvent) => {
    for (const subscriber of subscribers) {
      if (subscriber.tenantId !== event.tenantId) continue;
      if (subscriber.pending.length < MAX_LAG) subscriber.pending.push(event);
      else subscribers.delete(subscriber);
      subscriber.wake();
    }
  };
  const loop: Loop = startLoop(clock, 250, step, onError);
  wake.on('events', loop.kick);

  return {
    async *subscribe(tenantId, signal, after) {
      const start = after ?? (await db.system(logEnd));
      let waiting = new AbortController();
      const subscriber: Subscriber = { tenantId, pending: [], wake: () => waiting.abort() };
      subscribers.add(subscriber);
      loop.kick();
      const stop = () => waiting.abort();
      signal.addEventListener('abort', stop);
      try {
        // What comes from here on is `pending`; what came before is read from the log; what is in both is dropped.
        await reading();
        let seen = start;
        for (;;) {
          const missed = await db.tenant(tenantId, (tx) => readTenantEvents(tx, tenantId, seen, BATCH));
          for (const event of missed) {
            yield event;
            seen = eventCursor(event.id);
          }
          if (missed.length < BATCH) break;
        }
        while (!signal.aborted) {
          for (const event of subscriber.pending.splice(0)) {
            if (!isAfter(eventCursor(event.id), seen)) continue;
            yield event;
            seen = eventCursor(event.id);
          }
          if (!subscribers.has(subscriber)) return;
          waiting = new AbortController();
          if (subscriber.pending.length === 0 && !signal.aborted) await clock.sleep(60_000, waiting.signal);
        }
      } finally {
        signal.removeEventListener('abort', stop);
        subscribers.delete(subscriber);
      }
    },
    position: () => db.system(logEnd),
    subscribers: () => subscribers.size,
    stop: () => loop.stop(),
  };
}

function isAfter(a: EventCursor, b: EventCursor): boolean {
  const byTransaction = BigInt(a.xid) - BigInt(b.xid);
  return byTransaction > 0n || (byTransaction === 0n && BigInt(a.id) > BigInt(b.id));
}
