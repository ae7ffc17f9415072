import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { plannedHedge } from '../../support/hedge.ts';
import { reporter, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('what delays an order is told while it is open, and not once it has traded', async () => {
  const { app } = stage;
  const why = 'Not mined yet; Flashbots Protect says PENDING';
  stage.follow((asked) => {
    const { report, rest } = reporter(asked);
    const late = [why, why, why, why].map((reason) => report('accepted', [], reason));
    return [report('accepted'), ...late, report('filled', [rest('t1', 0)])];
  });
  const { plan } = await plannedHedge(app);
  const asked = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  const { id } = (asked.body as Execution).orders[0]!;
  const order = async () => (await app.api().get(`/v1/orders/${id}`).expect(200)).body;
  await expect.poll(order, { timeout: 5_000, interval: 20 }).toMatchObject({ status: 'accepted', reason: why });
  await app.ended(`/v1/executions/${asked.body.id}`);
  expect(await order()).toMatchObject({ status: 'filled', reason: null });
  expect((await order()).transitions.map(({ to }: { to: string }) => to)).not.toContain('rejected');
});
