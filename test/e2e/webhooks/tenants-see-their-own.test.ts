import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs, openApi } from './api.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test("another tenant's endpoint and deliveries are not there", async () => {
  const app = await openApi(stage);
  const [mine, other] = [await stage.tenant(), await stage.tenant()];
  const endpoint = await stage.create(mine, 'http://127.0.0.1:9/');
  const delivery = await stage.webhooks.ping(mine, endpoint.id, stage.ids.next());
  const call = callAs(app, other);
  const answers = await Promise.all([
    call('GET', `/v1/webhook-endpoints/${endpoint.id}`),
    call('DELETE', `/v1/webhook-endpoints/${endpoint.id}`),
    call('POST', `/v1/webhook-endpoints/${endpoint.id}/ping`),
    call('GET', `/v1/webhook-endpoints/${endpoint.id}/deliveries`),
    call('GET', `/v1/webhook-deliveries/${delivery.id}`),
    call('POST', `/v1/webhook-deliveries/${delivery.id}/retry`),
  ]);
  expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual(
    answers.map(() => [404, 'not_found']),
  );
  expect((await call('GET', '/v1/webhook-endpoints')).json()).toEqual({ items: [], nextCursor: null });
  expect(await stage.webhooks.getEndpoint(mine, endpoint.id)).toMatchObject({ id: endpoint.id });
  await expect(
    stage.webhooks.createEndpoint(other, endpoint.id, { url: 'http://127.0.0.1:9/', description: '', eventTypes: [] }),
  ).rejects.toMatchObject({ code: 'conflict' });
});

test('a key needs the scope', async () => {
  const app = await openApi(stage);
  const tenantId = await stage.tenant();
  const [reader, writer] = [callAs(app, `${tenantId}+webhooks:read`), callAs(app, `${tenantId}+webhooks:write`)];
  expect((await reader('GET', '/v1/webhook-endpoints')).statusCode).toBe(200);
  expect((await reader('POST', '/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/' })).statusCode).toBe(403);
  expect((await writer('GET', '/v1/webhook-endpoints')).statusCode).toBe(403);
  expect((await writer('POST', '/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/' })).statusCode).toBe(201);
});
