import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWatching, type Watching } from './watched.ts';

let watching: Watching;
let database: pg.Client;
beforeAll(async () => {
  watching = await startWatching();
  database = new pg.Client({ connectionString: watching.app.config.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await watching.app.stop();
});

test('a monitor whose plan a client has executed itself, before the monitor could, goes on', async () => {
  const snapshot = await watching.price(100_000);
  // What the monitor asks for fails, what the client asks for does not.
  await database.query(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT 1 FROM monitor WHERE execution_id = NEW.id) THEN RAISE EXCEPTION 'down'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON execution FOR EACH ROW EXECUTE FUNCTION broken()`);
  const id = await watching.monitor(await watching.book());
  const { decision } = await watching.until(id, 'triggered');
  const path = `/v1/hedge-plans/${decision!.hedgePlanId}/execution`;
  const { body } = await watching.app.api().post(path).send({}).expect(202);
  await watching.app.ended(`/v1/executions/${body.id}`);
  await database.query('DROP TRIGGER broken ON execution');
  const settled = await watching.settled(id, snapshot);
  expect(settled).toMatchObject({ executionId: null, decision: { verdict: 'held' } });
  const refused = (await watching.decisions(id)).find(({ verdict }) => verdict === 'refused');
  expect(refused!.reasons[0]).toContain(body.id);
}, 30_000);
