import { afterAll, beforeAll, expect, test } from 'vitest';
import { MINUTE, startWatchingWithin, type WatchingWithin } from './watched.ts';

let watching: WatchingWithin;
beforeAll(async () => {
  watching = await startWatchingWithin();
});
afterAll(() => watching.stop());

test('a breach that was seen under an ownership that was over is hedged under the next, by the same worker', async () => {
  const first = await watching.price(100_000);
  const id = await watching.monitor(await watching.book());
  await watching.settled(id, first);
  watching.pass(MINUTE);
  // The lease runs out and is taken anew while the worker thinks: what it decides meanwhile is by the old number.
  await watching.database.query('BEGIN');
  await watching.database.query('UPDATE monitor SET fence = fence + 1 WHERE id = $1', [id]);
  const breach = await watching.price(130_000);
  const waits = `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await watching.database.query(waits)).rows[0].waiting).toBeGreaterThan(0);
  await watching.database.query('COMMIT');
  await watching.settled(id, breach);
  const verdicts = (await watching.decisions(id)).filter(({ marketSnapshotId }) => marketSnapshotId === breach);
  expect(verdicts.filter(({ verdict }) => verdict === 'triggered')).toHaveLength(1);
}, 30_000);

test('what is decided together with it is hedged at once, and of the plan that was lost nothing is left', async () => {
  const first = await watching.price(100_000);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push(await watching.monitor(await watching.book()));
  for (const id of ids) await watching.settled(id, first);
  watching.pass(MINUTE);
  await watching.database.query('BEGIN');
  await watching.database.query('UPDATE monitor SET fence = fence + 1 WHERE id = $1', [ids[1]]);
  const breach = await watching.price(130_000);
  const waits = `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await watching.database.query(waits)).rows[0].waiting).toBeGreaterThan(0);
  await watching.database.query('COMMIT');
  for (const id of ids) await watching.settled(id, breach);
  for (const id of ids) {
    const decisions = (await watching.decisions(id)).filter(({ marketSnapshotId }) => marketSnapshotId === breach);
    expect(decisions.filter(({ verdict }) => verdict === 'triggered')).toHaveLength(1);
  }
  const { rows: orphans } = await watching.database.query(
    'SELECT id FROM hedge_plan WHERE id NOT IN (SELECT hedge_plan_id FROM execution)',
  );
  expect(orphans).toEqual([]);
}, 30_000);
