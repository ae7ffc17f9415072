import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MARKET } from '../../support/fixtures.ts';
import { eventsOf, held, SCHEDULE, startSliced, type Sliced } from './sliced.ts';
import { filled, reporter } from './scripted.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';

let stage: Sliced;
beforeAll(async () => {
  stage = await startSliced();
});
afterAll(() => stage.stop());

test('on the real clock: three slices, each when it is due, and one hedge in the end', async () => {
  const app: TestApp = await startTestApp();
  const { portfolioId, plan } = await plannedHedge(app);
  const schedule = { kind: 'twap', horizonSeconds: 8, slices: 3 };
  const execution = await execute(app, plan.id, { schedule });
  const [leg] = plan.result!.orders;
  expect(execution.result).toMatchObject({ outcome: 'completed', scheduleEnd: 'finished', portfolioVersion: 4 });
  expect(execution.schedule!.map(({ slice, sent }) => [slice, sent])).toEqual([
    [0, true],
    [1, true],
    [2, true],
  ]);
  expect(execution.progress).toBe(1);
  const began = Date.parse(execution.createdAt);
  for (const { slice, createdAt } of execution.orders) {
    const late = Date.parse(createdAt) - began - slice * 2_666;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_666);
  }
  expect(execution.orders.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBe(Number(leg!.quantity));
  expect(await held(app, portfolioId)).toBe(Number(leg!.quantity));
  await app.stop();
});

test('between slices it waits, what has traded is in the book, and the rest is planned from it', async () => {
  stage.follow((order) => {
    const { report, fill } = reporter(order);
    return stage.sent.length === 1 ? [report('canceled', [fill('t1', 0.5)], 'no more')] : filled(order);
  });
  const run = await stage.begin({ schedule: SCHEDULE });
  const first = await run.waits(0);
  const traded = Number(first.orders[0]!.filledQuantity);
  expect(first.orders).toHaveLength(1);
  expect(Number(first.orders[0]!.quantity)).toBeCloseTo(run.quantity / 3, -1.5);
  expect(traded).toBeGreaterThan(0);
  expect(first).toMatchObject({ deadline: first.schedule![1]!.at, result: null });
  expect(first.progress).toBeCloseTo(traded / run.quantity, 5);
  expect(await held(stage.app, run.portfolioId)).toBe(traded);
  const rest = first.schedule!.slice(1).map(({ legs }) => Number(legs[0]!.quantity));
  expect(rest[0]! + rest[1]!).toBe(run.quantity - traded);
  stage.pass(60);
  const second = await run.waits(1);
  expect(Number(second.orders[1]!.quantity)).toBe(rest[0]);
  stage.pass(60);
  const ended = await run.ended();
  expect(ended.result).toMatchObject({ outcome: 'completed', scheduleEnd: 'finished', portfolioVersion: 4 });
  expect(ended.result!.shortfall).toMatchObject([{ leg: 0, unfilled: '0' }]);
  expect(await held(stage.app, run.portfolioId)).toBe(run.quantity);
  const types = (await eventsOf(stage.app, run)).map(({ type }) => type);
  expect(types.filter((type) => type === 'execution.slice_completed')).toHaveLength(3);
  expect(types.filter((type) => type === 'rebalance.completed')).toHaveLength(1);
  expect(new Set(stage.sent.map(({ clientOrderId }) => clientOrderId)).size).toBe(3);
  const { limitPrice } = ended.orders[0]!;
  expect(stage.sent.map((order) => order.limitPrice)).toEqual([limitPrice, limitPrice, limitPrice]);
});

test('it waits for its approval first, and its time begins with it', async () => {
  stage.follow(filled);
  const run = await stage.begin({ mode: 'approve', schedule: SCHEDULE });
  expect(run.answer).toMatchObject({ status: 'waiting', waitingFor: 'approval', orders: [] });
  expect(run.answer.schedule!.map(({ at, sent }) => [at, sent])).toEqual(Array(3).fill([null, false]));
  stage.pass(100);
  await stage.app.api().post(`${run.path}/approval`).send({}).expect(200);
  const { approvedAt, schedule } = await run.waits(0);
  expect(schedule!.map(({ at }) => Date.parse(at!) - Date.parse(approvedAt!))).toEqual([0, 60_000, 120_000]);
  stage.pass(60);
  await run.waits(1);
  stage.pass(60);
  expect((await run.ended()).result).toMatchObject({ outcome: 'completed', portfolioVersion: 4 });
});

test('while it waits for its next slice the book is held', async () => {
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  await run.waits(0);
  const path = `/v1/portfolios/${run.portfolioId}/hedge-plans`;
  const asked = await stage.app
    .api()
    .post(path)
    .send({ targets: [{ underlying: 'BTC' }] });
  await stage.app.ended(`/v1/hedge-plans/${asked.body.id}`);
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${asked.body.id}/execution`).send({}).expect(409);
  expect(body.code).toBe('execution_in_flight');
  stage.pass(120); // both that are left are due: the second makes up for the first
  const ended = await run.ended();
  expect(ended.orders.map(({ slice }) => slice)).toEqual([0, 2]);
  expect(await held(stage.app, run.portfolioId)).toBe(run.quantity);
});

test('a rehearsal tells the slices that it would send, and sends none', async () => {
  stage.follow(filled);
  const run = await stage.begin({ mode: 'dry_run', schedule: { ...SCHEDULE, jitter: 0.5 } });
  const ended = await run.ended();
  expect(ended.result).toMatchObject({ outcome: 'rehearsed', portfolioVersion: null });
  expect(ended.orders).toMatchObject([{ slice: 0, status: 'initialized' }]);
  const planned = ended.schedule!.map(({ legs }) => Number(legs[0]!.quantity));
  expect(planned).toHaveLength(3);
  expect(planned.reduce((sum, quantity) => sum + quantity, 0)).toBe(run.quantity);
  expect(stage.sent).toEqual([]);
});

test('the paper venue works each slice on the market of its time', async () => {
  const app = await startTestApp();
  const { plan } = await plannedHedge(app);
  const request = { schedule: { kind: 'twap', horizonSeconds: 4, slices: 2 } };
  const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  const first = async () => (await app.api().get(`/v1/executions/${body.id}`)).body.orders[0]?.status as string;
  await expect.poll(first, { timeout: 3_000 }).toBe('filled');
  const [btc, ...others] = MARKET.underlyings;
  const moved = { ...btc, perpetual: { ...btc!.perpetual, mark: 100_010, bid: 100_009.5, ask: 100_010.5 } };
  const market = { ...MARKET, asOf: '2030-11-01T08:00:01.000Z', underlyings: [moved, ...others] };
  await app.api().post('/v1/market-snapshots').send(market).expect(201);
  const { orders } = await app.ended<{ status: string; orders: { averagePrice: string }[] }>(
    `/v1/executions/${body.id}`,
  );
  expect(Number(orders[1]!.averagePrice) - Number(orders[0]!.averagePrice)).toBeCloseTo(10, 1);
  await app.stop();
});

test('a cap without the volume of what the plan trades is refused', async () => {
  const { plan } = await plannedHedge(stage.app);
  const dailyVolumes = [{ symbol: 'spot:ETH/USD', quantity: 1 }];
  const schedule = { ...SCHEDULE, participationCap: 0.1, dailyVolumes };
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({ schedule }).expect(422);
  expect(body.errors).toMatchObject([{ pointer: '/schedule/dailyVolumes', code: 'missing_volume' }]);
});
