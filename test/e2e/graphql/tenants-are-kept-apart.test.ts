import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('what belongs to another tenant is not there', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id);
  const analysis = await app.api().post(`/v1/portfolios/${portfolioId}/analyses`).send({}).expect(202);
  const ids = {
    portfolio: portfolioId,
    plan: plan.id,
    execution: execution.id,
    order: execution.orders[0]!.id,
    analysis: analysis.body.id,
    snapshot: plan.marketSnapshotId,
  };
  const query = `query ($portfolio: ID!, $plan: ID!, $execution: ID!, $order: ID!, $analysis: ID!, $snapshot: ID!) {
    portfolio(id: $portfolio) { id } hedgePlan(id: $plan) { id } execution(id: $execution) { id } order(id: $order) { id } analysis(id: $analysis) { id } marketSnapshot(id: $snapshot) { id }
    portfolios { edges { cursor } } orders(portfolioId: $portfolio) { edges { cursor } } marketSnapshots { edges { cursor } } }`;
  const own = await app.data(query, ids);
  expect(Object.values(own).every(Boolean)).toBe(true);

  const stranger = await app.otherTenant();
  const { portfolios, orders, marketSnapshots, ...single } = await app.data(query, ids, stranger);
  expect(Object.values(single)).toEqual(Array(6).fill(null));
  expect([portfolios.edges, orders.edges, marketSnapshots.edges]).toEqual([[], [], []]);

  const { body } = await app.ask(
    `mutation ($portfolio: ID!, $plan: ID!) { createAnalysis(portfolioId: $portfolio) { id } createHedgePlan(portfolioId: $portfolio) { id } executeHedgePlan(hedgePlanId: $plan) { id }
      deletePosition(portfolioId: $portfolio, positionId: "eth-put", anyVersion: true) { id } }`,
    ids,
    stranger,
  );
  expect(body.errors!.map(({ extensions }) => extensions.code)).toEqual(Array(4).fill('not_found'));
});
