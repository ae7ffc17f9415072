import { expect, test } from 'vitest';
import { rawClient, startGraphqlApp } from './support.ts';

test('a service that stops closes its WebSockets and does not wait for events', async () => {
  const app = await startGraphqlApp();
  const client = await rawClient(app);
  await client.got('connection_ack');
  client.subscribe('plans');
  await app.subscribers(1);
  const began = performance.now();
  await app.stop();
  await client.closed;
  expect(performance.now() - began).toBeLessThan(10_000);
});
