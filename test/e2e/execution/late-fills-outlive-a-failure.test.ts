import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderReport } from '../../../src/execution/ports.ts';
import { startLateVenue, type LateVenue } from './lateVenue.ts';
import { reporter } from './scripted.ts';

let stage: LateVenue;
beforeAll(async () => {
  stage = await startLateVenue();
});
afterAll(() => stage.app.stop());

const sql = async (text: string) => {
  const client = new pg.Client({ connectionString: stage.app.config.databaseUrl! });
  await client.connect();
  await client.query(text);
  await client.end();
};

test('a failure between taking a late fill over and booking it loses nothing', async () => {
  let late: OrderReport | undefined;
  stage.first = (order) => {
    const { report, fill } = reporter(order);
    late = report('canceled', [fill('t1', 0.25), fill('t2', 0.5)]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, orderId } = await stage.ended();
  stage.told = late;
  // As a kill -9, or a lost connection, between the two transactions of revisit().
  await sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'down'; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON portfolio_version FOR EACH ROW EXECUTE FUNCTION broken()`);
  await stage.startAgain();
  await sql('DROP TRIGGER broken ON portfolio_version');
  await stage.startAgain();
  await stage.startAgain();
  const { filled, held } = await stage.bookOf(portfolioId, orderId);
  expect(held).toBe(filled);
});

test('an order that turns out to be worked on after its end is followed to its end', async () => {
  let later: OrderReport | undefined;
  let last: OrderReport | undefined;
  stage.first = (order) => {
    const { report, fill, rest } = reporter(order);
    later = report('filled', [fill('t1', 0.25), fill('t2', 0.25)]); // the venue has yet to tell the other fills
    const left = String(Number(order.quantity) - 2 * Number(fill('t1', 0.25).quantity));
    last = report('filled', [fill('t1', 0.25), fill('t2', 0.25), { ...rest('t3', 0), quantity: left }]);
    return report('canceled', [fill('t1', 0.25)]);
  };
  const { portfolioId, orderId } = await stage.ended();
  stage.told = later;
  await stage.startAgain();
  stage.told = last;
  await stage.startAgain();
  await stage.startAgain();
  const { filled, held, status } = await stage.bookOf(portfolioId, orderId);
  expect(held).toBe(filled);
  expect(status).toBe('filled');
});
