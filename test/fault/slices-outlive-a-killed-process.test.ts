import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET, PORTFOLIO } from '../support/fixtures.ts';
import { freshRedis } from '../support/redis.ts';
import { serviceProcess, wait, type ServiceProcess } from '../support/serviceProcess.ts';

// The real process, killed with SIGKILL while it works the slices of four books, again and again: every slice is made once.

const BOOKS = 4;
const SLICES = 24;
/** Of a slice a second: kills come before, within and after slices. */
const LIVES_MS = [130, 1_480, 2_910, 60];

let database: TestDatabase;
let service: ServiceProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  service = serviceProcess(database.url, { REDIS_URL: await freshRedis() });
});
afterAll(async () => {
  await service.kill();
  await database.drop();
});

test(
  'after kill -9 at any moment each slice is sent once, and the book holds the hedge',
  { timeout: 240_000 },
  async () => {
    const { call, until } = service;
    await service.start();
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
      await service.kill();
      await service.start();
    }
    for (const [i, { id }] of executions.entries())
      await expectOneHedge(plans[i]!, await until<Execution>(`/v1/executions/${id}`));
  },
);

async function makePlan(): Promise<HedgePlan> {
  const portfolio = await service.call<{ id: string }>('POST', '/v1/portfolios', PORTFOLIO);
  const path = `/v1/portfolios/${portfolio.id}/hedge-plans`;
  const { id } = await service.call<HedgePlan>('POST', path, { targets: [{ underlying: 'BTC' }] });
  return service.until<HedgePlan>(`/v1/hedge-plans/${id}`);
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
  const { items } = await service.call<{ items: { id: string; quantity: string }[] }>('GET', path);
  const hedge = items.find(({ id }) => id === `hedge:${planned.symbol}`);
  expect(hedge?.quantity).toBe(`${planned.side === 'sell' ? '-' : ''}${planned.quantity}`);
  const events = await service.call<{ items: { type: string; data: { id?: string } }[] }>(
    'GET',
    '/v1/events?limit=200',
  );
  const types = events.items.filter(({ data }) => data.id === execution.id).map(({ type }) => type);
  expect(types.filter((type) => type === 'execution.slice_completed')).toHaveLength(slices.length);
}
