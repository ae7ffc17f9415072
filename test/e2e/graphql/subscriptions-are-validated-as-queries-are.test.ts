import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawClient, startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('a subscription is validated and limited as a query is', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  const id = '"01a00000-0000-7000-8000-000000000000"';
  const big =
    '{ portfolio { analyses(first: 200) { edges { node { portfolio { positions(first: 200) { edges { node { id } } } } } } } } }';
  const cases: [string, string, string][] = [
    ['field', 'subscription { hedgePlanUpdated { nothing } }', 'invalid_request'],
    ['two', 'subscription { hedgePlanUpdated { id } rebalance { id } }', 'invalid_request'],
    ['variable', 'subscription ($id: ID!) { analysisProgress(id: $id) { id } }', 'invalid_request'],
    ['cost', `subscription { analysisProgress(id: ${id}) ${big} }`, 'query_too_complex'],
    [
      'aliases',
      `subscription { hedgePlanUpdated { ${Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ')} } }`,
      'query_too_complex',
    ],
    ['syntax', 'subscription {', 'invalid_request'],
    ['empty', 'fragment A on Portfolio { id }', 'invalid_request'],
    ['query', '{ portfolios { edges { cursor } } }', 'invalid_request'],
    ['missing', `subscription { analysisProgress(id: ${id}) { id } }`, 'not_found'],
    ['malformed', 'subscription { analysisProgress(id: "x") { id } }', 'not_found'],
    ['of', 'subscription { rebalance(portfolioId: "x") { id } }', 'not_found'],
  ];
  for (const [name, query, code] of cases) {
    client.subscribe(name, query);
    expect(await client.got('error', name), name).toMatchObject({ payload: [{ extensions: { code } }] });
  }
  client.send({ id: 'nothing', type: 'subscribe' });
  expect(await client.got('error', 'nothing')).toMatchObject({
    payload: [{ extensions: { code: 'invalid_request' } }],
  });
  client.socket.close();
  await app.subscribers(0);
});
