import type { Tx } from '../platform/database.ts';
import { operationView, type OperationRow } from '../platform/operation.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { BacktestInput } from './model.ts';
import type { Backtest, BacktestResult } from './resultModel.ts';

export interface BacktestRow extends OperationRow {
  request: BacktestInput;
  result: BacktestResult | null;
  shards: number;
  shards_done: number;
}

export interface ShardRow extends OperationRow {
  backtest_id: string;
  ordinal: number;
  request: { from: number; to: number };
}

export function backtestOf(row: BacktestRow): Backtest {
  const { id, request, result, shards, shards_done: shardsDone } = row;
  return { id, ...operationView(row), shards, shardsDone, request, result };
}

const COUNTED = `b.*, (SELECT count(*)::int FROM backtest_shard s WHERE s.backtest_id = b.id) AS shards,
  (SELECT count(*)::int FROM backtest_shard s WHERE s.backtest_id = b.id AND s.status = 'succeeded') AS shards_done`;

export interface NewBacktest {
  id: string;
  request: BacktestInput;
  shards: { id: string; from: number; to: number }[];
}

/** False when the id is taken. */
export async function insertBacktest(tx: Tx, tenantId: string, backtest: NewBacktest, now: Date): Promise<boolean> {
  const [row] = await tx.query(
    `INSERT INTO backtest (id, tenant_id, request, status, progress, attempt, created_at)
     VALUES ($1, $2, $3, 'queued', 0, 0, $4) ON CONFLICT (id) DO NOTHING RETURNING id`,
    [backtest.id, tenantId, JSON.stringify(backtest.request), now],
  );
  if (!row) return false;
  await tx.query(
    `INSERT INTO backtest_shard (id, tenant_id, backtest_id, ordinal, request, status, progress, attempt, created_at)
     SELECT s.id, $1, $2, s.ordinal, s.request, 'queued', 0, 0, $3
     FROM jsonb_to_recordset($4::jsonb) AS s (id uuid, ordinal integer, request jsonb)`,
    [
      tenantId,
      backtest.id,
      now,
      JSON.stringify(backtest.shards.map(({ id, from, to }, ordinal) => ({ id, ordinal, request: { from, to } }))),
    ],
  );
  return true;
}

export async function findBacktest(tx: Tx, tenantId: string, id: string): Promise<BacktestRow | undefined> {
  const [row] = await tx.query<BacktestRow>(`SELECT ${COUNTED} FROM backtest b WHERE b.tenant_id = $1 AND b.id = $2`, [
    tenantId,
    id,
  ]);
  return row;
}

/** Newest first, one more than asked for; the prices of a series, which may be megabytes, are left out. */
export async function listBacktests(tx: Tx, tenantId: string, page: PageRequest): Promise<BacktestRow[]> {
  return tx.query<BacktestRow>(
    `SELECT ${COUNTED}, b.request #- '{history,prices}' #- '{history,vols}' AS request FROM backtest b
     WHERE b.tenant_id = $1 AND ($2::uuid IS NULL OR b.id < $2::uuid) ORDER BY b.id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
}

/** Keeps what the paths came to, within the transaction that ends the shard, and brings the backtest forward. */
export async function saveOutcome(tx: Tx, shard: ShardRow, outcome: Buffer, now: Date): Promise<number> {
  await tx.query('UPDATE backtest_shard SET outcome = $2 WHERE id = $1', [shard.id, outcome]);
  const [row] = await tx.query<{ progress: number }>(
    `UPDATE backtest b SET heartbeat_at = $3, status = CASE WHEN b.status = 'queued' THEN 'running' ELSE b.status END,
       started_at = coalesce(b.started_at, $3), progress = greatest(b.progress, done.share)
     FROM (SELECT ((count(*) FILTER (WHERE s.status = 'succeeded' OR s.id = $2))::real / count(*)) * 0.99 AS share
           FROM backtest_shard s WHERE s.backtest_id = $1) done
     WHERE b.id = $1 AND b.status IN ('queued', 'running') RETURNING b.progress`,
    [shard.backtest_id, shard.id, now],
  );
  return row?.progress ?? 1;
}

/** How the shards of a backtest stand, in their order; without their outcomes. */
export async function shardsOf(
  tx: Tx,
  backtestId: string,
): Promise<Pick<ShardRow, 'id' | 'ordinal' | 'status' | 'problem'>[]> {
  return tx.query('SELECT id, ordinal, status, problem FROM backtest_shard WHERE backtest_id = $1 ORDER BY ordinal', [
    backtestId,
  ]);
}

/** What the paths came to, shard by shard. */
export async function outcomesOf(tx: Tx, backtestId: string): Promise<Buffer[]> {
  const rows = await tx.query<{ outcome: Buffer }>(
    'SELECT outcome FROM backtest_shard WHERE backtest_id = $1 ORDER BY ordinal',
    [backtestId],
  );
  return rows.map(({ outcome }) => outcome);
}

export async function dropOutcomes(tx: Tx, backtestId: string): Promise<void> {
  await tx.query('UPDATE backtest_shard SET outcome = NULL WHERE backtest_id = $1', [backtestId]);
}
