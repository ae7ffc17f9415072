import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { appendEvent, logEnd, startEventFeed } from '../../../src/platform/events.ts';
import { openDatabase, type Database } from '../../../src/platform/database.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { NO_ID } from '../../support/contract.ts';

let app: TestApp;
let database: Database;
let address: string;
beforeAll(async () => {
  app = await startTestApp();
  address = await app.ballast.listen();
  database = openDatabase(app.config.databaseUrl!, () => undefined);
});
afterAll(async () => {
  await database.close();
  await app.stop();
});

async function newTenant(): Promise<{ key: string; tenantId: string }> {
  const { body } = await app.api().post('/v1/tenants').send({ name: 'x' }).expect(201);
  return { key: body.adminKey.key, tenantId: body.id };
}

/** Writes events of these numbers, each in a transaction of its own, all at once; the transactions end in any order. */
async function write(tenantId: string, numbers: number[]): Promise<void> {
  const event = (n: number) => ({ tenantId, type: 'test', subject: NO_ID, data: { n } });
  await Promise.all(
    numbers.map((n) =>
      database.tenant(tenantId, async (tx) => {
        await appendEvent(tx, new Date(), event(n));
        await new Promise((wait) => setTimeout(wait, (n * 7) % 30));
      }),
    ),
  );
}

/** Waits until every transaction is over, here and in neighbours' databases, that the log may not be read past. */
async function settled(): Promise<void> {
  const open = 'SELECT 1 FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1';
  while ((await database.system((tx) => tx.query(open))).length > 0) await new Promise((wait) => setTimeout(wait, 10));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

interface Received {
  id: string;
  event: string;
  data: { id: string; type: string; data: { n: number } };
}

interface Stream {
  status: number;
  type: string | null;
  received: Received[];
  /** The id that the client would send when it came back now. */
  lastId: string;
  until(count: number): Promise<void>;
  close(): void;
  ended: Promise<void>;
}

/** A client of server-sent events, as browsers have it. */
async function watch(key: string, lastEventId?: string): Promise<Stream> {
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) };
  const response = await fetch(`${address}/v1/events/stream`, { headers, signal: leaving.signal });
  const stream: Stream = {
    status: response.status,
    type: response.headers.get('content-type'),
    received: [],
    lastId: '',
    // Generous: the log is read up to the oldest transaction of the whole cluster, and neighbours drop their databases.
    async until(count) {
      for (let i = 0; i < 2_000 && stream.received.length < count; i++)
        await new Promise((wait) => setTimeout(wait, 10));
      expect(stream.received.length).toBeGreaterThanOrEqual(count);
    },
    close: () => leaving.abort(),
    ended: Promise.resolve(),
  };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async (): Promise<void> => {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      );
      stream.lastId = fields['id'] ?? stream.lastId;
      if (fields['data'])
        stream.received.push({ id: fields['id']!, event: fields['event']!, data: JSON.parse(fields['data']) });
    }
    return read();
  };
  stream.ended = read().catch(() => undefined);
  return stream;
}

const numbers = (stream: Stream) => stream.received.map(({ data }) => data.data.n);
const sorted = (list: number[]) => [...list].sort((a, b) => a - b);

async function subscribers(): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  return Number(/^ballast_event_subscribers (\d+)$/m.exec(text)![1]);
}

async function untilSubscribers(count: number): Promise<void> {
  for (let i = 0; i < 2_000 && (await subscribers()) !== count; i++) await new Promise((wait) => setTimeout(wait, 10));
  expect(await subscribers()).toBe(count);
}

test('the log is read page by page, oldest first, and goes on from the last id', async () => {
  const { key, tenantId } = await newTenant();
  for (const part of [range(0, 5), range(5, 12)]) await write(tenantId, part);
  await settled();
  const seen: number[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < 4; pages++) {
    const query: string = after === null ? '' : `&after=${after}`;
    const { body } = await app.api(key).get(`/v1/events?limit=5${query}`).expect(200);
    seen.push(...body.items.map((event: Received['data']) => event.data.n));
    after = body.nextAfter ?? after;
    if (pages === 3) expect(body).toEqual({ items: [], nextAfter: null });
  }
  expect(sorted(seen)).toEqual(range(0, 12));
  expect(sorted(seen.slice(0, 5))).toEqual(range(0, 5));
});

