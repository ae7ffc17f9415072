import { afterAll, beforeAll, expect, test } from 'vitest';
import { plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

const APPROVE = { mode: 'approve' };

async function asked(request: object = APPROVE) {
  stage.follow(filled);
  const { portfolioId, plan } = await plannedHedge(stage.app);
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  const decide = (decision: string, key?: string) =>
    stage.app.api(key).post(`/v1/executions/${body.id}/approval`).send({ decision });
  return { portfolioId, plan, execution: body, path: `/v1/executions/${body.id}`, decide };
}

test('nothing is sent before the yes, and everything after it', async () => {
  const { execution, path, decide } = await asked();
  expect(execution).toMatchObject({ status: 'waiting', waitingFor: 'approval', mode: 'approve' });
  expect(execution.orders).toMatchObject([{ status: 'initialized' }]);
  const told = await stage.hooks.wait('execution.approval_requested');
  expect(told.data).toMatchObject({ id: execution.id, deadline: execution.deadline });
  expect(stage.calls.submit).toBe(0);
  const approved = await decide('approve').expect(200);
  expect(approved.body).toMatchObject({ waitingFor: null, deadline: null });
  expect(approved.body.approvedBy).not.toBeNull();
  expect(await stage.app.ended(path)).toMatchObject({ status: 'succeeded', result: { outcome: 'completed' } });
  await decide('approve').expect(200); // saying it again changes nothing
  await decide('reject').expect(409);
  expect(stage.calls.submit).toBe(1);
});

test('a refused execution ends, and leaves the book free', async () => {
  const { execution, plan, decide } = await asked();
  const refused = await decide('reject').expect(200);
  expect(refused.body).toMatchObject({ status: 'cancelled' });
  await decide('reject').expect(200);
  await decide('approve').expect(409);
  expect(stage.calls.submit).toBe(0);
  const again = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  expect(again.body.id).toBe(execution.id); // a plan is executed once, and this one was refused
});

test('another key has to approve where that was asked for', async () => {
  const { path, decide } = await asked({ ...APPROVE, approval: { secondKey: true } });
  const { body } = await decide('approve').expect(403);
  expect(body.detail).toMatch('Another API key');
  const reader = await stage.app.keyWith(['execution:read']);
  await decide('approve', reader).expect(403);
  const second = await stage.app.keyWith(['execution:write']);
  await decide('approve', second).expect(200);
  expect(await stage.app.ended(path)).toMatchObject({ status: 'succeeded' });
});

test('what nobody approved in time is cancelled, and cannot be approved any more', async () => {
  const { path, decide } = await asked({ ...APPROVE, approval: { expiresInSeconds: 1 } });
  expect(await stage.app.ended(path)).toMatchObject({ status: 'cancelled', orders: [{ status: 'initialized' }] });
  await decide('approve').expect(409);
  expect(stage.calls.submit).toBe(0);
});

test('while it waits the book is held: no other plan of it is executed', async () => {
  const { portfolioId, decide } = await asked();
  const request = { targets: [{ underlying: 'BTC' }] };
  const { body: plan } = await stage.app.api().post(`/v1/portfolios/${portfolioId}/hedge-plans`).send(request);
  await stage.app.ended(`/v1/hedge-plans/${plan.id}`);
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(409);
  expect(body.code).toBe('execution_in_flight');
  await decide('reject').expect(200);
});
