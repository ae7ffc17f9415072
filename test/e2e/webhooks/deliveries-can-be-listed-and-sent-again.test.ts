import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs, openApi } from './api.ts';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test('a ping goes to its endpoint alone; while it is pending it cannot be retried, afterwards it can, under the same webhook-id', async () => {
  const [target, other] = [await openTarget({ status: 204 }), await openTarget({ status: 204 })];
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url, ['execution.failed']);
  await stage.create(tenantId, other.url);
  const call = callAs(await openApi(stage), tenantId);

  const ping = await call('POST', `/v1/webhook-endpoints/${endpoint.id}/ping`, undefined, { 'idempotency-key': 'p' });
  const again = await call('POST', `/v1/webhook-endpoints/${endpoint.id}/ping`, undefined, { 'idempotency-key': 'p' });
  const { id } = ping.json();
  expect(ping.statusCode).toBe(202);
  expect(again.json()).toEqual(ping.json());
  expect(ping.headers['location']).toBe(`/v1/webhook-deliveries/${id}`);
  expect(ping.json()).toMatchObject({ endpointId: endpoint.id, eventType: 'ping', status: 'pending', attempts: 0 });
  expect((await call('POST', `/v1/webhook-deliveries/${id}/retry`)).json()).toMatchObject({
    status: 409,
    code: 'conflict',
  });

  await stage.deliverAll();
  const retried = await call('POST', `/v1/webhook-deliveries/${id}/retry`);
  expect(retried.statusCode).toBe(202);
  expect(retried.json()).toMatchObject({
    id,
    status: 'pending',
    finishedAt: null,
    log: [{ attempt: 1, statusCode: 204 }],
  });
  await stage.deliverAll();
  expect(target.messages.map(({ headers }) => headers['webhook-id'])).toEqual([`msg_${id}`, `msg_${id}`]);
  expect(JSON.parse(target.messages[0]!.body)).toMatchObject({ type: 'ping', data: { endpointId: endpoint.id } });
  expect(other.messages).toHaveLength(0);
  expect((await call('GET', `/v1/webhook-deliveries/${id}`)).json()).toMatchObject({
    status: 'succeeded',
    attempts: 2,
    log: [{ attempt: 1 }, { attempt: 2 }],
  });
});

test('lists go from the newest to the oldest, page by page', async () => {
  const tenantId = await stage.tenant();
  const call = callAs(await openApi(stage), tenantId);
  const endpoint = await stage.create(tenantId, 'http://127.0.0.1:9/');
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await stage.webhooks.ping(tenantId, endpoint.id, stage.ids.next())).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const answer = await call(
      'GET',
      `/v1/webhook-endpoints/${endpoint.id}/deliveries?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
    );
    const page: { items: { id: string }[]; nextCursor: string | null } = answer.json();
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen).toEqual(made);
});

test('deleting answers 204, and 404 the second time', async () => {
  const tenantId = await stage.tenant();
  const call = callAs(await openApi(stage), tenantId);
  const { id } = await stage.create(tenantId, 'http://127.0.0.1:9/');
  const first = await call('DELETE', `/v1/webhook-endpoints/${id}`);
  expect([first.statusCode, first.body]).toEqual([204, '']);
  expect((await call('DELETE', `/v1/webhook-endpoints/${id}`)).statusCode).toBe(404);
});
