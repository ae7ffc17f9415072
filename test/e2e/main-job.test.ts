import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import type { Analysis } from '../../src/risk/model.ts';
import { startReceiver, startTestApp, type TestApp } from '../support/app.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';

let app: TestApp;
let hooks: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  [app, hooks] = await Promise.all([startTestApp(), startReceiver()]);
});
afterAll(async () => {
  hooks.close();
  await app.stop();
});

test('a book goes in; Greeks, a plan, fills and verified webhooks come out', async () => {
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
  const market = await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const portfolio = await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
  expect(portfolio.body).toMatchObject({ version: 1, positionCount: 5, cause: 'created' });

  const queued = await app.api().post(`/v1/portfolios/${portfolio.body.id}/analyses`).send({}).expect(202);
  expect(queued.headers['location']).toBe(`/v1/analyses/${queued.body.id}`);
  const analysis = await app.ended<Analysis>(queued.headers['location']!);
  expect(analysis).toMatchObject({
    status: 'succeeded',
    progress: 1,
    portfolioVersion: 1,
    marketSnapshotId: market.body.id,
  });
  expect(analysis.result).toMatchObject({ valued: 5, unvalued: 0, deltaConvention: 'black_scholes' });
  const before = analysis.result!.underlyings.find(({ underlying }) => underlying === 'BTC')!.delta;

  const targets = [{ underlying: 'BTC' }];
  const asked = await app.api().post(`/v1/portfolios/${portfolio.body.id}/hedge-plans`).send({ targets }).expect(202);
  const plan = await app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
  const [btc] = plan.result!.underlyings;
  expect(btc!.greeks.before.delta).toBeCloseTo(before, 9);
  expect(Math.abs(btc!.greeks.after.delta)).toBeLessThanOrEqual(0.00006); // half a lot: 10 USD of a 100,000 USD coin
  const [order] = plan.result!.orders;
  expect(order).toMatchObject({
    symbol: 'deribit:BTC-PERPETUAL',
    side: before > 0 ? 'sell' : 'buy',
    quantityUnit: 'USD',
  });
  expect(Number(order!.quantity) % 10).toBe(0);

  const executing = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({}).expect(202);
  const execution = await app.ended<Execution>(`/v1/executions/${executing.body.id}`);
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(execution.orders).toMatchObject([{ status: 'filled', filledQuantity: order!.quantity }]);
  const detail = await app.api().get(`/v1/orders/${execution.orders[0]!.id}`).expect(200);
  expect(detail.body.transitions.map(({ to }: { to: string }) => to)).toEqual([
    'initialized',
    'submitted',
    'accepted',
    'filled',
  ]);

  const rebalance = await hooks.wait('rebalance.completed');
  expect(rebalance.data).toMatchObject({ portfolioId: portfolio.body.id, portfolioVersion: 2, outcome: 'completed' });
  for (const type of ['analysis.completed', 'hedge_plan.completed', 'execution.completed']) await hooks.wait(type);
  expect(hooks.refused).toEqual([]);

  // The fills are in the book: a new plan finds nothing to do.
  const again = await app
    .api()
    .post(`/v1/portfolios/${portfolio.body.id}/hedge-plans`)
    .send({ targets: [{ underlying: 'BTC', tolerance: 0.01 }] })
    .expect(202);
  const second = await app.ended<HedgePlan>(`/v1/hedge-plans/${again.body.id}`);
  expect(second).toMatchObject({ portfolioVersion: 2, result: { orders: [], noTrade: { code: 'within_tolerance' } } });
});
