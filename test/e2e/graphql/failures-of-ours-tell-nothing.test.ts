import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
let database: pg.Client;
beforeAll(async () => {
  app = await startGraphqlApp();
  database = new pg.Client({ connectionString: app.config.databaseUrl! });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await app.stop();
});

async function whileBroken<T>(work: () => Promise<T>): Promise<T> {
  await database.query('ALTER TABLE webhook_endpoint RENAME TO elsewhere');
  try {
    return await work();
  } finally {
    await database.query('ALTER TABLE elsewhere RENAME TO webhook_endpoint');
  }
}

test('a field that fails on our side says so and no more, and the others are answered', async () => {
  const { status, body } = await whileBroken(() =>
    app.ask('{ webhookEndpoints { edges { cursor } } portfolios { edges { cursor } } }'),
  );
  expect(status).toBe(200);
  expect(body.data).toEqual({ webhookEndpoints: null, portfolios: { edges: [] } });
  expect(body.errors).toEqual([
    {
      message: 'Something failed on our side; the request id names the log entry',
      locations: [{ line: 1, column: 3 }],
      path: ['webhookEndpoints'],
      extensions: { code: 'internal', status: 500, type: '/errors#internal' },
    },
  ]);
});

test('a failure on our side is not kept under the Idempotency-Key', async () => {
  const create = () =>
    app
      .api()
      .post('/graphql')
      .set('idempotency-key', 'once')
      .send({ query: 'mutation { createWebhookEndpoint(input: { url: "http://127.0.0.1:9/" }) { endpoint { id } } }' });
  expect((await whileBroken(create)).body.errors[0].extensions.code).toBe('internal');
  const again = await create();
  expect(again.headers['idempotent-replayed']).toBeUndefined();
  expect(again.body.errors?.[0].extensions.code ?? 'none').not.toBe('internal');
});
