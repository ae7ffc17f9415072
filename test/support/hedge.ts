import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import type { TestApp } from './app.ts';
import { MARKET, PORTFOLIO } from './fixtures.ts';

/** A portfolio with a plan that has orders, ready to be executed. */
export async function plannedHedge(
  app: TestApp,
  request: object = { targets: [{ underlying: 'BTC' }] },
  market: object = MARKET,
) {
  await app.api().post('/v1/market-snapshots').send(market).expect(201);
  const portfolio = await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
  const plan = await makePlan(app, portfolio.body.id, request);
  return { portfolioId: portfolio.body.id as string, plan };
}

export async function makePlan(app: TestApp, portfolioId: string, request: object): Promise<HedgePlan> {
  const asked = await app.api().post(`/v1/portfolios/${portfolioId}/hedge-plans`).send(request).expect(202);
  return app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
}

export async function execute(app: TestApp, planId: string, request: object = {}): Promise<Execution> {
  const executing = await app.api().post(`/v1/hedge-plans/${planId}/execution`).send(request).expect(202);
  return app.ended<Execution>(`/v1/executions/${executing.body.id}`);
}
