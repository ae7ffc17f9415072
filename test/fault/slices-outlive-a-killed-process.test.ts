import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';

// The real process, killed with SIGKILL while it works the slices of four books, again and again: every slice is made once.

const KEY = 'blst_test_key_for_the_process_that_is_killed_1';
const BOOKS = 4;
const SLICES = 24;
/** Of a slice a second: kills come before, within and after slices. */
const LIVES_MS = [130, 1_480, 2_910, 60];

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
    ...{ PATH: process.env['PATH'], PORT: String(port), DATABASE_URL: database.url, REDIS_URL: inject('redisUrl') },
    ...{ BALLAST_BOOTSTRAP_KEY: KEY, BALLAST_SECRET_KEY: secretKey, LOG_LEVEL: 'error' },
  };
  child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { env, stdio: 'ignore' });
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await expect.poll(isReady, { timeout: 30_000, interval: 50 }).toBe(true);
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
  const ended = async () => ['succeeded', 'failed'].includes((await call<T>('GET', path)).status);
  await expect.poll(ended, { timeout: 120_000, interval: 100 }).toBe(true);
  return call<T>('GET', path);
}

test(
  'after kill -9 at any moment each slice is sent once, and the book holds the hedge',
  { timeout: 240_000 },
  async () => {
    await start();
    await call('POST', '/v1/market-snapshots', MARKET);
    const plans = await Promise.all(Array.from({ length: BOOKS }, makePlan));
    const schedule = { kind: 'twap', horizonSeconds: SLICES, slices: SLICES };
    const executions = await Promise.all(
      plans.map(({ id }) =>
        call<Execution>('POST', `/v1/hedge-plans/${id}/execution`, { schedule, validForSeconds: 600 }),
      ),
    );
    for (const life of LIVES_MS) {
      await wait(life);
      await kill();
      await start();
    }
    for (const [i, { id }] of executions.entries())
      await expectOneHedge(plans[i]!, await until<Execution>(`/v1/executions/${id}`));
  },
);

async function makePlan(): Promise<HedgePlan> {
  const portfolio = await call<{ id: string }>('POST', '/v1/portfolios', PORTFOLIO);
  const path = `/v1/portfolios/${portfolio.id}/hedge-plans`;
  const { id } = await call<HedgePlan>('POST', path, { targets: [{ underlying: 'BTC' }] });
  return until<HedgePlan>(`/v1/hedge-plans/${id}`);
}

async function expectOneHedge(plan: HedgePlan, execution: Execution): Promise<void> {
  const planned = plan.result!.orders[0]!;
  expect(execution.result).toMatchObject({ outcome: 'completed', scheduleEnd: 'finished' });
  const slices = execution.orders.map(({ slice }) => slice);
  expect(new Set(slices).size).toBe(slices.length);
  expect(execution.orders.every(({ status }) => status === 'filled')).toBe(true);
  const traded = execution.orders.reduce((sum, { filledQuantity }) => sum + Number(filledQuantity), 0);
  expect(traded).toBe(Number(planned.quantity));
  expect(execution.result!.portfolioVersion).toBe(1 + slices.length);
  const path = `/v1/portfolios/${plan.portfolioId}/positions`;
  const { items } = await call<{ items: { id: string; quantity: string }[] }>('GET', path);
  const hedge = items.find(({ id }) => id === `hedge:${planned.symbol}`);
  expect(hedge?.quantity).toBe(`${planned.side === 'sell' ? '-' : ''}${planned.quantity}`);
  const events = await call<{ items: { type: string; data: { id?: string } }[] }>('GET', '/v1/events?limit=200');
  const types = events.items.filter(({ data }) => data.id === execution.id).map(({ type }) => type);
  expect(types.filter((type) => type === 'execution.slice_completed')).toHaveLength(slices.length);
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
