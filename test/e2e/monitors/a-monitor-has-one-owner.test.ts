import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBallast, type Ballast } from '../../../src/app.ts';
import { MINUTE, startWatchingWithin, type WatchingWithin } from './watched.ts';

let watching: WatchingWithin;
const workers: Ballast[] = [];
beforeAll(async () => {
  watching = await startWatchingWithin();
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await watching.stop();
});

const startWorker = async () => {
  const config = { ...watching.app.config, roles: ['worker' as const] };
  workers.push(await startBallast(config, pino({ level: 'silent' }), { clock: watching.clock }));
};

const ownerOf = async (id: string) =>
  (await watching.database.query('SELECT owner, fence FROM monitor WHERE id = $1', [id])).rows[0] as {
    owner: string | null;
    fence: string;
  };

test('among three workers every breach of every book is hedged once', async () => {
  await Promise.all([startWorker(), startWorker()]);
  const first = await watching.price(100_000);
  const books = await Promise.all(Array.from({ length: 6 }, () => watching.book()));
  const ids: string[] = [];
  for (const book of books) ids.push(await watching.monitor(book));
  await Promise.all(ids.map((id) => watching.settled(id, first)));
  for (const [i, spot] of [110_000, 95_000, 115_000].entries()) {
    watching.pass(MINUTE);
    const snapshot = await watching.price(spot);
    await Promise.all(ids.map((id) => watching.settled(id, snapshot)));
    for (const id of ids) {
      const triggered = (await watching.decisions(id)).filter(({ verdict }) => verdict === 'triggered');
      expect(new Set(triggered.map(({ marketSnapshotId }) => marketSnapshotId)).size).toBe(triggered.length);
      expect(triggered.length).toBeLessThanOrEqual(i + 2);
      expect(triggered.length).toBeGreaterThan(i);
    }
  }
}, 60_000);

test('what another worker holds is left alone until its lease has run out', async () => {
  const id = await watching.monitor(await watching.book());
  await watching.until(id, 'held');
  const stranger = '018f0000-0000-7000-8000-000000000000';
  await watching.database.query(
    `UPDATE monitor SET owner = $2, fence = fence + 1, lease_until = now() + interval '3 seconds' WHERE id = $1`,
    [id, stranger],
  );
  watching.pass(MINUTE);
  const snapshot = await watching.price(130_000);
  await new Promise((wait) => setTimeout(wait, 1_500));
  expect((await watching.get(id)).decision!.marketSnapshotId).not.toBe(snapshot);
  expect((await ownerOf(id)).owner).toBe(stranger);
  await watching.settled(id, snapshot);
  expect((await ownerOf(id)).owner).not.toBe(stranger);
}, 30_000);

test('a rebalance that was begun by an owner that died is brought to its end by the next, once', async () => {
  const portfolioId = await watching.book();
  const id = await watching.monitor(portfolioId, { execution: { mode: 'approve' } });
  await watching.until(id, 'triggered');
  const { executionId } = await watching.get(id);
  const status = async () => (await watching.app.api().get(`/v1/executions/${executionId}`)).body.status;
  await expect.poll(status, { timeout: 10_000 }).toBe('waiting');
  const { fence } = await ownerOf(id);
  await watching.database.query('UPDATE monitor SET owner = NULL, fence = fence + 1 WHERE id = $1', [id]);
  await watching.app.api().post(`/v1/executions/${executionId}/approval`).send({}).expect(200);
  await watching.until(id, 'held');
  expect(Number((await ownerOf(id)).fence)).toBeGreaterThan(Number(fence) + 1);
  const { body } = await watching.app.api().get(`/v1/orders?portfolioId=${portfolioId}`).expect(200);
  expect(body.items).toHaveLength(1);
}, 30_000);

test('a rebalance that was refused under an owner that died is over under the next', async () => {
  const id = await watching.monitor(await watching.book(), { execution: { mode: 'approve' } });
  const { executionId } = await watching.until(id, 'triggered');
  // As if it had died between the trigger, which had no execution, and its saying so.
  await watching.database.query('BEGIN');
  await watching.database.query('UPDATE monitor SET owner = NULL, fence = fence + 1 WHERE id = $1', [id]);
  await watching.database.query(
    'DELETE FROM order_transition WHERE order_id IN (SELECT id FROM hedge_order WHERE execution_id = $1)',
    [executionId],
  );
  await watching.database.query('DELETE FROM hedge_order WHERE execution_id = $1', [executionId]);
  await watching.database.query('DELETE FROM execution WHERE id = $1', [executionId]);
  await watching.database.query('COMMIT');
  expect(await watching.until(id, 'refused')).toMatchObject({ executionId: null });
}, 30_000);
