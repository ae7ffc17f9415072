import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBallast } from '../../../src/app.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import type { OrderReport, Venue } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { reporter } from './scripted.ts';

let app: TestApp;
/** What the venue tells of the order when it is asked. */
let told: OrderReport | undefined;
let ahead = 0;
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
const tell = async () => told;
let first: (order: Parameters<Venue['submit']>[0]) => OrderReport;
const venue: Venue = {
  submit: async (order) => (told = first(order)),
  ...{ lookup: tell, cancel: tell, openOrders: async () => [] },
};
const parts = { clock, venues: () => ({ paper: venue }) };
beforeAll(async () => {
  app = await startTestApp(parts);
});
afterAll(() => app.stop());

/** The first thing that a process does is to look at what ended short. */
async function startAgain(): Promise<void> {
  ahead += 120_000;
  const again = await startBallast({ ...app.config, roles: ['dispatcher'] }, pino({ level: 'silent' }), parts);
  await new Promise((wait) => setTimeout(wait, 500));
  await again.stop();
}

test('a fill that the venue tells of after the end goes into book and ledger, and looking again adds nothing', async () => {
  let late: OrderReport | undefined;
  first = (order) => {
    const { report, fill } = reporter(order);
    late = report('canceled', [fill('t1', 0.25), fill('t2', 0.5)]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, plan } = await plannedHedge(app);
  const { orders } = await execute(app, plan.id);
  const versions = async () => (await app.api().get(`/v1/portfolios/${portfolioId}`)).body.version as number;
  expect(await versions()).toBe(2);
  told = late;
  await startAgain();
  expect(await versions()).toBe(3);
  await startAgain();
  expect(await versions()).toBe(3);
  const { body: order } = await app.api().get(`/v1/orders/${orders[0]!.id}`);
  expect(order).toMatchObject({ status: 'canceled', fills: [{ tradeId: 't1' }, { tradeId: 't2' }] });
  const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`);
  const hedge = positions.items.find(({ id }: { id: string }) => id.startsWith('hedge:'));
  expect(Math.abs(Number(hedge.quantity))).toBe(Number(order.filledQuantity));
  const { body: events } = await app.api().get('/v1/events?limit=200');
  const types = events.items.map(({ type }: { type: string }) => type);
  expect(types.filter((type: string) => type === 'order.filled_late')).toHaveLength(1);
});
