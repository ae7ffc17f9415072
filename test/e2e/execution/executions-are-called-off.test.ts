import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { filled, reporter, startScripted, working, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

async function begun(request: object = {}) {
  const { plan } = await plannedHedge(stage.app);
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  const path = `/v1/executions/${body.id}`;
  return { path, callOff: () => stage.app.api().post(`${path}/cancellation`).expect(200) };
}

test('one that waits for its approval ends with nothing sent', async () => {
  stage.follow(filled);
  const { path, callOff } = await begun({ mode: 'approve' });
  expect((await callOff()).body).toMatchObject({ status: 'cancelled' });
  expect((await callOff()).body).toMatchObject({ status: 'cancelled' });
  await stage.app.api().post(`${path}/approval`).send({}).expect(409);
  expect(stage.calls.submit).toBe(0);
});

test('what the venue works is canceled, and the fill that crossed the cancellation is booked', async () => {
  stage.follow((order) => {
    const { report, fill } = reporter(order);
    const late = report('canceled', [fill('t1', 0.25)]);
    return [...working(order), ...working(order), ...working(order), report('canceled'), late];
  });
  const { path, callOff } = await begun();
  await expect.poll(async () => (await stage.app.api().get(path)).body.orders[0].status).toBe('accepted');
  await callOff();
  const ended = await stage.app.ended<Execution>(path);
  expect(ended).toMatchObject({ status: 'succeeded', result: { outcome: 'partial', portfolioVersion: 2 } });
  expect(Number(ended.orders[0]!.filledQuantity)).toBeGreaterThan(0);
});

test('one that has ended stays as it is', async () => {
  stage.follow(filled);
  const { path, callOff } = await begun();
  await stage.app.ended(path);
  expect((await callOff()).body).toMatchObject({ status: 'succeeded', result: { outcome: 'completed' } });
});
