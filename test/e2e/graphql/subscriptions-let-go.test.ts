import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawClient, startGraphqlApp, WATCH_PLANS, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

test('a client that ends its subscription leaves no subscriber', async () => {
  const client = app.client();
  const end = client.subscribe(
    { query: WATCH_PLANS },
    { next: () => undefined, error: () => undefined, complete: () => undefined },
  );
  await app.subscribers(1);
  end();
  await app.subscribers(0);
  await client.dispose();
});

test('a client that ends its subscription while it begins leaves no subscriber', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  for (let i = 0; i < 10; i++) {
    client.subscribe(`s${i}`);
    client.send({ id: `s${i}`, type: 'complete' });
  }
  client.subscribe('last');
  await app.subscribers(1);
  client.socket.terminate();
  await app.subscribers(0);
});

test('a connection that breaks leaves no subscriber', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  for (let i = 0; i < 5; i++) client.subscribe(`s${i}`);
  await app.subscribers(5);
  client.socket.terminate();
  await app.subscribers(0);
});

test('one id for two subscriptions closes the connection and leaves no subscriber', async () => {
  const client = await rawClient(app);
  await client.got('connection_ack');
  client.subscribe('same');
  await app.subscribers(1);
  client.subscribe('same');
  expect(await client.closed).toBe(4409);
  await app.subscribers(0);
});
