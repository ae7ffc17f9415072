import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderReport, Venue } from '../../../src/execution/ports.ts';
import { filled } from '../execution/scripted.ts';
import { startWatching, type Watching } from './watched.ts';

/** Has taken everything that it was sent, and tells nothing of what it never got. */
const taken = new Map<string, OrderReport>();
const venue: Venue = {
  async submit(order) {
    taken.set(order.clientOrderId, filled(order)[0]!);
    return taken.get(order.clientOrderId)!;
  },
  lookup: async ({ clientOrderId }) => taken.get(clientOrderId),
  cancel: async ({ clientOrderId }) => taken.get(clientOrderId),
  openOrders: async () => [],
};

let watching: Watching;
let database: pg.Client;
beforeAll(async () => {
  watching = await startWatching({ venues: () => ({ paper: venue }) });
  database = new pg.Client({ connectionString: watching.app.config.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await watching.app.stop();
});

/** Whoever would work an execution finds another at it, from the instant that it is written. */
async function occupyExecutions(): Promise<{ leave(): Promise<void> }> {
  await database.query(`CREATE FUNCTION occupied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_advisory_lock(hashtextextended('execution ' || NEW.id, 0)); RETURN NEW; END $$;
    CREATE TRIGGER occupied AFTER INSERT ON execution FOR EACH ROW EXECUTE FUNCTION occupied()`);
  return {
    async leave() {
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN execution e ON
           (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('execution ' || e.id, 0)
         WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted`,
      );
    },
  };
}

test('an order that another worker took up and ended, as a client called it off, is not sent on the mark of before', async () => {
  await watching.price(100_000);
  const portfolioId = await watching.book();
  const occupied = await occupyExecutions();
  await watching.monitor(portfolioId);
  const written = async () =>
    (await database.query("SELECT execution_id AS id FROM hedge_order WHERE status = 'submitted'")).rows[0]?.id;
  await expect.poll(written, { timeout: 10_000, interval: 5 }).toBeDefined();
  const id = await written();
  // What another worker does of it, to which the queue gave it: the cancellation is a job of its own.
  await database.query(
    `WITH ended AS (UPDATE hedge_order SET status = 'canceled' WHERE execution_id = '${id}'),
       gone AS (DELETE FROM outbox WHERE subject = '${id}')
     UPDATE execution SET attempt = attempt + 1, cancel_requested_at = now(), status = 'succeeded', finished_at = now(),
       result = '{"outcome": "failed", "portfolioVersion": null}' WHERE id = '${id}'`,
  );
  await occupied.leave();
  await new Promise((later) => setTimeout(later, 1_500));
  expect([...taken.keys()]).toEqual([]);
}, 30_000);
