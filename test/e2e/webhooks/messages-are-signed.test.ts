import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test('the receiver verifies the message with the published library and finds the event in it', async () => {
  const target = await openTarget({ status: 204 });
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  const at = stage.clock.now().toISOString();
  const data = { id: 'plan', orders: [{ quantity: '-12.5' }], note: 'Δ hedge “ok” 🙂' };
  await stage.publish(tenantId, 'hedge_plan.completed', data);
  await stage.fanOutAll();
  stage.pass(2);
  await stage.deliverAll();

  const [message, second] = target.messages;
  expect(second).toBeUndefined();
  const headers = message!.headers as Record<string, string>;
  expect(new Webhook(endpoint.secret).verify(message!.body, headers)).toEqual({
    type: 'hedge_plan.completed',
    timestamp: at,
    data,
  });
  const delivery = await stage.only(tenantId, endpoint.id);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': `msg_${delivery.id}`,
    'webhook-timestamp': String(Math.floor(stage.clock.now().getTime() / 1000)),
  });
  expect(headers['user-agent']).toMatch(/^Ballast\//);
  expect(delivery).toMatchObject({
    status: 'succeeded',
    attempts: 1,
    nextAttemptAt: null,
    finishedAt: stage.clock.now().toISOString(),
    log: [{ attempt: 1, at: stage.clock.now().toISOString(), statusCode: 204, error: null, response: '' }],
  });
});

test('another endpoint has another secret', async () => {
  const tenantId = await stage.tenant();
  const [a, b] = [
    await stage.create(tenantId, 'http://127.0.0.1:9/'),
    await stage.create(tenantId, 'http://127.0.0.1:9/'),
  ];
  expect(a.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(a.secret).not.toBe(b.secret);
});
