import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, makePlan } from '../../support/hedge.ts';
import { filled, reporter, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('nothing more is executed on the book before a person has acknowledged the order', async () => {
  const { execution, order } = await stage.run((asked) => {
    const { report, fill } = reporter(asked);
    return [report('filled', [fill('t1', 1), fill('t2', 0.5)])];
  });
  expect(order).toMatchObject({ overfilled: true, acknowledgedAt: null });
  const told = await stage.hooks.wait('order.overfilled');
  expect(told.data).toMatchObject({ id: order.id, quantity: order.quantity, filledQuantity: order.filledQuantity });

  stage.follow(filled);
  const plan = await makePlan(stage.app, execution.portfolioId, { targets: [{ underlying: 'BTC' }] });
  const path = `/v1/hedge-plans/${plan.id}/execution`;
  const refused = await stage.app.api().post(path).send({}).expect(409);
  expect(refused.body.code).toBe('quarantined');
  const trader = await stage.app.keyWith(['execution:write']);
  await stage.app.api(trader).post(`/v1/orders/${order.id}/acknowledgement`).expect(403);
  const acknowledged = await stage.app.api().post(`/v1/orders/${order.id}/acknowledgement`).expect(200);
  expect(acknowledged.body.acknowledgedAt).not.toBeNull();
  expect(await execute(stage.app, plan.id)).toMatchObject({ result: { outcome: 'completed', portfolioVersion: 3 } });
});

test('an order that was not overfilled has nothing to acknowledge', async () => {
  const { order } = await stage.run(filled);
  await stage.app.api().post(`/v1/orders/${order.id}/acknowledgement`).expect(409);
});
