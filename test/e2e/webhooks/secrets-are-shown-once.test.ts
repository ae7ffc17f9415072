import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs, openApi } from './api.ts';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test('the secret is in the answer to the creation, at its retry, and nowhere else', async () => {
  const target = await openTarget({ status: 204 });
  const app = await openApi(stage);
  const tenantId = await stage.tenant();
  const call = callAs(app, tenantId);
  const create = () => call('POST', '/v1/webhook-endpoints', { url: target.url }, { 'idempotency-key': 'k' });
  const created = await create();
  const { secret, ...endpoint } = created.json();
  expect(created.statusCode).toBe(201);
  expect(created.headers['location']).toBe(`/v1/webhook-endpoints/${endpoint.id}`);
  expect(secret).toMatch(/^whsec_/);
  expect((await create()).json()).toEqual({ ...endpoint, secret });
  expect(
    await stage.webhooks.createEndpoint(tenantId, endpoint.id, { url: target.url, description: '', eventTypes: [] }),
  ).toEqual({ ...endpoint, secret });

  await stage.webhooks.ping(tenantId, endpoint.id, stage.ids.next());
  await stage.deliverAll();
  const [delivery] = await stage.deliveries(tenantId, endpoint.id);
  const answers = await Promise.all(
    [
      '/v1/webhook-endpoints',
      `/v1/webhook-endpoints/${endpoint.id}`,
      `/v1/webhook-endpoints/${endpoint.id}/deliveries`,
      `/v1/webhook-deliveries/${delivery!.id}`,
    ].map((url) => call('GET', url)),
  );
  for (const answer of answers) {
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('secret');
    expect(answer.body).not.toContain('whsec_');
  }
  expect(answers[0]!.json()).toEqual({ items: [endpoint], nextCursor: null });
  expect(answers[1]!.json()).toEqual(endpoint);

  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const [row] = await stage.db.system((tx) =>
    tx.query<{ secret: Buffer }>('SELECT secret FROM webhook_endpoint WHERE id = $1', [endpoint.id]),
  );
  expect(row!.secret.includes(key)).toBe(false);
  expect(row!.secret.includes(secret)).toBe(false);
});
