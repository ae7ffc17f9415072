import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventsOf, held, SCHEDULE, startSliced, type Sliced } from './sliced.ts';
import { filled, reporter, working } from './scripted.ts';

let stage: Sliced;
beforeAll(async () => {
  stage = await startSliced();
});
afterAll(() => stage.stop());
afterEach(() => say('active'));

async function say(state: string) {
  await stage.app.api().post('/v1/trading-state').send({ state, reason: 'a test' }).expect(200);
}

test('called off between slices it ends at once, and keeps what has traded', async () => {
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  await run.waits(0);
  await stage.app.api().post(`${run.path}/cancellation`).expect(200);
  const ended = await run.ended();
  expect(ended).toMatchObject({
    status: 'succeeded',
    result: { outcome: 'partial', scheduleEnd: 'called_off', portfolioVersion: 2 },
  });
  expect(stage.sent).toHaveLength(1);
  expect(ended.schedule).toHaveLength(1);
  expect(await held(stage.app, run.portfolioId)).toBe(Number(ended.orders[0]!.filledQuantity));
  const rebalanced = (await eventsOf(stage.app, run)).filter(({ type }) => type === 'rebalance.completed');
  expect(rebalanced).toMatchObject([{ data: { outcome: 'partial', portfolioVersion: 2 } }]);
});

test('called off while the venue works a slice, that order is canceled and no other sent', async () => {
  stage.follow((order) => {
    const { report, fill } = reporter(order);
    return [...working(order), ...working(order), report('canceled', [fill('t1', 0.5)])];
  });
  const run = await stage.begin({ schedule: SCHEDULE });
  await expect.poll(async () => (await run.now()).orders[0]?.status).toBe('accepted');
  await stage.app.api().post(`${run.path}/cancellation`).expect(200);
  expect((await run.ended()).result).toMatchObject({ outcome: 'partial', scheduleEnd: 'called_off' });
  expect(stage.sent).toHaveLength(1);
});

test('a halt ends it at once', async () => {
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  await run.waits(0);
  await say('halted');
  const ended = await run.ended();
  expect(ended.result).toMatchObject({ outcome: 'partial', scheduleEnd: 'halted', portfolioVersion: 2 });
  expect(stage.sent).toHaveLength(1);
});

test('a slice that a limit denies ends it, with the reason', async () => {
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE });
  await run.waits(0);
  await stage.app.api().put('/v1/trading-limits').send({ maxOrderNotional: 1 }).expect(200);
  stage.pass(60);
  const ended = await run.ended();
  await stage.app.api().put('/v1/trading-limits').send({}).expect(200);
  expect(ended.result).toMatchObject({ outcome: 'partial', scheduleEnd: 'denied', portfolioVersion: 2 });
  expect(ended.orders).toMatchObject([{ status: 'filled' }, { denial: 'notional_exceeds_max_per_order' }]);
  expect(stage.sent).toHaveLength(1);
});

test('a slice that comes too late is not sent', async () => {
  stage.follow(filled);
  const run = await stage.begin({ schedule: SCHEDULE, validForSeconds: 30 });
  await run.waits(0);
  stage.pass(500);
  const ended = await run.ended();
  expect(ended.result!.scheduleEnd).toBe('denied');
  expect(ended.orders).toMatchObject([
    { slice: 0, status: 'filled' },
    { slice: 2, denial: 'expired' },
  ]);
});

test('an overfilled slice ends it', async () => {
  stage.follow((order) => {
    const { report, fill } = reporter(order);
    return [report('filled', [{ ...fill('t1', 1), quantity: String(Number(order.quantity) + 10) }])];
  });
  const run = await stage.begin({ schedule: SCHEDULE });
  expect((await run.ended()).result).toMatchObject({ outcome: 'partial', scheduleEnd: 'quarantined' });
  expect(stage.sent).toHaveLength(1);
});
