import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatchingWithin, type WatchingWithin } from './watched.ts';

let watching: WatchingWithin;
beforeAll(async () => {
  watching = await startWatchingWithin();
});
afterAll(() => watching.stop());

/** No execution can be written; answers how often that was tried. */
async function breakExecutions(): Promise<() => Promise<number>> {
  await watching.database.query(`CREATE SEQUENCE tried; GRANT ALL ON SEQUENCE tried TO ballast_tenant;
    CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tried'); RAISE EXCEPTION 'down'; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON execution FOR EACH ROW EXECUTE FUNCTION broken()`);
  return async () => {
    const [row] = (await watching.database.query('SELECT last_value, is_called FROM tried')).rows;
    return row.is_called ? Number(row.last_value) : 0;
  };
}

test('a breach whose execution could not be written leaves no trace, and is not hedged on the prices of before the outage', async () => {
  await watching.price(100_000);
  const portfolioId = await watching.book();
  const tried = await breakExecutions();
  const id = await watching.monitor(portfolioId, { maxAgeSeconds: 30 });
  await expect.poll(tried, { timeout: 10_000 }).toBeGreaterThan(1);
  expect(await watching.get(id)).toMatchObject({ decision: null, executionId: null });
  expect(await watching.decisions(id)).toEqual([]);
  const { body: plans } = await watching.app.api().get(`/v1/portfolios/${portfolioId}/hedge-plans`).expect(200);
  expect(plans.items).toEqual([]);

  watching.pass(3_600_000); // an hour later
  await watching.database.query('DROP TRIGGER broken ON execution');
  await watching.until(id, 'stale');
  const { body: orders } = await watching.app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(orders.items).toEqual([]);
  const again = await watching.price(100_000);
  expect(await watching.settled(id, again)).toMatchObject({ decision: { verdict: 'held' } });
}, 30_000);
