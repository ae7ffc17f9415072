import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Order } from '../../src/execution/model.ts';
import type { Monitor } from '../../src/monitors/model.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import { RECOVERY_MS, serviceProcess, wait, type ServiceProcess } from '../support/serviceProcess.ts';
import { marketAt } from '../e2e/monitors/watched.ts';
import { startDeribit } from '../venues/deribit.ts';
import type { TestExchange } from '../venues/exchange.ts';
import { newAccount } from '../venues/stage.ts';

// The real process, killed with SIGKILL while its monitors decide, accept and execute rebalances at once, without the queue, on an
// exchange that lives on. Lives are spread over the time that a burst takes.
// KILLS=60 npx vitest run --project e2e test/fault/what-monitors-began-outlives-a-killed-process.test.ts is the long run.

const KILLS = Number(process.env['KILLS'] ?? 1);
const LONGEST_LIFE_MS = 240;
const BOOKS = 4;
const SYMBOL = 'deribit:BTC-PERPETUAL';
const HELD = 50_000;

let database: TestDatabase;
let exchange: TestExchange;
let folder: string;
let service: ServiceProcess;
const keys = newAccount('deribit');

beforeAll(async () => {
  exchange = await startDeribit(systemClock);
  exchange.accounts.set('desk', keys);
  exchange.engine.quote('BTC-PERPETUAL', [['99999.5', '9000000000']], [['100000.5', '9000000000']]);
  folder = await mkdtemp(join(tmpdir(), 'ballast-killed-'));
  const venues = join(folder, 'venues.json');
  await writeFile(venues, JSON.stringify({ exchanges: { deribit: { url: exchange.wire.url } } }));
  database = await createTestDatabase();
  service = serviceProcess(database.url, { BALLAST_VENUES: venues, REDIS_URL: await freshRedis() });
});
afterAll(async () => {
  await service.kill();
  await database.drop();
  await exchange.wire.close();
  await rm(folder, { recursive: true });
});

test('after kill -9 at any moment every breach is hedged once', { timeout: KILLS * 20_000 + RECOVERY_MS }, async () => {
  const { call } = service;
  await service.start();
  const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
  const { id: accountId } = await call<{ id: string }>('POST', '/v1/venue-accounts', { name: 'desk', credentials });
  await call('POST', '/v1/market-snapshots', marketAt(100_000, new Date()));
  const watch = (portfolioId: string) =>
    call('POST', '/v1/monitors', {
      portfolioId,
      plan: {
        policy: { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' },
        targets: [{ underlying: 'BTC' }],
      },
      execution: { venue: 'deribit', accountId, validForSeconds: 3_600 },
      ...{ maxAgeSeconds: 86_400, coolDownSeconds: 0 },
    });
  const books: string[] = [];
  for (let kills = 0; kills < KILLS; kills++) {
    const opened = await Promise.all(Array.from({ length: BOOKS }, openBook));
    books.push(...opened);
    for (const book of opened) watch(book).catch(() => undefined); // its answer may never come
    await wait((LONGEST_LIFE_MS * (kills + 0.5)) / KILLS);
    await service.kill();
    await service.start();
  }
  for (const book of books) await watch(book).catch(() => undefined); // most are watched already
  for (const book of books) await expectOneHedge(book);
  console.info(`${KILLS} kills: ${books.length} breaches, 0 lost, 0 doubled, 0 stuck`);
});

async function openBook(): Promise<string> {
  const positions = [{ instrument: SYMBOL, quantity: String(HELD) }];
  return (await service.call<{ id: string }>('POST', '/v1/portfolios', { name: 'a book', positions })).id;
}

/** What Ballast holds is what the exchange has traded, once. */
async function expectOneHedge(book: string): Promise<void> {
  await untilHeld(book);
  const { items: orders } = await service.call<{ items: Order[] }>('GET', `/v1/orders?portfolioId=${book}&limit=200`);
  expect(orders).toMatchObject([{ status: 'filled', filledQuantity: String(HELD) }]);
  const taken = exchange.engine.taken(orders[0]!.clientOrderId);
  expect(taken.map(({ filled }) => filled)).toEqual([String(HELD)]);
  const path = `/v1/portfolios/${book}/positions?limit=200`;
  const { items } = await service.call<{ items: { id: string; quantity: string }[] }>('GET', path);
  expect(items.find(({ id }) => id === `hedge:${SYMBOL}`)?.quantity).toBe(`-${HELD}`);
}

async function untilHeld(book: string): Promise<void> {
  for (let waited = 0; waited < RECOVERY_MS; waited += 100) {
    const monitor = await monitorOf(book);
    if (monitor?.executionId === null && monitor.decision?.verdict === 'held') return;
    await wait(100);
  }
  throw new Error(`the book ${book} is not hedged: ${JSON.stringify(await monitorOf(book))}`);
}

async function monitorOf(book: string): Promise<Monitor | undefined> {
  for (let cursor = ''; ;) {
    const path = `/v1/monitors?limit=200${cursor}`;
    const page = await service.call<{ items: Monitor[]; nextCursor: string | null }>('GET', path);
    const found = page.items.find(({ portfolioId }) => portfolioId === book);
    if (found || page.nextCursor === null) return found;
    cursor = `&cursor=${page.nextCursor}`;
  }
}
