import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendEvent } from '../../../src/platform/events.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test('two fan-outs and sixteen writers at once: each event becomes one delivery per endpoint', async () => {
  const { db, clock, ids, webhooks } = stage;
  const tenantId = await stage.tenant();
  const endpoints = await Promise.all([1, 2].map(() => stage.create(tenantId, 'http://127.0.0.1:9/')));
  const WRITERS = 16;
  const EACH = 25;
  let writing = true;

  const write = async (writer: number) => {
    for (let i = 0; i < EACH; i++) {
      await db.tenant(tenantId, async (tx) => {
        const event = { tenantId, type: 'execution.completed', subject: ids.next(), data: { writer, i } };
        await appendEvent(tx, clock.now(), event);
        // Ids are drawn in one order and committed in another.
        await tx.query('SELECT pg_sleep($1)', [Math.random() * 0.01]);
      });
    }
  };
  const read = async (reader: ReturnType<Stage['process']>) => {
    while (writing) await reader.fanOut();
  };
  const readers = [webhooks, stage.process()].map(read);
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  writing = false;
  await Promise.all(readers);
  await stage.fanOutAll();

  for (const endpoint of endpoints) {
    const rows = await db.system((tx) =>
      tx.query<{ body: string }>('SELECT body FROM webhook_delivery WHERE endpoint_id = $1', [endpoint.id]),
    );
    const told = rows.map(({ body }) => JSON.parse(body).data).map(({ writer, i }) => `${writer}/${i}`);
    expect(told).toHaveLength(WRITERS * EACH);
    expect(new Set(told).size).toBe(WRITERS * EACH);
  }
});

test('while one process has the place in the log, another steps aside', async () => {
  const { db, webhooks } = stage;
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, 'http://127.0.0.1:9/');
  await stage.publish(tenantId, 'execution.completed');
  await stage.settled();
  await db.system(async (tx) => {
    await tx.query(`SELECT 1 FROM event_cursor WHERE reader = 'webhooks' FOR UPDATE`);
    expect(await webhooks.fanOut()).toBe(false);
  });
  await stage.fanOutAll();
  expect(await stage.deliveries(tenantId, endpoint.id)).toHaveLength(1);
});
