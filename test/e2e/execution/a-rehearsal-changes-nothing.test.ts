import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
  stage.follow(filled);
});
afterAll(() => stage.stop());

test('a dry run sends nothing and leaves the book, and the plan can be executed after it', async () => {
  const { portfolioId, plan } = await plannedHedge(stage.app);
  const rehearsed = await execute(stage.app, plan.id, { mode: 'dry_run' });
  expect(rehearsed).toMatchObject({
    status: 'succeeded',
    result: { outcome: 'rehearsed', portfolioVersion: null, shortfall: [] },
    orders: [{ status: 'initialized', denial: null }],
  });
  expect(stage.calls).toEqual({ submit: 0, lookup: 0 });
  const again = await execute(stage.app, plan.id, { mode: 'dry_run' });
  expect(again.id).not.toBe(rehearsed.id);
  const portfolio = await stage.app.api().get(`/v1/portfolios/${portfolioId}`).expect(200);
  expect(portfolio.body.version).toBe(1);
  const real = await execute(stage.app, plan.id);
  expect(real.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(stage.calls.submit).toBe(1);
});

test('it tells which orders the limits would deny', async () => {
  const { plan } = await plannedHedge(stage.app);
  const request = { mode: 'dry_run', limits: { maxOrderNotional: 10 } };
  const { orders } = await execute(stage.app, plan.id, request);
  expect(orders).toMatchObject([{ status: 'denied', denial: 'notional_exceeds_max_per_order' }]);
});