test('events are streamed as they happen, of one tenant alone', async () => {
  const [mine, theirs] = [await newTenant(), await newTenant()];
  await write(mine.tenantId, [0]);
  await settled();
  const stream = await watch(mine.key);
  expect([stream.status, stream.type]).toEqual([200, 'text/event-stream']);
  await write(theirs.tenantId, [100]);
  await write(mine.tenantId, [1]);
  await write(mine.tenantId, [2]);
  await stream.until(2);
  expect(numbers(stream)).toEqual([1, 2]);
  const [first] = stream.received;
  expect(first).toMatchObject({ event: 'test', id: first!.data.id, data: { type: 'test', subject: NO_ID } });
  expect(Object.keys(first!.data).sort()).toEqual(['createdAt', 'data', 'id', 'subject', 'type']);
  stream.close();
});

test('a stream that is taken up again loses nothing and repeats nothing, while others write', async () => {
  const { key, tenantId } = await newTenant();
  const all: number[] = [];
  let written = Promise.resolve();
  let lastId: string | undefined;
  for (let round = 0; round < 6; round++) {
    const stream = await watch(key, lastId);
    const batch = range(round * 10, round * 10 + 10);
    const writing = write(tenantId, batch);
    written = Promise.all([written, writing]).then(() => undefined);
    await stream.until(round % 2 === 0 ? 3 : 1);
    stream.close();
    await stream.ended;
    all.push(...numbers(stream));
    lastId = stream.lastId;
  }
  await written;
  const rest = await watch(key, lastId);
  await rest.until(60 - all.length);
  all.push(...numbers(rest));
  rest.close();
  expect(sorted(all)).toEqual(range(0, 60));
});

test('a client that saw nothing yet goes on from where it began', async () => {
  const { key, tenantId } = await newTenant();
  const stream = await watch(key);
  for (let i = 0; i < 2_000 && stream.lastId === ''; i++) await new Promise((wait) => setTimeout(wait, 5));
  stream.close();
  await stream.ended;
  await write(tenantId, [1, 2]);
  const again = await watch(key, stream.lastId);
  await again.until(2);
  expect(sorted(numbers(again))).toEqual([1, 2]);
  again.close();
});

test('what happens while the feed begins to read is not lost', async () => {
  const { tenantId } = await newTenant();
  const slow: Database = {
    ...database,
    system: async (work) => {
      await systemClock.sleep(300);
      return database.system(work);
    },
  };
  const wake = { call: () => undefined, on: () => undefined, stop: async () => undefined };
  const feed = startEventFeed(slow, systemClock, wake, () => undefined);
  const leaving = new AbortController();
  const events = feed.subscribe(tenantId, leaving.signal, await database.system(logEnd));
  const first = events.next();
  await systemClock.sleep(100);
  await write(tenantId, [1]);
  await systemClock.sleep(500);
  await write(tenantId, [2]);
  expect((await first).value).toMatchObject({ data: { n: 1 } });
  expect((await events.next()).value).toMatchObject({ data: { n: 2 } });
  leaving.abort();
  expect((await events.next()).done).toBe(true);
  await feed.stop();
});

test('a client that leaves is forgotten', async () => {
  const { key } = await newTenant();
  await untilSubscribers(0);
  const streams = await Promise.all(Array.from({ length: 5 }, () => watch(key)));
  await untilSubscribers(5);
  for (const stream of streams) stream.close();
  await untilSubscribers(0);
});

test('a stop ends the streams instead of waiting for them', { timeout: 15_000 }, async () => {
  const other = await startTestApp();
  const base = await other.ballast.listen();
  const response = await fetch(`${base}/v1/events/stream`, { headers: { authorization: `Bearer ${other.key}` } });
  const ended = response.text();
  const started = performance.now();
  await other.stop();
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(await ended).toMatch(/^id: \d+-0\n\n$/);
});
