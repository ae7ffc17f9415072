import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Monitor } from '../../../src/monitors/model.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { startDeribit } from '../../venues/deribit.ts';
import type { TestExchange } from '../../venues/exchange.ts';
import { newAccount } from '../../venues/stage.ts';
import { marketAt } from './watched.ts';

// As exchanges do, it answers an account 20 requests at once and 20 more each second.
const CREDITS = 20;
const BOOKS = 30;
/** Find, place and look up, at what the account may ask. */
const BY_THEN_MS = (1_000 * (3 * BOOKS)) / CREDITS + 10_000;

let app: TestApp;
let exchange: TestExchange;
let folder: string;
let refused = 0;
const keys = newAccount('deribit');
let credits = CREDITS;
let at = Date.now();
const meter = createServer((incoming, response) => {
  const now = Date.now();
  credits = Math.min(CREDITS, credits + ((now - at) / 1_000) * CREDITS);
  at = now;
  if (incoming.url!.includes('private/')) {
    if (credits < 1) {
      refused += 1;
      response.writeHead(400, { 'content-type': 'application/json' });
      return void response.end(
        JSON.stringify({ jsonrpc: '2.0', error: { code: 10028, message: 'too_many_requests' } }),
      );
    }
    credits -= 1;
  }
  const { host: _host, ...headers } = incoming.headers as Record<string, string>;
  void fetch(exchange.wire.url + incoming.url!, { method: incoming.method!, headers }).then(async (answer) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
});

beforeAll(async () => {
  exchange = await startDeribit(systemClock);
  exchange.accounts.set('desk', keys);
  exchange.engine.quote('BTC-PERPETUAL', [['99999.5', '9000000000']], [['100000.5', '9000000000']]);
  await new Promise<void>((listening) => meter.listen(0, '127.0.0.1', listening));
  folder = await mkdtemp(join(tmpdir(), 'ballast-metered-'));
  const venuesFile = join(folder, 'venues.json');
  const url = `http://127.0.0.1:${(meter.address() as AddressInfo).port}`;
  await writeFile(venuesFile, JSON.stringify({ exchanges: { deribit: { url } } }));
  app = await startTestApp({}, { venuesFile });
});
afterAll(async () => {
  await app.stop();
  meter.closeAllConnections();
  meter.close();
  await exchange.wire.close();
  await rm(folder, { recursive: true });
});

test('breaches of many books on one account are hedged as fast as the exchange lets', { timeout: 60_000 }, async () => {
  const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
  const { body: account } = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  const ids: string[] = [];
  for (let i = 0; i < BOOKS; i++) {
    const positions = [{ instrument: 'deribit:BTC-PERPETUAL', quantity: '50000' }];
    const { body: book } = await app.api().post('/v1/portfolios').send({ name: 'a book', positions }).expect(201);
    const { body } = await app
      .api()
      .post('/v1/monitors')
      .send({
        portfolioId: book.id,
        plan: {
          policy: { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' },
          targets: [{ underlying: 'BTC' }],
        },
        execution: { venue: 'deribit', accountId: account.id, validForSeconds: 3_600 },
        ...{ maxAgeSeconds: 86_400, coolDownSeconds: 0 },
      })
      .expect(201);
    ids.push(body.id);
  }
  await new Promise((settled) => setTimeout(settled, 1_500));
  const begun = Date.now();
  await app.api().post('/v1/market-snapshots').send(marketAt(100_000, new Date())).expect(201);
  const held = async () => {
    const { body } = await app.api().get('/v1/monitors?limit=200').expect(200);
    return (body.items as Monitor[]).filter(({ decision }) => decision?.verdict === 'held').length;
  };
  let done = 0;
  const marks: string[] = [];
  while (done < BOOKS && Date.now() - begun < 30_000) {
    const now = await held();
    if (now !== done) marks.push(`${now} after ${((Date.now() - begun) / 1_000).toFixed(1)} s`);
    done = now;
    await new Promise((later) => setTimeout(later, 250));
  }
  console.info(`${refused} requests refused; hedged: ${marks.join(', ')}`);
  expect(done).toBe(BOOKS);
  expect(Date.now() - begun).toBeLessThan(BY_THEN_MS);
});
