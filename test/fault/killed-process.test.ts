import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';
import { startDeribit } from '../venues/deribit.ts';
import type { TestExchange } from '../venues/exchange.ts';
import { newAccount } from '../venues/stage.ts';

// The real process, killed with SIGKILL while it executes plans on an exchange that lives on, again and again, and started anew.
// KILLS=200 SEED=7 npx vitest run --project e2e test/fault/killed-process.test.ts is the long run.

const KEY = 'blst_test_key_for_the_process_that_is_killed_0';
const KILLS = Number(process.env['KILLS'] ?? 3);
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** The kill comes so long after the executions were asked for at the latest: they have ended by then. */
const LATEST_MS = 150;
const BOOKS = 2;
/** Lost jobs are taken up again after their lock has run out, and an order is looked for until it can no longer arrive. */
const RECOVERY_MS = 120_000;

let database: TestDatabase;
let exchange: TestExchange;
let folder: string;
let port: number;
let child: ChildProcess | undefined;
const keys = newAccount('deribit');
const secretKey = randomBytes(32).toString('base64');

beforeAll(async () => {
  exchange = await startDeribit(systemClock);
  exchange.accounts.set('desk', keys);
  exchange.engine.quote('BTC-PERPETUAL', [['99999.5', '9000000000']], [['100000.5', '9000000000']]);
  folder = await mkdtemp(join(tmpdir(), 'ballast-killed-'));
  await writeFile(join(folder, 'venues.json'), JSON.stringify({ exchanges: { deribit: { url: exchange.wire.url } } }));
});
beforeEach(async () => {
  database = await createTestDatabase();
  port = await freePort();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await database.drop();
});
afterAll(async () => {
  await exchange.wire.close();
  await rm(folder, { recursive: true });
});

async function start(redisUrl: string | undefined): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    DATABASE_URL: database.url,
    BALLAST_BOOTSTRAP_KEY: KEY,
    BALLAST_SECRET_KEY: secretKey,
    BALLAST_VENUES: join(folder, 'venues.json'),
    LOG_LEVEL: 'error',
    ...(redisUrl && { REDIS_URL: redisUrl }),
  };
  child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { env, stdio: 'ignore' });
  for (let i = 0; i < 1_200; i++) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await wait(25);
  }
  throw new Error('the process did not become ready');
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => child!.once('exit', resolve));
  child!.kill('SIGKILL');
  await ended;
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function until<T extends { status: string }>(path: string): Promise<T> {
  for (let i = 0; i < RECOVERY_MS / 50; i++) {
    const resource = await call<T>('GET', path);
    if (resource.status === 'succeeded' || resource.status === 'failed') return resource;
    await wait(50);
  }
  throw new Error(`${path} did not end`);
}

const BACKENDS = [
  { backend: 'PostgreSQL', redisUrl: undefined },
  ...(inject('redisUrl') ? [{ backend: 'Redis', redisUrl: inject('redisUrl') }] : []),
];

test.each(BACKENDS)(
  'after kill -9 at any moment no order is lost, doubled or stuck: jobs on $backend',
  { timeout: KILLS * 20_000 + 2 * RECOVERY_MS },
  async ({ backend, redisUrl }) => {
    const random = mulberry32(SEED);
    await start(redisUrl);
    await call('POST', '/v1/market-snapshots', MARKET);
    const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
    const { id: accountId } = await call<{ id: string }>('POST', '/v1/venue-accounts', { name: 'desk', credentials });
    const ask = ({ id }: HedgePlan) =>
      call<Execution>('POST', `/v1/hedge-plans/${id}/execution`, {
        venue: 'deribit',
        accountId,
        validForSeconds: 3_600,
      });
    const plans: HedgePlan[] = [];
    for (let kills = 0; kills < KILLS; kills++) {
      const made = await Promise.all(Array.from({ length: BOOKS }, makePlan));
      plans.push(...made);
      for (const plan of made) ask(plan).catch(() => undefined); // its answer may never come
      await wait(random() * LATEST_MS);
      await kill();
      await start(redisUrl);
    }
    // A client that got no answer asks again.
    for (const plan of plans) {
      const { id } = await ask(plan);
      expectOneHedge(plan, await until<Execution>(`/v1/executions/${id}`), await positionsOf(plan));
    }
    console.info(`${backend}: ${KILLS} kills, seed ${SEED}: ${plans.length} plans, 0 lost, 0 doubled, 0 stuck`);
  },
);

async function makePlan(): Promise<HedgePlan> {
  const portfolio = await call<{ id: string }>('POST', '/v1/portfolios', PORTFOLIO);
  const { id } = await call<HedgePlan>('POST', `/v1/portfolios/${portfolio.id}/hedge-plans`, {
    targets: [{ underlying: 'BTC' }],
  });
  return until<HedgePlan>(`/v1/hedge-plans/${id}`);
}

type Positions = { items: { id: string; quantity: string }[] };

const positionsOf = ({ portfolioId }: HedgePlan) =>
  call<Positions>('GET', `/v1/portfolios/${portfolioId}/positions?limit=200`);

/** What Ballast holds is what the exchange has traded under the order's id, to the unit, and that is what was planned. */
function expectOneHedge(plan: HedgePlan, execution: Execution, { items }: Positions): void {
  const planned = plan.result!.orders[0]!;
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(execution.orders).toMatchObject([{ status: 'filled', filledQuantity: planned.quantity }]);
  const taken = exchange.engine.taken(execution.orders[0]!.clientOrderId);
  expect(taken.map(({ filled }) => filled)).toEqual([planned.quantity]);
  const hedge = items.find(({ id }) => id === `hedge:${planned.symbol}`);
  expect(hedge?.quantity).toBe(`${planned.side === 'sell' ? '-' : ''}${planned.quantity}`);
}

/** Mulberry32 by Tommy Ettinger, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}
