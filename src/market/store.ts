import type { Tx } from '../platform/database.ts';
import type { MarketSnapshotInput, MarketSnapshotSummary } from './model.ts';

/** The summary stands beside the snapshot, so that a list need not carry thousands of quotes out of the database. */
interface Stored {
  underlyings: MarketSnapshotSummary['underlyings'];
  snapshot: MarketSnapshotInput;
}

interface Row {
  id: string;
  as_of: string;
  source: string;
  created_at: string;
}
export type SummaryRow = Row & { underlyings: Stored['underlyings'] };
export type SnapshotRow = Row & { data: Stored };

/** Keeps what is there where the id is taken: a retry meets the first try. */
export async function insertSnapshot(tx: Tx, tenantId: string, id: string, data: Stored, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO market_snapshot (id, tenant_id, as_of, source, data, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO NOTHING`,
    [id, tenantId, data.snapshot.asOf, data.snapshot.source, data, now],
  );
}

export async function selectSnapshot(tx: Tx, tenantId: string, id: string): Promise<SnapshotRow | undefined> {
  const [row] = await tx.query<SnapshotRow>(
    'SELECT id, as_of, source, created_at, data FROM market_snapshot WHERE tenant_id = $1 AND id = $2',
    [tenantId, id],
  );
  return row;
}

/** Newest first: ids are UUIDs of version 7, which sort by creation. */
export async function selectSummaries(
  tx: Tx,
  tenantId: string,
  after: string | undefined,
  limit: number,
): Promise<SummaryRow[]> {
  return tx.query<SummaryRow>(
    `SELECT id, as_of, source, created_at, data->'underlyings' AS underlyings FROM market_snapshot
     WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [tenantId, after ?? null, limit],
  );
}

/** The snapshot of the latest instant; of one instant, the last created. */
export async function selectLatestId(tx: Tx, tenantId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    'SELECT id FROM market_snapshot WHERE tenant_id = $1 ORDER BY as_of DESC, id DESC LIMIT 1',
    [tenantId],
  );
  return row?.id;
}

export type MarkRow = Pick<Row, 'id' | 'as_of'> & { underlyings: Stored['underlyings'] };

/** Snapshots from one instant to another (both included), earliest first; of one instant, in the order of their creation. */
export async function selectMarks(tx: Tx, tenantId: string, from: Date, to: Date, limit: number): Promise<MarkRow[]> {
  return tx.query(
    "SELECT id, as_of, data->'underlyings' AS underlyings FROM market_snapshot WHERE tenant_id = $1 AND as_of BETWEEN $2 AND $3 ORDER BY as_of, id LIMIT $4",
    [tenantId, from, to, limit],
  );
}

/** The snapshot of the latest instant up to one. */
export async function selectLatestAt(tx: Tx, tenantId: string, at: Date): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    'SELECT id FROM market_snapshot WHERE tenant_id = $1 AND as_of <= $2 ORDER BY as_of DESC, id DESC LIMIT 1',
    [tenantId, at],
  );
  return row?.id;
}
