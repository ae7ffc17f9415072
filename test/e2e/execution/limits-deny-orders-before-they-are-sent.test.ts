import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
beforeEach(() => stage.follow(filled));
afterEach(() => stage.app.api().put('/v1/trading-limits').send({}).expect(200));
afterAll(() => stage.stop());

async function denied(limits: object) {
  const { plan, portfolioId } = await plannedHedge(stage.app);
  const execution = await execute(stage.app, plan.id, { limits });
  return { execution, portfolioId, planned: plan.result!.orders[0]! };
}

test('an order above the largest notional is denied by code, sent nowhere, and changes no book', async () => {
  const { execution, portfolioId } = await denied({ maxOrderNotional: 10 });
  expect(execution).toMatchObject({
    status: 'succeeded',
    result: { outcome: 'failed', portfolioVersion: null },
    orders: [{ status: 'denied', denial: 'notional_exceeds_max_per_order', filledQuantity: '0' }],
  });
  expect(execution.orders[0]!.reason).toMatch(/is above 10$/);
  expect(stage.calls).toEqual({ submit: 0, lookup: 0 });
  const { body } = await stage.app.api().get(`/v1/portfolios/${portfolioId}`).expect(200);
  expect(body.version).toBe(1);
});

test("the tenant's limit counts where the execution asks for none, or for a laxer one", async () => {
  await stage.app.api().put('/v1/trading-limits').send({ maxOrderNotional: 10 }).expect(200);
  const { body } = await stage.app.api().get('/v1/trading-limits').expect(200);
  expect(body).toEqual({ maxOrderNotional: 10 });
  for (const limits of [{}, { maxOrderNotional: 1e9 }]) {
    const { execution } = await denied(limits);
    expect(execution.orders[0]!.denial).toBe('notional_exceeds_max_per_order');
  }
});

test('what was sent within the window counts, whichever book it was for', async () => {
  const { execution, planned } = await denied({});
  expect(execution.result!.outcome).toBe('completed');
  const limits = { maxWindowNotional: Number(planned.quantity) * 1.5 };
  const next = await denied(limits);
  expect(next.execution.orders[0]!.denial).toBe('notional_exceeds_max_per_window');
});

test('an order that would grow a position is denied where only reducing is allowed', async () => {
  const { execution } = await denied({ reduceOnly: true });
  expect(execution.orders[0]!).toMatchObject({ denial: 'reduce_only_would_increase_position' });
});

test('an order above its share of the displayed size is denied', async () => {
  const { execution } = await denied({ maxDepthShare: 0.001 });
  expect(execution.orders[0]!.denial).toBe('depth_share');
});

test('limits that are not limits are refused', async () => {
  const { body } = await stage.app.api().put('/v1/trading-limits').send({ maxOrderNotional: -1 }).expect(422);
  expect(body.errors).toMatchObject([{ pointer: '/maxOrderNotional' }]);
});
