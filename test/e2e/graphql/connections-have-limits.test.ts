import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawClient, startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('a connection carries twenty subscriptions', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  for (let i = 0; i < 21; i++) client.subscribe(`s${i}`);
  expect(await client.got('error', 's20')).toMatchObject({ payload: [{ extensions: { code: 'query_too_complex' } }] });
  await app.subscribers(20);
  client.send({ id: 's3', type: 'complete' });
  await app.subscribers(19);
  client.subscribe('another');
  await app.subscribers(20);
  client.socket.close();
  await app.subscribers(0);
});

test('a client that fails again and again is closed', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  for (let i = 0; i < 150; i++) client.subscribe(`s${i}`, 'subscription { nothing }');
  expect(await client.closed).toBe(4400);
});

test('a second connection_init closes the connection', async () => {
  const client = await rawClient(app);
  client.send({ type: 'connection_init', payload: { authorization: `Bearer ${app.key}` } });
  expect(await client.closed).toBe(4429);
});
