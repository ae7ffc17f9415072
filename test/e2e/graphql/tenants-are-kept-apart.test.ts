import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

const BACKTEST = {
  paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.2, count: 10 },
  ...{ market: { vol: 0.2 }, monitoringSteps: 2, horizonYears: 0.1 },
  book: [{ type: 'call', strike: 100, expiryYears: 0.1, quantity: '-1' }],
  strategies: [{ name: 'mine', policy: { kind: 'stop_loss' } }],
};
const CREATE = `mutation ($backtest: JSON!) {
  createHedgePolicy(input: { name: "mine", policy: { kind: "stop_loss" } }) { id } createBacktest(input: $backtest) { id } }`;

test('what belongs to another tenant is not there', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id);
  const analysis = await app.api().post(`/v1/portfolios/${portfolioId}/analyses`).send({}).expect(202);
  const { createHedgePolicy: policy, createBacktest: backtest } = await app.data(CREATE, { backtest: BACKTEST });
  const ids = {
    policy: policy.id,
    backtest: backtest.id,
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
  const more = `query ($policy: ID!, $backtest: ID!, $portfolio: ID!) {
    hedgePolicy(id: $policy) { id } backtest(id: $backtest) { id } ledger(portfolioId: $portfolio) { marks }
    hedgePolicies { edges { cursor } } backtests { edges { cursor } } }`;
  const own = await app.data(query, ids);
  expect(Object.values(own).every(Boolean)).toBe(true);
  const { hedgePolicies, backtests, ...ownMore } = await app.data(more, ids);
  expect([hedgePolicies.edges.length, backtests.edges.length]).toEqual([1, 1]);
  expect(Object.values(ownMore).every(Boolean)).toBe(true);

  const stranger = await app.otherTenant();
  const { portfolios, orders, marketSnapshots, ...single } = await app.data(query, ids, stranger);
  expect(Object.values(single)).toEqual(Array(6).fill(null));
  const nothing = { hedgePolicy: null, backtest: null, ledger: null };
  const empty = { hedgePolicies: { edges: [] }, backtests: { edges: [] } };
  expect(await app.data(more, ids, stranger)).toEqual({ ...nothing, ...empty });
  expect([portfolios.edges, orders.edges, marketSnapshots.edges]).toEqual([[], [], []]);

  const { body } = await app.ask(
    `mutation ($portfolio: ID!, $plan: ID!, $policy: ID!) { replaceHedgePolicy(id: $policy, anyVersion: true, input: { name: "x", policy: { kind: "stop_loss" } }) { id } createAnalysis(portfolioId: $portfolio) { id } createHedgePlan(portfolioId: $portfolio) { id } executeHedgePlan(hedgePlanId: $plan) { id }
      deletePosition(portfolioId: $portfolio, positionId: "eth-put", anyVersion: true) { id } }`,
    ids,
    stranger,
  );
  expect(body.errors!.map(({ extensions }) => extensions.code)).toEqual(Array(5).fill('not_found'));
});
