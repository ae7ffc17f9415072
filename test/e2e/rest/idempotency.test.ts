import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';

let app: TestApp;
let database: pg.Client;
beforeAll(async () => {
  app = await startTestApp();
  database = new pg.Client({ connectionString: app.config.databaseUrl });
  await database.connect();
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
});
afterAll(async () => {
  await database.end();
  await app.stop();
});

const post = (path: string, key: string, body: object, as?: string) =>
  app.api(as).post(path).set('idempotency-key', key).send(body);
const BOOK = { name: 'book', positions: [] };

async function portfolios(as?: string): Promise<{ id: string }[]> {
  return (await app.api(as).get('/v1/portfolios?limit=200').expect(200)).body.items;
}

/** As after a crash between the effect of a request and its answer: the key is claimed, a while ago, and no answer is kept. */
async function forgetAnswer(key: string): Promise<void> {
  const { rowCount } = await database.query(
    "UPDATE idempotency_key SET status = NULL, headers = NULL, body = NULL, locked_at = locked_at - interval '5 minutes' WHERE key = $1",
    [key],
  );
  expect(rowCount).toBe(1);
}

test('the same request under the same key gets the same answer, and is made once', async () => {
  const before = await portfolios();
  const first = await post('/v1/portfolios', 'replay', PORTFOLIO).expect(201);
  expect(first.headers['idempotent-replayed']).toBeUndefined();
  const again = await post('/v1/portfolios', 'replay', PORTFOLIO).expect(201);
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect(again.text).toBe(first.text);
  for (const name of ['location', 'etag', 'content-type']) expect(again.headers[name]).toBe(first.headers[name]);
  expect(await portfolios()).toHaveLength(before.length + 1);
});

test('what the defaults fill in is the same request', async () => {
  const { body } = await post('/v1/portfolios', 'defaults', BOOK).expect(201);
  const path = `/v1/portfolios/${body.id}/analyses`;
  const first = await post(path, 'analysis', {}).expect(202);
  expect((await post(path, 'analysis', { deltaConvention: 'black_scholes' }).expect(202)).body.id).toBe(first.body.id);
});

test('a key that was used with another body, path or method is refused', async () => {
  await post('/v1/portfolios', 'mismatch', BOOK).expect(201);
  const refused = await post('/v1/portfolios', 'mismatch', { ...BOOK, name: 'other' }).expect(422);
  expect(refused.body).toMatchObject({ code: 'idempotency_mismatch' });
  await post('/v1/tenants', 'mismatch', { name: 'book' }).expect(422);
  await post('/v1/portfolios', 'mismatch', BOOK).expect(201);
});

test('of twins in flight one works, and the others wait or get its answer', async () => {
  const before = await portfolios();
  const answers = await Promise.all(Array.from({ length: 15 }, () => post('/v1/portfolios', 'twins', PORTFOLIO)));
  const made = answers.filter(({ status }) => status === 201);
  expect(made.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  for (const { status, body, headers } of answers.filter((answer) => answer.status !== 201)) {
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'idempotency_in_flight' });
    expect(headers['retry-after']).toBe('1');
  }
  expect(await portfolios()).toHaveLength(before.length + 1);
  await post('/v1/portfolios', 'twins', PORTFOLIO).expect(201).expect('idempotent-replayed', 'true');
});

test('a secret that is shown once is in the replayed answer, and sealed in the database', async () => {
  const endpoint = { url: 'https://desk.example.com/' };
  for (const [path, body, secret] of [
    ['/v1/webhook-endpoints', endpoint, (answer: Answer) => answer.body.secret],
    ['/v1/api-keys', { name: 'x', scopes: ['admin'] }, (answer: Answer) => answer.body.key],
    ['/v1/tenants', { name: 'x' }, (answer: Answer) => answer.body.adminKey.key],
  ] as const) {
    const first = await post(path, `secret ${path}`, body).expect(201);
    const again = await post(path, `secret ${path}`, body).expect(201);
    expect(secret(first)).toMatch(/^(whsec_|blst_)/);
    expect(again.body).toEqual(first.body);
    const { rows } = await database.query('SELECT body FROM idempotency_key WHERE key = $1', [`secret ${path}`]);
    expect(rows[0].body.includes(Buffer.from(secret(first)))).toBe(false);
  }
});
type Answer = Awaited<ReturnType<typeof post>>;

test.each([
  ['a portfolio', '/v1/portfolios', PORTFOLIO],
  ['a market snapshot', '/v1/market-snapshots', MARKET],
  ['a webhook endpoint', '/v1/webhook-endpoints', { url: 'https://desk.example.com/' }],
])('after a crash before the answer the retry meets %s that is there', async (_, path, body) => {
  const list = async () => (await app.api().get(`${path}?limit=200`).expect(200)).body.items as { id: string }[];
  const first = await post(path, `crash ${path}`, body).expect(201);
  const before = await list();
  await forgetAnswer(`crash ${path}`);
  const again = await post(path, `crash ${path}`, body).expect(201);
  expect(again.headers['idempotent-replayed']).toBeUndefined();
  expect(again.body).toEqual(first.body);
  expect(await list()).toEqual(before);
});

