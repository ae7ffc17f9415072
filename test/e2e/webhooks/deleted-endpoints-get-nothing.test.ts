import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

async function pending(answer: { status: number; afterMs?: number }) {
  const target = await openTarget(answer);
  const tenantId = await stage.tenant();
  const endpoint = await stage.create(tenantId, target.url);
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  return { target, tenantId, endpoint };
}

test('what was pending goes with the endpoint', async () => {
  const { target, tenantId, endpoint } = await pending({ status: 204 });
  await stage.webhooks.deleteEndpoint(tenantId, endpoint.id);
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  await stage.deliverAll();
  expect(target.messages).toHaveLength(0);
});

test('an attempt under way ends quietly', async () => {
  const { target, tenantId, endpoint } = await pending({ status: 500, afterMs: 200 });
  const begun = await stage.webhooks.beginDue();
  await stage.webhooks.deleteEndpoint(tenantId, endpoint.id);
  await Promise.all(begun);
  stage.pass(600);
  await stage.deliverAll();
  expect(target.messages).toHaveLength(1);
});
