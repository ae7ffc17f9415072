import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MarketSnapshotInputSchema, MarketSnapshotSchema } from '../../src/market/model.ts';
import { marketRoutes } from '../../src/market/routes.ts';
import { createMarket } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { createHttp, jsonSerializer, zodValidator } from '../../src/platform/http.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silentWake } from '../support/wake.ts';

let database: TestDatabase;
let app: FastifyInstance;
let tenantId: string;
const example = JSON.parse(readFileSync(join(import.meta.dirname, '../../examples/market.json'), 'utf8'));

beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.tenant();
  const clock = fixedClock('2026-08-21T15:48:00.000Z');
  const ids = systemIds(clock);
  // The token is the scope.
  app = createHttp(pino({ level: 'silent' }), ids, async (token) => ({ tenantId, keyId: ids.next(), scopes: [token] }));
  app.setValidatorCompiler(zodValidator);
  app.setSerializerCompiler(jsonSerializer);
  await app.register(marketRoutes(createMarket({ db: database.db, clock, wake: silentWake })));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

function call(method: 'GET' | 'POST', url: string, scope: string, payload?: object) {
  return app.inject({ method, url, headers: { authorization: `Bearer ${scope}` }, ...(payload && { payload }) });
}

it('the example is created, read and listed', async () => {
  const created = await call('POST', '/v1/market-snapshots', 'market:write', example);
  expect(created.statusCode).toBe(201);
  const body = created.json();
  expect(MarketSnapshotSchema.parse(body)).toEqual(body);
  expect(created.headers['location']).toBe(`/v1/market-snapshots/${body.id}`);
  const read = await call('GET', `/v1/market-snapshots/${body.id}`, 'market:read');
  expect([read.statusCode, read.json()]).toEqual([200, body]);
  const listed = await call('GET', '/v1/market-snapshots?limit=1', 'market:read');
  const { data: _, ...summary } = body;
  expect(listed.json()).toEqual({ items: [summary], nextCursor: null });
});

it('the example in the contract works', async () => {
  const [given] = MarketSnapshotInputSchema.meta()?.examples as object[];
  expect((await call('POST', '/v1/market-snapshots', 'market:write', given)).statusCode).toBe(201);
});

it.each([
  ['POST', '/v1/market-snapshots', 'market:read'],
  ['GET', '/v1/market-snapshots', 'market:write'],
  ['GET', '/v1/market-snapshots/019a0000-0000-7000-8000-000000000000', 'market:write'],
] as const)('%s %s is not for %s', async (method, url, scope) => {
  expect((await call(method, url, scope)).json()).toMatchObject({ status: 403, code: 'forbidden' });
});

it('what has the wrong shape is refused with a pointer to each field', async () => {
  const answer = await call('POST', '/v1/market-snapshots', 'market:write', {
    ...example,
    asOf: 'yesterday',
    underlyings: [{ underlying: 'btc', spot: { mark: 0 } }],
  });
  expect(answer.statusCode).toBe(422);
  expect(answer.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    '/asOf',
    '/underlyings/0/underlying',
    '/underlyings/0/spot/mark',
  ]);
});

it.each(['/v1/market-snapshots/nothing', '/v1/market-snapshots/019a0000-0000-7000-8000-000000000000'])(
  '%s is not found',
  async (url) => {
    expect((await call('GET', url, 'market:read')).json()).toMatchObject({ status: 404, code: 'not_found' });
  },
);

it.each(['limit=0', 'limit=201', 'cursor=x', 'page=2'])('the query %s is refused', async (query) => {
  expect((await call('GET', `/v1/market-snapshots?${query}`, 'market:read')).json()).toMatchObject({ status: 400 });
});
