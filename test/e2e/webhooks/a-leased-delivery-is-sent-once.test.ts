import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

const EVENTS = 40;

async function publishMany(tenantId: string): Promise<void> {
  for (let i = 0; i < EVENTS; i++) await stage.publish(tenantId, 'execution.completed', { i });
  await stage.fanOutAll();
}

test('two dispatchers share the work, four at a time to one endpoint, and send nothing twice', async () => {
  const targets = [await openTarget({ status: 204, afterMs: 30 }), await openTarget({ status: 204, afterMs: 30 })];
  const tenantId = await stage.tenant();
  for (const target of targets) await stage.create(tenantId, target.url);
  await publishMany(tenantId);
  const dispatch = async (process: ReturnType<Stage['process']>) => {
    while (await process.deliverDue());
  };
  await Promise.all([dispatch(stage.webhooks), dispatch(stage.process())]);
  for (const target of targets) {
    const ids = target.messages.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(EVENTS);
    expect(new Set(ids).size).toBe(EVENTS);
    expect(target.mostAtOnce()).toBeGreaterThan(1);
    expect(target.mostAtOnce()).toBeLessThanOrEqual(2 * 4);
  }
});

test('four processes that look at the same instant lease different deliveries', async () => {
  const target = await openTarget({ status: 204 });
  const tenantId = await stage.tenant();
  await Promise.all(Array.from({ length: 8 }, () => stage.create(tenantId, target.url)));
  await publishMany(tenantId);
  const processes = Array.from({ length: 4 }, () => stage.process());
  for (;;) {
    const begun = await Promise.all(processes.map((process) => process.deliverDue()));
    if (!begun.includes(true)) break;
  }
  const ids = target.messages.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(8 * EVENTS);
  expect(new Set(ids).size).toBe(8 * EVENTS);
});

test('one dispatcher sends four at a time to one endpoint, and a crowded endpoint leaves room for another', async () => {
  const [crowded, quiet] = [await openTarget({ status: 204, afterMs: 200 }), await openTarget({ status: 204 })];
  const tenantId = await stage.tenant();
  await stage.create(tenantId, crowded.url);
  await publishMany(tenantId);
  const endpoint = await stage.create(tenantId, quiet.url, ['ping']);
  await stage.webhooks.ping(tenantId, endpoint.id, stage.ids.next());
  const begun = await stage.webhooks.beginDue();
  await Promise.all(begun);
  expect(begun).toHaveLength(5);
  expect(quiet.messages).toHaveLength(1);
  expect(crowded.mostAtOnce()).toBe(4);
  await stage.db.system((tx) => tx.query(`DELETE FROM webhook_delivery WHERE status = 'pending'`));
});

test('while one attempt is under way no other begins; when its process dies, another takes over after the lease', async () => {
  const target = await openTarget({ status: 204, afterMs: 300 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  const begun = await stage.webhooks.beginDue();
  expect(begun).toHaveLength(1);
  stage.pass(59);
  expect(await stage.process().deliverDue()).toBe(false);
  stage.pass(2);
  expect(await stage.process().deliverDue()).toBe(true);
  await Promise.all(begun);
  const delivery = await stage.only(tenantId, endpoint.id);
  expect(delivery).toMatchObject({ status: 'succeeded', attempts: 2, log: [{ attempt: 1 }, { attempt: 2 }] });
  expect(new Set(target.messages.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`msg_${delivery.id}`]));
});

test('an attempt that fails after its lease ran out does not undo what another process wrote', async () => {
  const target = await openTarget({ status: 500, afterMs: 200 }, { status: 204 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  const slow = await stage.webhooks.beginDue();
  while (target.messages.length === 0) await new Promise(setImmediate);
  stage.pass(61);
  await stage.process().deliverDue();
  await Promise.all(slow);
  expect(await stage.only(tenantId, endpoint.id)).toMatchObject({ status: 'succeeded', attempts: 2 });
});
