import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatchingWithin, type WatchingWithin } from './watched.ts';

let watching: WatchingWithin;
beforeAll(async () => {
  watching = await startWatchingWithin();
});
afterAll(() => watching.stop());

/** Whether another session could have had an execution, at each of these steps of it. */
async function watchLocks(): Promise<() => Promise<{ step: string; is_free: boolean }[]>> {
  await watching.database
    .query(`CREATE TABLE seen (n serial, step text, is_free boolean); GRANT ALL ON seen, seen_n_seq TO ballast_tenant;
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        key bigint := hashtextextended('execution ' || CASE TG_TABLE_NAME WHEN 'execution' THEN to_jsonb(NEW) ->> 'id'
          ELSE to_jsonb(NEW) ->> 'execution_id' END, 0);
        is_free boolean := pg_try_advisory_lock(key);
      BEGIN
        IF is_free THEN PERFORM pg_advisory_unlock(key); END IF;
        INSERT INTO seen (step, is_free) VALUES (TG_TABLE_NAME || ' ' || (to_jsonb(NEW) ->> 'status'), is_free);
        RETURN NEW;
      END $$;
    CREATE TRIGGER look AFTER INSERT OR UPDATE ON execution FOR EACH ROW EXECUTE FUNCTION look();
    CREATE TRIGGER look AFTER INSERT OR UPDATE ON hedge_order FOR EACH ROW EXECUTE FUNCTION look()`);
  return async () => (await watching.database.query('SELECT step, is_free FROM seen ORDER BY n')).rows;
}

test('from before an execution is written until it has ended, nobody else can take it up', async () => {
  await watching.price(100_000);
  const seen = await watchLocks();
  const id = await watching.monitor(await watching.book());
  await watching.until(id, 'held');
  const steps = await seen();
  expect(steps.map(({ step }) => step)).toEqual(
    expect.arrayContaining(['execution running', 'hedge_order submitted', 'hedge_order filled', 'execution succeeded']),
  );
  expect(steps.filter(({ is_free }) => is_free)).toEqual([]);
});
