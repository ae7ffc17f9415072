import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import { execute, makePlan } from '../../support/hedge.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

const BACKTEST = {
  paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.2, count: 10 },
  ...{ market: { vol: 0.2 }, monitoringSteps: 2, horizonYears: 0.1 },
  book: [{ type: 'call', strike: 100, expiryYears: 0.1, quantity: '-1' }],
  strategies: [{ name: 'mine', policy: { kind: 'stop_loss' } }],
};

let app: GraphqlApp;
let portfolioId: string;
let analysisId: string;
beforeAll(async () => {
  app = await startGraphqlApp();
  for (let i = 0; i < 3; i++) {
    await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
    await app
      .api()
      .post('/v1/webhook-endpoints')
      .send({ url: `http://127.0.0.1:9/${i}` })
      .expect(201);
    const policy = { name: `policy ${i}`, policy: { kind: 'stop_loss' } };
    await app.api().post('/v1/hedge-policies').send(policy).expect(201);
    await app.api().post('/v1/backtests').send(BACKTEST).expect(202);
    const portfolio = await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201);
    portfolioId = portfolio.body.id;
  }
  for (let i = 0; i < 3; i++) {
    const analysis = await app.api().post(`/v1/portfolios/${portfolioId}/analyses`).send({}).expect(202);
    await app.ended(`/v1/analyses/${analysis.body.id}`);
    analysisId = analysis.body.id;
    const plan = await makePlan(app, portfolioId, { targets: [{ underlying: 'BTC', target: i }] });
    await execute(app, plan.id);
  }
});
afterAll(() => app.stop());

const inPortfolio = (list: string) =>
  `query ($id: ID!, $after: String) { portfolio(id: $id) { list: ${list}(first: 2, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`;
const atRoot = (list: string, args = '') =>
  `query ($after: String) { list: ${list}(first: 2, after: $after ${args}) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;

test.each([
  ['portfolios', atRoot('portfolios'), () => '/v1/portfolios'],
  ['market snapshots', atRoot('marketSnapshots'), () => '/v1/market-snapshots'],
  ['webhook endpoints', atRoot('webhookEndpoints'), () => '/v1/webhook-endpoints'],
  ['orders', atRoot('orders'), () => '/v1/orders'],
  ['hedge policies', atRoot('hedgePolicies'), () => '/v1/hedge-policies'],
  ['backtests', atRoot('backtests'), () => '/v1/backtests'],
  ['positions', inPortfolio('positions'), () => `/v1/portfolios/${portfolioId}/positions`],
  ['analyses of a portfolio', inPortfolio('analyses'), () => `/v1/portfolios/${portfolioId}/analyses`],
  ['hedge plans of a portfolio', inPortfolio('hedgePlans'), () => `/v1/portfolios/${portfolioId}/hedge-plans`],
  ['orders of a portfolio', inPortfolio('orders'), () => `/v1/orders?portfolioId=${portfolioId}`],
])('%s come page by page as at REST', async (_what, query, path) => {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const data = await app.data(query, { id: portfolioId, after });
    const { edges, pageInfo } = data.list ?? data.portfolio.list;
    const rest = await app
      .api()
      .get(`${path()}${path().includes('?') ? '&' : '?'}limit=2${after ? `&cursor=${after}` : ''}`)
      .expect(200);
    expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(
      rest.body.items.map(({ id }: { id: string }) => id),
    );
    expect(pageInfo.hasNextPage).toBe(rest.body.nextCursor !== null);
    expect(pageInfo.endCursor).toBe(edges.at(-1).cursor);
    if (rest.body.nextCursor) expect(pageInfo.endCursor).toBe(rest.body.nextCursor);
    ids.push(...edges.map(({ node }: { node: { id: string } }) => node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(2);
});

test('Greeks per position come page by page as at REST', async () => {
  const query = `query ($id: ID!, $after: String) { analysis(id: $id) { positionGreeks(first: 2, after: $after) {
    edges { cursor node { positionId symbol deltaConvention price value greeks { delta gamma vega theta rho vanna volga charm } failure { code detail } } } pageInfo { hasNextPage endCursor } } } }`;
  let after: string | null = null;
  let seen = 0;
  do {
    const data = await app.data(query, { id: analysisId, after });
    const { edges, pageInfo } = data.analysis.positionGreeks;
    const rest = await app
      .api()
      .get(`/v1/analyses/${analysisId}/positions?limit=2${after ? `&cursor=${after}` : ''}`)
      .expect(200);
    expect(edges.map(({ node }: { node: object }) => node)).toEqual(rest.body.items);
    seen += edges.length;
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(seen).toBeGreaterThan(4);
});

test('orders can be had for one portfolio', async () => {
  const none = await app.api().post('/v1/portfolios').send({ name: 'empty', positions: [] }).expect(201);
  const query = `query ($id: ID) { orders(portfolioId: $id) { edges { node { id } } } }`;
  expect((await app.data(query, { id: none.body.id })).orders.edges).toEqual([]);
  expect((await app.data(query, { id: portfolioId })).orders.edges.length).toBeGreaterThan(2);
});
