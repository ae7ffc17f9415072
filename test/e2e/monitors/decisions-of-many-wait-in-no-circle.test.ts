import { afterAll, beforeAll, expect, test } from 'vitest';
import { decided } from '../../../src/monitors/decision.ts';
import * as store from '../../../src/monitors/store.ts';
import { openDatabase, type Database } from '../../../src/platform/database.ts';
import { startWatching, type Watching } from './watched.ts';

const MONITORS = 30;
const ROUNDS = 40;
const OWNER = '018f0000-0000-7000-8000-000000000001';

let watching: Watching;
let db: Database;
beforeAll(async () => {
  watching = await startWatching();
  db = openDatabase(watching.app.config.databaseUrl!, () => undefined);
});
afterAll(async () => {
  await db.close();
  await watching.app.stop();
});

test('decisions in any order, and the leases that are renewed meanwhile, lock the monitors in one order', async () => {
  for (let i = 0; i < MONITORS; i++) await watching.monitor(await watching.book());
  const rows = await db.system((tx) =>
    tx.query<{ id: string; tenant_id: string; fence: string }>(
      `UPDATE monitor SET owner = $1, fence = fence + 1, lease_until = now() + interval '5 seconds' RETURNING id, tenant_id, fence`,
      [OWNER],
    ),
  );
  expect(rows).toHaveLength(MONITORS);
  const note = (verdict: 'held' | 'stale', ids: typeof rows) =>
    db.tenant(rows[0]!.tenant_id, (tx) =>
      store.saveDecisions(
        tx,
        OWNER,
        ids.map(({ id, fence }) => ({ id, fence, decision: decided(verdict, new Date(), []) })),
      ),
    );
  for (let round = 0; round < ROUNDS; round++)
    await Promise.all([
      note('held', rows),
      note('stale', rows.toReversed()),
      db.system((tx) => store.hold(tx, OWNER, MONITORS)),
      note('held', [...rows.slice(MONITORS / 2), ...rows.slice(0, MONITORS / 2)]),
    ]);
  const verdicts = await db.system((tx) =>
    tx.query<{ verdict: string }>(`SELECT decision ->> 'verdict' AS verdict FROM monitor`),
  );
  for (const { verdict } of verdicts) expect(['held', 'stale']).toContain(verdict);
}, 60_000);
