import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';
import { freshRedis } from '../support/redis.ts';
import { RECOVERY_MS, serviceProcess, wait, type ServiceProcess } from '../support/serviceProcess.ts';
import { startDeribit } from '../venues/deribit.ts';
import type { TestExchange } from '../venues/exchange.ts';
import { newAccount } from '../venues/stage.ts';

// The real process, killed with SIGKILL while it executes plans on an exchange that lives on, again and again, and started anew.
// KILLS=200 SEED=7 npx vitest run --project e2e test/fault/killed-process.test.ts is the long run.

const KILLS = Number(process.env['KILLS'] ?? 3);
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** The kill comes so long after the executions were asked for at the latest: they have ended by then. */
const LATEST_MS = 150;
const BOOKS = 2;

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
  await writeFile(join(folder, 'venues.json'), JSON.stringify({ exchanges: { deribit: { url: exchange.wire.url } } }));
});
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await service.kill();
  await database.drop();
});
afterAll(async () => {
  await exchange.wire.close();
  await rm(folder, { recursive: true });
});

const BACKENDS = [
  { backend: 'PostgreSQL', redis: async () => undefined },
  ...(inject('redisUrl') ? [{ backend: 'Redis', redis: freshRedis }] : []),
];

test.each(BACKENDS)(
  'after kill -9 at any moment no order is lost, doubled or stuck: jobs on $backend',
  { timeout: KILLS * 20_000 + 2 * RECOVERY_MS },
  async ({ backend, redis }) => {
    const random = mulberry32(SEED);
    const environment = { BALLAST_VENUES: join(folder, 'venues.json'), REDIS_URL: await redis() };
    service = serviceProcess(database.url, environment);
    const { call } = service;
    await service.start();
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
      await service.kill();
      await service.start();
    }
    // A client that got no answer asks again.
    for (const plan of plans) {
      const { id } = await ask(plan);
      expectOneHedge(plan, await service.until<Execution>(`/v1/executions/${id}`), await positionsOf(plan));
    }
    console.info(`${backend}: ${KILLS} kills, seed ${SEED}: ${plans.length} plans, 0 lost, 0 doubled, 0 stuck`);
  },
);

async function makePlan(): Promise<HedgePlan> {
  const portfolio = await service.call<{ id: string }>('POST', '/v1/portfolios', PORTFOLIO);
  const { id } = await service.call<HedgePlan>('POST', `/v1/portfolios/${portfolio.id}/hedge-plans`, {
    targets: [{ underlying: 'BTC' }],
  });
  return service.until<HedgePlan>(`/v1/hedge-plans/${id}`);
}

type Positions = { items: { id: string; quantity: string }[] };

const positionsOf = ({ portfolioId }: HedgePlan) =>
  service.call<Positions>('GET', `/v1/portfolios/${portfolioId}/positions?limit=200`);

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
