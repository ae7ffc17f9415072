import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
beforeAll(async () => {
  watching = await startWatching();
});
afterAll(() => watching.app.stop());

const sql = async (text: string) => {
  const client = new pg.Client({ connectionString: watching.app.config.databaseUrl! });
  await client.connect();
  await client.query(text);
  await client.end();
};

test('what was decided before an outage is not executed on the prices of before it', async () => {
  await watching.price(100_000);
  const portfolioId = await watching.book();
  // The process cannot ask for the execution: it died, or the database did.
  await sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'down'; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON execution FOR EACH ROW EXECUTE FUNCTION broken()`);
  const id = await watching.monitor(portfolioId, { maxAgeSeconds: 30 });
  await watching.until(id, 'triggered');
  watching.pass(3_600_000); // an hour later
  await sql('DROP TRIGGER broken ON execution');
  await new Promise((wait) => setTimeout(wait, 2_500));
  const { body } = await watching.app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(body.items.filter(({ status }: { status: string }) => status === 'filled')).toEqual([]);
});
