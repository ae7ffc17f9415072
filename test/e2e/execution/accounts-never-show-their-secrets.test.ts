import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBallast, type Ballast } from '../../../src/app.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import pg from 'pg';

const SECRET = 'never-to-be-seen-8f2b1c';
const CREDENTIALS = {
  venue: 'okx',
  apiKey: `key-${SECRET}`,
  apiSecret: `secret-${SECRET}`,
  passphrase: `pass-${SECRET}`,
};

let app: TestApp;
let loud: Ballast;
let log = '';
beforeAll(async () => {
  app = await startTestApp();
  const sink = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
  loud = await startBallast({ ...app.config, roles: ['api'], logLevel: 'trace' }, pino({ level: 'trace' }, sink));
});
afterAll(async () => {
  await loud.stop();
  await app.stop();
});

const call = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  loud.http.inject({ method, url, headers: { authorization: `Bearer ${app.key}` }, ...(payload && { payload }) });

test('credentials go in and never come out: not in answers, not in the log, not in clear in the database', async () => {
  const created = await call('POST', '/v1/venue-accounts', { name: 'Desk 1', credentials: CREDENTIALS });
  expect(created.statusCode).toBe(201);
  const { id } = created.json();
  const faulty = await call('POST', '/v1/venue-accounts', { name: '', credentials: { ...CREDENTIALS, more: SECRET } });
  expect(faulty.statusCode).toBe(422);
  const found = await call('GET', `/v1/venue-accounts/${id}`);
  expect(found.json()).toMatchObject({ venue: 'okx', name: 'Desk 1', chain: null, reconciledAt: null });
  const listed = await call('GET', '/v1/venue-accounts');
  for (const answer of [created, faulty, found, listed]) expect(answer.body).not.toContain(SECRET);
  expect(log).toContain('/v1/venue-accounts');
  expect(log).not.toContain(SECRET);
  expect(await stored()).not.toContain(SECRET);
});

test('a forgotten account is gone, and another tenant never sees one', async () => {
  const { body } = await app.api().post('/v1/venue-accounts').send({ name: 'x', credentials: CREDENTIALS }).expect(201);
  const path = `/v1/venue-accounts/${body.id}`;
  const other = await app.otherTenant();
  await app.api(other).get(path).expect(404);
  await app.api(other).delete(path).expect(404);
  await app.api().delete(path).expect(204);
  await app.api().get(path).expect(404);
});

test('an account on a chain that the operator has not configured is refused', async () => {
  const credentials = { venue: 'onchain', chain: 'moon', otherChains: ['mars'], address: `0x${'1'.repeat(40)}` };
  const { body } = await app.api().post('/v1/venue-accounts').send({ name: 'x', credentials }).expect(422);
  expect(body.errors).toMatchObject([
    { pointer: '/credentials/chain', code: 'unknown_chain' },
    { pointer: '/credentials/otherChains/0', code: 'unknown_chain' },
  ]);
});

async function stored(): Promise<string> {
  const client = new pg.Client({ connectionString: app.config.databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT v::text, encode(v.sealed, $1) AS escaped FROM venue_account v', [
    'escape',
  ]);
  await client.end();
  expect(rows.length).toBeGreaterThan(0);
  return JSON.stringify(rows);
}
