import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { startDeribit } from '../../venues/deribit.ts';
import type { TestExchange } from '../../venues/exchange.ts';
import { newAccount } from '../../venues/stage.ts';
import { marketAt } from './watched.ts';

const BOOKS = 12;
/** An exchange far away. */
const SLOW_MS = 400;

let app: TestApp;
let exchange: TestExchange;
let folder: string;
const keys = newAccount('deribit');
const placed: number[] = [];
let asked!: () => void;
const isAsked = new Promise<void>((resolve) => (asked = resolve));
const far = createServer((incoming, response) => {
  if (/private\/(buy|sell)/.test(incoming.url!)) placed.push(Date.now());
  if (incoming.url!.includes('get_order_state_by_label')) asked();
  const { host: _host, ...headers } = incoming.headers as Record<string, string>;
  setTimeout(() => {
    void fetch(exchange.wire.url + incoming.url!, { method: incoming.method!, headers }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  }, SLOW_MS);
});

beforeAll(async () => {
  exchange = await startDeribit(systemClock);
  exchange.accounts.set('desk', keys);
  exchange.engine.quote('BTC-PERPETUAL', [['99999.5', '9000000000']], [['100000.5', '9000000000']]);
  await new Promise<void>((listening) => far.listen(0, '127.0.0.1', listening));
  folder = await mkdtemp(join(tmpdir(), 'ballast-far-'));
  const venuesFile = join(folder, 'venues.json');
  const url = `http://127.0.0.1:${(far.address() as AddressInfo).port}`;
  await writeFile(venuesFile, JSON.stringify({ exchanges: { deribit: { url } } }));
  app = await startTestApp({}, { venuesFile });
});
afterAll(async () => {
  await app.stop();
  far.closeAllConnections();
  far.close();
  await exchange.wire.close();
  await rm(folder, { recursive: true });
});

test('once a halt has been answered nothing more is placed at an exchange', { timeout: 60_000 }, async () => {
  const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
  const { body: account } = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  for (let i = 0; i < BOOKS; i++) {
    const positions = [{ instrument: 'deribit:BTC-PERPETUAL', quantity: '50000' }];
    const { body: book } = await app.api().post('/v1/portfolios').send({ name: 'a book', positions }).expect(201);
    const policy = { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' };
    const execution = { venue: 'deribit', accountId: account.id, validForSeconds: 3_600 };
    await app
      .api()
      .post('/v1/monitors')
      .send({
        portfolioId: book.id,
        plan: { policy, targets: [{ underlying: 'BTC' }] },
        execution,
        maxAgeSeconds: 86_400,
      })
      .expect(201);
  }
  await new Promise((settled) => setTimeout(settled, 1_000));
  await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
  await isAsked; // the first order is looked up before it is placed
  await app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'a test' }).expect(200);
  const answered = Date.now();
  await new Promise((later) => setTimeout(later, 3_000));
  const late = placed.filter((at) => at > answered).map((at) => at - answered);
  console.info(`${late.length} of ${BOOKS} orders were placed after the halt, up to ${Math.max(0, ...late)} ms`);
  expect(late).toEqual([]);
});
