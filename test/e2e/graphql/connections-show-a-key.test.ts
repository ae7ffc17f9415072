import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import { asInput, CREATE_MARKET, CREATE_PORTFOLIO, rawClient, startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('a key that was revoked gets no further event', async () => {
  await app.data(CREATE_MARKET, { data: MARKET });
  const made = await app
    .api()
    .post('/v1/api-keys')
    .send({ name: 'watcher', scopes: ['analyses:read', 'hedging:read'] })
    .expect(201);
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  const plan = 'mutation ($id: ID!) { createHedgePlan(portfolioId: $id) { id } }';
  const client = await rawClient(app, { authorization: `Bearer ${made.body.key}` });
  await client.got('connection_ack');
  client.subscribe('plans');
  await app.subscribers(1);
  await app.data(plan, { id: portfolio.id });
  await client.got('next', 'plans');
  await app.api().delete(`/v1/api-keys/${made.body.id}`).expect(204);
  await app.data(plan, { id: portfolio.id });
  expect(await client.got('error', 'plans')).toMatchObject({ payload: [{ extensions: { code: 'unauthenticated' } }] });
  expect(client.received.filter(({ type }) => type === 'next')).toHaveLength(1);
  await app.subscribers(0);
  client.socket.close();
});

test('a key that is not valid opens nothing', async () => {
  for (const payload of [{ authorization: 'Bearer blst_no_such_key' }, {}, null, { authorization: 7 }, 'text', []]) {
    const client = await rawClient(app, payload as object);
    expect(await client.closed).toBe(4403);
    expect(client.received.some(({ type }) => type === 'connection_ack')).toBe(false);
  }
});

test('the key may come in the header of the upgrade', async () => {
  const client = await rawClient(app, {}, { authorization: `Bearer ${app.key}` });
  await client.got('connection_ack');
  client.socket.close();
});

test('a connection that does not say who it is is closed after ten seconds', { timeout: 20_000 }, async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${app.port}/graphql`, 'graphql-transport-ws');
  const opened = performance.now();
  await new Promise((closed) => socket.on('close', closed));
  expect(performance.now() - opened).toBeGreaterThan(9_000);
});
