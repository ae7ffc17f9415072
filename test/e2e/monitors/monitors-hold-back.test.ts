import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { EXPIRY, POSITIONS } from '../../support/fixtures.ts';
import { makePlan } from '../../support/hedge.ts';
import { MINUTE, startWatching, type Watching } from './watched.ts';

// Each on a tenant's whole market, so each has a service of its own.

let watching: Watching;
beforeEach(async () => {
  if (watching) await watching.app.stop();
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

const ordersOn = async (portfolioId: string) =>
  (await watching.app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200)).body.items as object[];

test('on prices that are too old, and says so when prices grow old', async () => {
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId, { maxAgeSeconds: 30 });
  await watching.until(id, 'no_market');
  await watching.price(100_000, new Date(watching.now().getTime() - 31_000));
  const stale = await watching.until(id, 'stale');
  expect(stale.decision!.reasons).toEqual(['Prices are 31 s old; 30 s are allowed']);
  expect(await ordersOn(portfolioId)).toEqual([]);
  await watching.settled(id, await watching.price(100_000));
  expect(await ordersOn(portfolioId)).toHaveLength(1);
  watching.pass(31_000);
  await watching.until(id, 'stale');
});

test('while another execution holds the book, and goes on after it', async () => {
  const { app } = watching;
  await watching.price(100_000);
  const portfolioId = await watching.book();
  const plan = await makePlan(app, portfolioId, { targets: [{ underlying: 'BTC' }] });
  const asked = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send({ mode: 'approve' }).expect(202);
  const id = await watching.monitor(portfolioId);
  await watching.until(id, 'busy');
  await app.api().post(`/v1/executions/${asked.body.id}/approval`).send({ decision: 'reject' }).expect(200);
  await watching.until(id, 'held');
  const orders = (await ordersOn(portfolioId)) as { executionId: string; status: string }[];
  expect(orders.filter(({ status }) => status === 'filled')).toHaveLength(1);
});

test('for a while after a rebalance, and acts when that is over', async () => {
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId, { coolDownSeconds: 50 });
  await watching.settled(id, await watching.price(100_000));
  await watching.price(120_000);
  const cooling = await watching.until(id, 'cooling_down');
  expect(cooling.decision!.reasons[0]).toMatch(/^The last rebalance began at/);
  expect(await ordersOn(portfolioId)).toHaveLength(1);
  watching.pass(50_000);
  await watching.until(id, 'held');
  expect(await ordersOn(portfolioId)).toHaveLength(2);
});

test('where part of the book cannot be valued', async () => {
  await watching.price(100_000);
  const portfolioId = await watching.book([...POSITIONS, { instrument: 'spot:DOGE/USD', quantity: '1' }]);
  const id = await watching.monitor(portfolioId);
  const unvalued = await watching.until(id, 'unvalued');
  expect(unvalued.decision!.reasons.join()).toMatch('1 of 6 positions could not be valued');
  expect(await ordersOn(portfolioId)).toEqual([]);
});

test('while it is paused, and goes on when it is resumed', async () => {
  const { app } = watching;
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId);
  await app.api().post(`/v1/monitors/${id}/pause`).expect(200);
  await app.api().post(`/v1/monitors/${id}/pause`).expect(200);
  await watching.price(100_000);
  await new Promise((wait) => setTimeout(wait, 600));
  expect(await watching.get(id)).toMatchObject({ status: 'paused', decision: { verdict: 'paused' } });
  expect(await ordersOn(portfolioId)).toEqual([]);
  await app.api().post(`/v1/monitors/${id}/resume`).expect(200);
  await watching.until(id, 'held');
  expect((await watching.decisions(id)).map(({ verdict }) => verdict).slice(-4)).toEqual([
    ...['resumed', 'triggered', 'rebalanced', 'held'],
  ]);
});

test('until a person has approved, where its mode says so', async () => {
  const { app } = watching;
  await watching.price(100_000);
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId, { execution: { mode: 'approve' } });
  const { executionId } = await watching.until(id, 'triggered');
  const execution = () => app.api().get(`/v1/executions/${executionId}`);
  await expect.poll(async () => (await execution()).status).toBe(200);
  expect((await execution()).body).toMatchObject({
    status: 'waiting',
    waitingFor: 'approval',
    orders: [{ status: 'initialized' }],
  });
  await app.api().post(`/v1/executions/${executionId}/approval`).send({}).expect(200);
  await watching.until(id, 'held');
  expect((await app.ended<Execution>(`/v1/executions/${executionId}`)).result!.outcome).toBe('completed');
});

test('after trading was halted: what it wants is refused, and told', async () => {
  const { app } = watching;
  await app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'a test' }).expect(200);
  await watching.price(100_000);
  const id = await watching.monitor(await watching.book());
  const refused = await watching.until(id, 'refused');
  expect(refused.decision!.reasons).toEqual(['Trading is halted: a test']);
  expect(refused.executionId).toBeNull();
});

test('from what has expired: that leaves the book, and its hedge is unwound', async () => {
  vi.setConfig({ testTimeout: 30_000 });
  const soon = new Date(watching.now().getTime() + 3_600_000);
  const option = { kind: 'option', underlying: 'BTC', settlement: 'linear', optionType: 'call', strike: '90000' };
  const positions = [{ id: 'call', quantity: '10', instrument: { ...option, expiry: soon.toISOString() } }];
  const portfolioId = await watching.book(positions);
  const id = await watching.monitor(portfolioId);
  await watching.settled(id, await watching.price(100_000));
  const held = async () =>
    (await watching.app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200)).body.items as {
      id: string;
      quantity: string;
    }[];
  expect((await held()).map(({ id: each }) => each)).toEqual(['call', 'hedge:deribit:BTC-PERPETUAL']);
  watching.pass(60 * MINUTE);
  await watching.settled(id, await watching.price(100_000));
  expect((await watching.decisions(id)).map(({ verdict }) => verdict)).toContain('expired');
  const left = await held();
  expect(left.every(({ id: each }) => each.startsWith('hedge:'))).toBe(true);
  const delta = (await watching.get(id)).decision!.underlyings[0]?.greeks.delta ?? 0;
  expect(Math.abs(delta)).toBeLessThanOrEqual(0.5);
  expect(new Date(EXPIRY) > soon).toBe(true);
});
