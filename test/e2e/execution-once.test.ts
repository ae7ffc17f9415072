import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { execute, makePlan, plannedHedge } from '../support/hedge.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('executing a plan twice, one after the other, orders once', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const first = await execute(app, plan.id);
  const again = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  expect(again.body.id).toBe(first.id);
  const orders = await app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(orders.body.items).toHaveLength(1);
});

test('executing a plan twenty times at once orders once', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({})),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  await app.ended(`/v1/executions/${answers[0]!.body.id}`);
  const orders = await app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(orders.body.items).toHaveLength(1);
  const portfolio = await app.api().get(`/v1/portfolios/${portfolioId}`).expect(200);
  expect(portfolio.body).toMatchObject({ version: 2, cause: 'filled' });
});

test('of two plans for one version only one is executed: the other is superseded', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const twin = await makePlan(app, portfolioId, { targets: [{ underlying: 'BTC' }] });
  await execute(app, plan.id);
  const refused = await app.api().post(`/v1/hedge-plans/${twin.id}/execution`).send({}).expect(409);
  expect(refused.body).toMatchObject({ code: 'plan_superseded' });
});

test('a plan without orders cannot be executed', async () => {
  const { plan } = await plannedHedge(app, { targets: [{ underlying: 'BTC', tolerance: 1_000 }] });
  expect(plan.result).toMatchObject({ orders: [], noTrade: { code: 'within_tolerance' } });
  await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(409);
});
