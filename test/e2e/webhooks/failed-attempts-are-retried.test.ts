import { afterAll, beforeAll, expect, test } from 'vitest';
import { RETRY_DELAYS_MS } from '../../../src/webhooks/schedule.ts';
import { openStage, openTarget, secondsUntil, type Answer, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

async function send(...answers: Answer[]) {
  const target = await openTarget(...answers);
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await stage.publish(tenantId, 'execution.completed', { id: 'x' });
  await stage.fanOutAll();
  await stage.deliverAll();
  return { target, tenantId, endpoint, delivery: () => stage.only(tenantId, endpoint.id) };
}

test('a retry has the webhook-id and the body of the first attempt, and a timestamp of its own', async () => {
  const { target, delivery } = await send({ status: 500, body: 'no' }, { status: 200, body: 'yes' });
  expect(await delivery()).toMatchObject({
    status: 'pending',
    attempts: 1,
    log: [{ statusCode: 500, response: 'no' }],
  });
  stage.pass(3.9);
  await stage.deliverAll();
  expect(target.messages).toHaveLength(1);
  stage.pass(2.2);
  await stage.deliverAll();

  const [first, second] = target.messages;
  expect(target.messages).toHaveLength(2);
  expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  expect(second!.body).toBe(first!.body);
  expect(Number(second!.headers['webhook-timestamp'])).toBeGreaterThan(Number(first!.headers['webhook-timestamp']));
  expect(second!.headers['webhook-signature']).not.toBe(first!.headers['webhook-signature']);
  expect(await delivery()).toMatchObject({
    status: 'succeeded',
    attempts: 2,
    log: [{ attempt: 1 }, { attempt: 2, statusCode: 200 }],
  });
});

test('a redirect is a failure and is not followed', async () => {
  const elsewhere = await openTarget({ status: 204 });
  const { target, delivery } = await send({ status: 308, headers: { location: elsewhere.url } });
  expect(target.messages).toHaveLength(1);
  expect(elsewhere.messages).toHaveLength(0);
  expect(await delivery()).toMatchObject({ status: 'pending', log: [{ statusCode: 308 }] });
});

test('Retry-After puts the next attempt off, to twice the wait at most', async () => {
  const soon = await send({ status: 503, headers: { 'retry-after': '1' } });
  expect(secondsUntil(stage, (await soon.delivery()).nextAttemptAt)).toBeGreaterThanOrEqual(4);
  const later = await send({ status: 429, headers: { 'retry-after': '90' } });
  expect(secondsUntil(stage, (await later.delivery()).nextAttemptAt)).toBe(90);
  const tooLate = await send({ status: 429, headers: { 'retry-after': '86400' } });
  expect(secondsUntil(stage, (await tooLate.delivery()).nextAttemptAt)).toBe(120);
});

test('no answer at all is written down without a status', async () => {
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, 'http://127.0.0.1:1/');
  await stage.publish(tenantId, 'execution.failed');
  await stage.fanOutAll();
  await stage.deliverAll();
  const { log, status } = await stage.only(tenantId, endpoint.id);
  expect(status).toBe('pending');
  expect(log).toMatchObject([
    { statusCode: null, error: 'connection_failed: The connection failed (ECONNREFUSED)', response: null },
  ]);
});

test('the tenth failure is the last', async () => {
  const { target, delivery, endpoint, tenantId } = await send({ status: 500 });
  for (const delay of RETRY_DELAYS_MS) {
    const { nextAttemptAt, status } = await delivery();
    expect(status).toBe('pending');
    const wait = secondsUntil(stage, nextAttemptAt) * 1000;
    expect(wait).toBeGreaterThanOrEqual(delay * 0.8);
    expect(wait).toBeLessThanOrEqual(delay * 1.2);
    stage.pass(wait / 1000);
    await stage.deliverAll();
  }
  expect(target.messages).toHaveLength(10);
  expect(await delivery()).toMatchObject({ status: 'failed', attempts: 10, nextAttemptAt: null });
  expect(await stage.webhooks.getEndpoint(tenantId, endpoint.id)).toMatchObject({ disabledAt: null });
});
