import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBallast } from '../../../src/app.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import type { OrderReport, Venue } from '../../../src/execution/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';
import { reporter } from './scripted.ts';

let app: TestApp;
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

async function startAgain(): Promise<void> {
  ahead += 120_000;
  const again = await startBallast({ ...app.config, roles: ['dispatcher'] }, pino({ level: 'silent' }), parts);
  await new Promise((wait) => setTimeout(wait, 700));
  await again.stop();
}
const sql = async (text: string) => {
  const client = new pg.Client({ connectionString: app.config.databaseUrl! });
  await client.connect();
  await client.query(text);
  await client.end();
};
const bookOf = async (portfolioId: string, orderId: string) => {
  const { body: order } = await app.api().get(`/v1/orders/${orderId}`);
  const { body: positions } = await app.api().get(`/v1/portfolios/${portfolioId}/positions`);
  const hedge = positions.items.find(({ id }: { id: string }) => id.startsWith('hedge:'));
  return { filled: Number(order.filledQuantity), held: Math.abs(Number(hedge?.quantity ?? 0)), status: order.status };
};

test('a failure between taking a late fill over and booking it loses nothing', async () => {
  let late: OrderReport | undefined;
  first = (order) => {
    const { report, fill } = reporter(order);
    late = report('canceled', [fill('t1', 0.25), fill('t2', 0.5)]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, plan } = await plannedHedge(app);
  const { orders } = await execute(app, plan.id);
  told = late;
  // As a kill -9, or a lost connection, between the two transactions of revisit().
  await sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'down'; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON portfolio_version FOR EACH ROW EXECUTE FUNCTION broken()`);
  await startAgain();
  await sql('DROP TRIGGER broken ON portfolio_version');
  await startAgain();
  await startAgain();
  const { filled, held } = await bookOf(portfolioId, orders[0]!.id);
  expect(held).toBe(filled);
});

test('an order that turns out to be worked on after its end is followed to its end', async () => {
  let later: OrderReport | undefined;
  let last: OrderReport | undefined;
  first = (order) => {
    const { report, fill, rest } = reporter(order);
    later = report('filled', [fill('t1', 0.25), fill('t2', 0.25)]); // the venue has yet to tell the other fills
    const left = String(Number(order.quantity) - 2 * Number(fill('t1', 0.25).quantity));
    last = report('filled', [fill('t1', 0.25), fill('t2', 0.25), { ...rest('t3', 0), quantity: left }]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, plan } = await plannedHedge(app);
  const { orders } = await execute(app, plan.id);
  told = later;
  await startAgain();
  told = last;
  await startAgain();
  await startAgain();
  const { filled, held, status } = await bookOf(portfolioId, orders[0]!.id);
  expect(held).toBe(filled);
  expect(status).toBe('filled');
});
