import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';

// The real process, killed with SIGKILL while it executes, again and again, and started anew: every order is made once.

const KEY = 'blst_test_key_for_the_process_that_is_killed_0';
/** When the kill comes after the last execution was asked for. */
const KILL_AFTER_MS = [5, 40, 90];
const BOOKS = 4;

let database: TestDatabase;
let port: number;
let child: ChildProcess | undefined;
const secretKey = randomBytes(32).toString('base64');

beforeAll(async () => {
  database = await createTestDatabase();
  port = await freePort();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await database.drop();
});

async function start(): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    DATABASE_URL: database.url,
    BALLAST_BOOTSTRAP_KEY: KEY,
    BALLAST_SECRET_KEY: secretKey,
    LOG_LEVEL: 'error',
    REDIS_URL: inject('redisUrl'),
  };
  child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { env, stdio: 'ignore' });
  for (let i = 0; i < 400; i++) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await wait(50);
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
  for (let i = 0; i < 1_200; i++) {
    const resource = await call<T>('GET', path);
    if (resource.status === 'succeeded' || resource.status === 'failed') return resource;
    await wait(50);
  }
  throw new Error(`${path} did not end`);
}

test(
  'after kill -9 at any moment every plan is executed once, and every fill is in the book once',
  { timeout: 180_000 },
  async () => {
    await start();
    await call('POST', '/v1/market-snapshots', MARKET);
    for (const delay of KILL_AFTER_MS) {
      const plans = await Promise.all(Array.from({ length: BOOKS }, makePlan));
      const asked = plans.map(({ id }) =>
        call<Execution>('POST', `/v1/hedge-plans/${id}/execution`, {}).catch(() => undefined),
      );
      await Promise.race([Promise.all(asked), wait(1_000)]);
      await wait(delay);
      await kill();
      await start();
      // A client that got no answer asks again.
      const executions = await Promise.all(
        plans.map(({ id }) => call<Execution>('POST', `/v1/hedge-plans/${id}/execution`, {})),
      );
      for (const [i, { id }] of executions.entries())
        await expectOneHedge(plans[i]!, await until<Execution>(`/v1/executions/${id}`));
    }
  },
);

async function makePlan(): Promise<HedgePlan> {
  const portfolio = await call<{ id: string }>('POST', '/v1/portfolios', PORTFOLIO);
  const { id } = await call<HedgePlan>('POST', `/v1/portfolios/${portfolio.id}/hedge-plans`, {
    targets: [{ underlying: 'BTC' }],
  });
  return until<HedgePlan>(`/v1/hedge-plans/${id}`);
}

async function expectOneHedge(plan: HedgePlan, execution: Execution): Promise<void> {
  const planned = plan.result!.orders[0]!;
  expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
  expect(execution.orders).toMatchObject([{ status: 'filled', filledQuantity: planned.quantity }]);
  const orders = await call<{ items: object[] }>('GET', `/v1/orders?portfolioId=${plan.portfolioId}`);
  expect(orders.items).toHaveLength(1);
  const positions = await call<{ items: { id: string; quantity: string }[] }>(
    'GET',
    `/v1/portfolios/${plan.portfolioId}/positions`,
  );
  const hedge = positions.items.find(({ id }) => id === `hedge:${planned.symbol}`);
  expect(hedge?.quantity).toBe(`${planned.side === 'sell' ? '-' : ''}${planned.quantity}`);
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