test.each(['analyses', 'hedge-plans'])(
  'after a crash before the answer no second one of the %s is queued',
  async (what) => {
    const { id } = (await app.api().post('/v1/portfolios').send(BOOK).expect(201)).body;
    const path = `/v1/portfolios/${id}/${what}`;
    const first = await post(path, `crash ${what}`, {}).expect(202);
    await forgetAnswer(`crash ${what}`);
    expect((await post(path, `crash ${what}`, {}).expect(202)).body.id).toBe(first.body.id);
    expect((await app.api().get(path).expect(200)).body.items).toHaveLength(1);
  },
);

test('after a crash before the answer a key or a tenant is there once, under a key that works', async () => {
  const body = { name: 'once', scopes: ['admin'] };
  const lost = await post('/v1/api-keys', 'crash key', body).expect(201);
  await forgetAnswer('crash key');
  const again = await post('/v1/api-keys', 'crash key', body).expect(201);
  expect(again.body.id).toBe(lost.body.id);
  await app.api(again.body.key).get('/v1/portfolios').expect(200);
  await app.api(lost.body.key).get('/v1/portfolios').expect(401);
  const listed = (await app.api().get('/v1/api-keys').expect(200)).body.items as { name: string; prefix: string }[];
  expect(listed.filter(({ name }) => name === 'once').map(({ prefix }) => prefix)).toEqual([again.body.prefix]);

  const tenant = await post('/v1/tenants', 'crash tenant', { name: 'once' }).expect(201);
  await forgetAnswer('crash tenant');
  const retried = await post('/v1/tenants', 'crash tenant', { name: 'once' }).expect(201);
  expect(retried.body).toMatchObject({ id: tenant.body.id, createdAt: tenant.body.createdAt });
  expect((await app.api(retried.body.adminKey.key).get('/v1/api-keys').expect(200)).body.items).toHaveLength(1);
});

test('a key in flight is not taken over before its holder can be taken for dead', async () => {
  await post('/v1/portfolios', 'slow', BOOK).expect(201);
  await database.query(
    "UPDATE idempotency_key SET status = NULL, locked_at = now() - interval '30 seconds' WHERE key = 'slow'",
  );
  await post('/v1/portfolios', 'slow', BOOK).expect(409);
});

test('keys are those of a tenant', async () => {
  const other = await app.otherTenant();
  const mine = await post('/v1/portfolios', 'shared', BOOK).expect(201);
  const theirs = await post('/v1/portfolios', 'shared', { ...BOOK, name: 'theirs' }, other).expect(201);
  expect(theirs.body.id).not.toBe(mine.body.id);
  expect(await portfolios(other)).toHaveLength(1);
});

test('a refusal leaves no trace: what was missing may be there next time, and the request may be mended', async () => {
  const book = (await app.api().post('/v1/portfolios').send(BOOK).expect(201)).body;
  const path = `/v1/portfolios/${book.id}/analyses`;
  await post(path, 'refused', { portfolioVersion: 2 }).expect(404);
  await app.api().put(`/v1/portfolios/${book.id}/positions`).set('if-match', '*').send({ positions: [] }).expect(200);
  const accepted = await post(path, 'refused', { portfolioVersion: 2 }).expect(202);
  expect(accepted.headers).not.toHaveProperty('idempotent-replayed');
  await post(path, 'refused', { portfolioVersion: 2 }).expect(202).expect('idempotent-replayed', 'true');
  await post('/v1/portfolios', 'faulty', {}).expect(422);
  await post('/v1/portfolios', 'faulty', BOOK).expect(201);
});

test('a failure of ours is not kept: the retry does the work, under the same id', async () => {
  await database.query('ALTER TABLE portfolio_version RENAME TO portfolio_version_away');
  const failed = await post('/v1/portfolios', 'failure', BOOK);
  await database.query('ALTER TABLE portfolio_version_away RENAME TO portfolio_version');
  expect(failed.status).toBe(500);
  expect(failed.body).toMatchObject({ code: 'internal' });
  expect(failed.text).not.toContain('portfolio_version');
  const { rows } = await database.query("SELECT status, resource_id FROM idempotency_key WHERE key = 'failure'");
  expect(rows[0].status).toBeNull();
  const retried = await post('/v1/portfolios', 'failure', BOOK).expect(201);
  expect(retried.body.id).toBe(rows[0].resource_id);
});

test('after a day the key is new', async () => {
  const first = await post('/v1/portfolios', 'day', BOOK).expect(201);
  await database.query("UPDATE idempotency_key SET locked_at = now() - interval '25 hours' WHERE key = 'day'");
  const next = await post('/v1/portfolios', 'day', { ...BOOK, name: 'next day' }).expect(201);
  expect(next.body.id).not.toBe(first.body.id);
});

test('the key counts for POST alone', async () => {
  const { id } = (await app.api().post('/v1/portfolios').send(BOOK).expect(201)).body;
  const put = () =>
    app
      .api()
      .put(`/v1/portfolios/${id}/positions`)
      .set('if-match', '*')
      .set('idempotency-key', 'put')
      .send({ positions: [] });
  expect((await put().expect(200)).body.version).toBe(2);
  expect((await put().expect(200)).body.version).toBe(3);
});
