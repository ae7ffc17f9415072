import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { expectCrossed, hedgeOf, NETTING, startNetted, type Netted } from './netted.ts';

let stage: Netted;
beforeAll(async () => {
  stage = await startNetted();
});
afterAll(() => stage.stop());
afterEach(async () => {
  await say('active');
  await limits({});
});

const WIDE = { netting: { windowSeconds: 5 } };

const say = (state: string) => stage.app.api().post('/v1/trading-state').send({ state, reason: 'a test' }).expect(200);
const limits = (given: object) => stage.app.api().put('/v1/trading-limits').send(given).expect(200);

/** Two opposite executions that wait for their crossing. */
async function waiting(request: object = WIDE, given?: Awaited<ReturnType<Netted['book']>>[]) {
  stage.sent.length = 0;
  const books = given ?? [await stage.book(50_000), await stage.book(-50_000)];
  const begun = await Promise.all(books.map(({ planId }) => stage.begin(planId, request)));
  for (const { id } of begun)
    await expect.poll(async () => (await now(id)).waitingFor, { timeout: 4_000 }).toBe('netting');
  return { books, begun, ended: () => Promise.all(begun.map((execution) => stage.ended(execution))) };
}

const now = async (id: string): Promise<Execution> => (await stage.app.api().get(`/v1/executions/${id}`)).body;

test('while it waits for its crossing no worker does, and it tells until when', async () => {
  const { begun, ended } = await waiting();
  const seen = await now(begun[0]!.id);
  expect(seen).toMatchObject({ status: 'waiting', orders: [{ venue: 'internal', status: 'accepted' }] });
  const rests = Date.parse(seen.deadline!) - Date.parse(seen.orders[0]!.createdAt);
  expect(rests).toBeGreaterThanOrEqual(5_000);
  expect(rests).toBeLessThan(6_000);
  expect(seen.schedule).toMatchObject([{ slice: 0, sent: true, legs: [{ leg: 0, filledQuantity: '0' }] }]);
  for (const { result } of await ended()) expect(result).toMatchObject({ outcome: 'completed' });
});

test('a halt ends both at once, and neither trades', async () => {
  const before = (await stage.crossings()).length;
  const { books, ended } = await waiting();
  await say('halted');
  for (const execution of await ended())
    expect(execution).toMatchObject({
      result: { outcome: 'failed', scheduleEnd: 'halted', netting: [] },
      orders: [{ venue: 'internal', status: 'canceled', filledQuantity: '0' }],
    });
  for (const { portfolioId } of books) expect(await hedgeOf(stage.app, portfolioId)).toBe(0);
  expect([stage.sent, (await stage.crossings()).length]).toEqual([[], before]);
});

test('one that would make its delta larger is not crossed once only smaller ones are let through; others are', async () => {
  const wider = { targets: [{ underlying: 'BTC', target: -1 }] };
  const given = [await stage.book(-50_000), await stage.book(20_000), await stage.book(-50_000, wider)];
  const { ended } = await waiting(WIDE, given);
  await say('reducing');
  const [buyer, seller, larger] = await ended();
  expect(larger!.orders).toMatchObject([
    { side: 'sell', status: 'canceled', filledQuantity: '0', reason: expect.stringMatching(/delta smaller/) },
    { venue: 'paper', status: 'denied', denial: 'trading_state_reducing' },
  ]);
  expect(await hedgeOf(stage.app, given[2]!.portfolioId)).toBe(0);
  for (const execution of [buyer!, seller!]) expectCrossed(execution, 20_000);
  expect(buyer!.orders[1]).toMatchObject({ venue: 'paper', status: 'filled', quantity: '30000' });
});

test('one that is called off is not crossed, and the other goes on to the venue', async () => {
  const { begun, ended } = await waiting();
  await stage.app.api().post(`/v1/executions/${begun[0]!.id}/cancellation`).expect(200);
  const [off, other] = await ended();
  expect(off).toMatchObject({
    result: { outcome: 'failed', scheduleEnd: 'called_off' },
    orders: [{ status: 'canceled' }],
  });
  expect(other).toMatchObject({ result: { outcome: 'completed', netting: [] } });
  expect(stage.sent).toHaveLength(1);
});

test('it waits for its approval first', async () => {
  const [seller, buyer] = [await stage.book(50_000), await stage.book(-50_000)];
  const asked = await stage.begin(seller.planId, { mode: 'approve', ...WIDE });
  expect(asked).toMatchObject({ waitingFor: 'approval', orders: [] });
  const other = await stage.begin(buyer.planId, WIDE);
  await stage.app.api().post(`/v1/executions/${asked.id}/approval`).send({}).expect(200);
  for (const execution of [asked, other])
    expect((await stage.ended(execution)).result).toMatchObject({ netting: [{ crossed: '50000' }] });
});

test('what is crossed moves no market: it counts neither in the window nor against the size of an order', async () => {
  await limits({ maxOrderNotional: 20_000, maxWindowNotional: 20_000, windowSeconds: 1 });
  const [seller, buyer] = await stage.run([60_000, -50_000]);
  expect(buyer!.execution.result).toMatchObject({ outcome: 'completed' });
  expect(seller!.execution.orders).toMatchObject([
    { filledQuantity: '50000' },
    { venue: 'paper', quantity: '10000', denial: null },
  ]);
});

test('what is left is judged as any order', async () => {
  await limits({ maxOrderNotional: 20_000 });
  const [seller] = await stage.run([60_000, -30_000]);
  expect(seller!.execution).toMatchObject({
    result: { outcome: 'partial', scheduleEnd: 'denied', netting: [{ crossed: '30000' }] },
    orders: [{ filledQuantity: '30000' }, { denial: 'notional_exceeds_max_per_order' }],
  });
  expect(stage.sent).toEqual([]);
});

test('a rehearsal judges what would go to the venue', async () => {
  const { planId } = await stage.book(50_000);
  const rehearsed = await stage.ended(await stage.begin(planId, { mode: 'dry_run', netting: {} }));
  expect(rehearsed).toMatchObject({
    result: { outcome: 'rehearsed', netting: null },
    orders: [{ venue: 'paper', slice: 0 }],
  });
});

test('with a schedule, what was not crossed goes out in slices', async () => {
  const schedule = { kind: 'twap', horizonSeconds: 8, slices: 2 };
  const [seller] = await stage.run([50_000, -10_000], { ...NETTING, schedule });
  expect(seller!.execution.orders.map(({ slice, venue, filledQuantity }) => [slice, venue, filledQuantity])).toEqual([
    [0, 'internal', '10000'],
    [1, 'paper', '20000'],
    [2, 'paper', '20000'],
  ]);
  expect(seller!.execution.result).toMatchObject({
    outcome: 'completed',
    scheduleEnd: 'finished',
    portfolioVersion: 4,
  });
});
