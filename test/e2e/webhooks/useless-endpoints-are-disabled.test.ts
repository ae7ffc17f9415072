import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, HOUR, openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

async function send(tenantId: string): Promise<void> {
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  await stage.deliverAll();
}

test('410 disables at once: what was pending fails, nothing more is sent, the other endpoint is told', async () => {
  const gone = await openTarget({ status: 500 }, { status: 410 });
  const other = await openTarget({ status: 204 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, gone.url);
  const notice = await stage.create(tenantId, other.url, ['webhook_endpoint.disabled']);
  await send(tenantId);
  await send(tenantId);
  const now = stage.clock.now().toISOString();

  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({
    disabledAt: now,
    disabledReason: 'gone',
  });
  const deliveries = await stage.deliveries(tenantId, endpoint.id);
  expect(deliveries.map(({ status, nextAttemptAt }) => ({ status, nextAttemptAt }))).toEqual([
    { status: 'failed', nextAttemptAt: null },
    { status: 'failed', nextAttemptAt: null },
  ]);
  await send(tenantId);
  stage.pass(DAY);
  await stage.deliverAll();
  expect(gone.messages).toHaveLength(2);
  expect(await stage.deliveries(tenantId, endpoint.id)).toHaveLength(2);

  expect(other.messages.map(({ body }) => JSON.parse(body))).toEqual([
    { type: 'webhook_endpoint.disabled', timestamp: now, data: { id: endpoint.id, reason: 'gone', disabledAt: now } },
  ]);
  expect(await stage.deliveries(tenantId, notice.id)).toHaveLength(1);
  await expect(stage.webhooks.ping(tenantId, endpoint.id, stage.ids.next())).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(stage.webhooks.retryDelivery(tenantId, deliveries[0]!.id)).rejects.toMatchObject({ code: 'conflict' });
});

test('a delivery that slips in while the endpoint is being disabled fails without an attempt', async () => {
  const target = await openTarget({ status: 204 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  await stage.db.system((tx) =>
    tx.query(`UPDATE webhook_endpoint SET disabled_at = now(), disabled_reason = 'gone' WHERE id = $1`, [endpoint.id]),
  );
  await stage.deliverAll();
  expect(target.messages).toHaveLength(0);
  expect(await stage.only(tenantId, endpoint.id)).toMatchObject({
    status: 'failed',
    attempts: 0,
    nextAttemptAt: null,
    log: [],
  });
});

test('failing for five days disables', async () => {
  const target = await openTarget({ status: 500 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  for (let day = 0; day < 5; day++) {
    await send(tenantId);
    stage.pass(DAY);
  }
  stage.pass(-1 * HOUR);
  await send(tenantId);
  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({ disabledAt: null });
  stage.pass(2 * HOUR);
  await send(tenantId);
  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({ disabledReason: 'failing' });
});

test('one success starts the account anew', async () => {
  const target = await openTarget({ status: 500 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url, ['execution.completed']);
  for (let day = 0; day < 8; day++) {
    target.answers.splice(0, 1, { status: day === 4 ? 200 : 500 });
    await send(tenantId);
    stage.pass(DAY);
  }
  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({ disabledAt: null });
});

test('an endpoint that was idle after its failure is not taken for a failing one', async () => {
  const target = await openTarget({ status: 500 }, { status: 404 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await send(tenantId);
  await stage.db.system((tx) =>
    tx.query(`UPDATE webhook_delivery SET status = 'failed' WHERE endpoint_id = $1`, [endpoint.id]),
  );
  stage.pass(30 * DAY);
  await send(tenantId);
  expect(target.messages).toHaveLength(2);
  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({ disabledAt: null });
});
