import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver, startTestApp, type TestApp } from '../support/app.ts';
import { MARKET } from '../support/fixtures.ts';
import { execute, makePlan, plannedHedge } from '../support/hedge.ts';

let app: TestApp;
let hooks: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  [app, hooks] = await Promise.all([startTestApp(), startReceiver()]);
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
});
afterAll(async () => {
  hooks.close();
  await app.stop();
});

test('what the venue cannot fill within the limit is canceled, and the next plan hedges the rest', async () => {
  const { portfolioId, plan } = await plannedHedge(app);
  const execution = await execute(app, plan.id, { participation: 0.4 });
  expect(execution.result).toMatchObject({ outcome: 'partial' });
  const [order] = execution.orders;
  expect(order).toMatchObject({ status: 'canceled', reason: expect.stringContaining('limit') });
  const filled = Number(order!.filledQuantity);
  expect(filled).toBeGreaterThan(0);
  expect(filled).toBeLessThan(Number(order!.quantity));
  await hooks.wait('execution.partial');
  const rest = await makePlan(app, portfolioId, { targets: [{ underlying: 'BTC' }] });
  const left = Number(order!.quantity) - filled;
  expect(Math.abs(Number(rest.result!.orders[0]!.quantity) - left)).toBeLessThanOrEqual(10); // a lot
});

test('an order whose limit is beyond the market is not filled: the execution fails and the book stays', async () => {
  const [btc] = MARKET.underlyings;
  // The mark has run away from the quotes: the collar around the quoted middle is kept, and the venue has moved on.
  const market = {
    ...MARKET,
    underlyings: [{ ...btc, perpetual: { mark: 100_000, bid: 90_000, ask: 110_000, symbol: 'deribit:BTC-PERPETUAL' } }],
  };
  const { portfolioId, plan } = await plannedHedge(app, { targets: [{ underlying: 'BTC' }] }, market);
  const execution = await execute(app, plan.id);
  expect(execution).toMatchObject({ status: 'succeeded', result: { outcome: 'failed', portfolioVersion: null } });
  const portfolio = await app.api().get(`/v1/portfolios/${portfolioId}`).expect(200);
  expect(portfolio.body.version).toBe(1);
  await hooks.wait('execution.failed');
});
