import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import {
  asInput,
  CREATE_ANALYSIS,
  CREATE_MARKET,
  CREATE_PORTFOLIO,
  rawClient,
  startGraphqlApp,
  type GraphqlApp,
} from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('an analysis that has ended is told once', async () => {
  await app.data(CREATE_MARKET, { data: MARKET });
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const { createAnalysis: analysis } = await app.data(CREATE_ANALYSIS, { id: portfolio.id });
  await app.ended(`/v1/analyses/${analysis.id}`);
  const client = await rawClient(app);
  await client.got('connection_ack');
  client.subscribe('a', `subscription { analysisProgress(id: "${analysis.id}") { status } }`);
  await client.got('complete', 'a');
  expect(client.received.filter(({ id, type }) => id === 'a' && type === 'next')).toMatchObject([
    { payload: { data: { analysisProgress: { status: 'succeeded' } } } },
  ]);
  client.socket.close();
});

test('events of another tenant are not told', async () => {
  const stranger = await app.otherTenant();
  await app.data(CREATE_MARKET, { data: MARKET });
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const [theirs, ours] = await Promise.all([rawClient(app, { authorization: `Bearer ${stranger}` }), rawClient(app)]);
  await Promise.all([theirs.got('connection_ack'), ours.got('connection_ack')]);
  for (const client of [theirs, ours]) client.subscribe('plans');
  await app.subscribers(2);
  await app.data('mutation ($id: ID!) { createHedgePlan(portfolioId: $id) { id } }', { id: portfolio.id });
  await ours.got('next', 'plans');
  expect(theirs.received.some(({ type }) => type === 'next')).toBe(false);
  for (const client of [theirs, ours]) client.socket.close();
  await app.subscribers(0);
});
