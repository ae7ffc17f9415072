import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../src/execution/model.ts';
import type { HedgePlan } from '../../src/hedging/model.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MARKET } from '../support/fixtures.ts';
import { freshRedis } from '../support/redis.ts';
import { serviceProcess, wait, type ServiceProcess } from '../support/serviceProcess.ts';

// The real process, killed with SIGKILL while the opposite hedges of portfolios are crossed, again and again: before the crossing, between
// it and the booking of either side, and while what was left is sent. What one side has, the other side has given, once.

const SYMBOL = 'deribit:BTC-PERPETUAL';
const HELD = [50_000, -30_000, 20_000, -60_000];
/** Of a window of two seconds, and the booking after it. */
const LIVES_MS = [250, 2_700, 400];

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

test('after kill -9 at any moment both sides of a crossing are booked once', { timeout: 240_000 }, async () => {
  const { call, until } = service;
  await service.start();
  await call('POST', '/v1/market-snapshots', MARKET);
  let crossed = 0;
  for (const [i, life] of LIVES_MS.entries()) {
    const plans = await Promise.all(HELD.map(makePlan));
    const executions = await Promise.all(
      plans.map(({ id }) =>
        call<Execution>('POST', `/v1/hedge-plans/${id}/execution`, {
          ...{ netting: { windowSeconds: 2 }, validForSeconds: 600 },
        }),
      ),
    );
    await wait(life);
    await service.kill();
    await service.start();
    const ended = await Promise.all(executions.map(({ id }) => until<Execution>(`/v1/executions/${id}`)));
    crossed += await expectHedged(plans, ended, i);
  }
  console.info(`${LIVES_MS.length} kills, ${crossed} dollars crossed: 0 lost, 0 doubled`);
  expect(crossed).toBeGreaterThan(0);
});

async function makePlan(held: number): Promise<HedgePlan> {
  const { call, until } = service;
  const positions = [{ instrument: SYMBOL, quantity: String(held) }];
  const { id } = await call<{ id: string }>('POST', '/v1/portfolios', { name: 'a book', asOf: MARKET.asOf, positions });
  const plan = await call<HedgePlan>('POST', `/v1/portfolios/${id}/hedge-plans`, { targets: [{ underlying: 'BTC' }] });
  return until<HedgePlan>(`/v1/hedge-plans/${plan.id}`);
}

type Positions = { items: { id: string; quantity: string }[] };

/** Answers how much was crossed. */
async function expectHedged(plans: HedgePlan[], executions: Execution[], round: number): Promise<number> {
  let [net, total] = [0, 0];
  for (const [i, execution] of executions.entries()) {
    expect(execution.result, `round ${round}`).toMatchObject({ outcome: 'completed', scheduleEnd: 'finished' });
    const traded = execution.orders.reduce((sum, { filledQuantity }) => sum + Number(filledQuantity), 0);
    expect(traded).toBe(Math.abs(HELD[i]!));
    const crossed = Number(execution.orders.find(({ venue }) => venue === 'internal')!.filledQuantity);
    net += crossed * Math.sign(HELD[i]!);
    total += crossed;
    const { items } = await service.call<Positions>('GET', `/v1/portfolios/${plans[i]!.portfolioId}/positions`);
    expect(Number(items.find(({ id }) => id === `hedge:${SYMBOL}`)?.quantity)).toBe(-HELD[i]!);
  }
  expect(net, 'what was bought was sold').toBe(0);
  return total / 2;
}
