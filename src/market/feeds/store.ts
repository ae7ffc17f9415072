import type { Tx } from '../../platform/database.ts';
import { FENCED, holdLeases, releaseLeases, type Fenced } from '../../platform/lease.ts';
import type { PageRequest } from '../../platform/pagination.ts';
import type { FedSnapshot, Feed, FeedError, FeedInput } from './model.ts';

interface FeedRow {
  id: string;
  tenant_id: string;
  request: FeedInput;
  status: Feed['status'];
  due_at: string;
  snapshots: number;
  last_as_of: string | null;
  last_snapshot: FedSnapshot | null;
  failures: number;
  last_error: FeedError | null;
  fence: string;
  created_at: string;
  updated_at: string;
}

export function feedOf(row: FeedRow): Feed {
  return {
    ...{ id: row.id, status: row.status, request: row.request, snapshots: row.snapshots },
    ...{ lastSnapshot: row.last_snapshot, consecutiveFailures: row.failures, lastError: row.last_error },
    nextAt: row.status === 'active' ? row.due_at : null,
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

/** Nothing when the id is taken. */
export async function insertFeed(tx: Tx, tenantId: string, id: string, request: FeedInput, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO market_feed (id, tenant_id, request, status, due_at, created_at, updated_at)
     VALUES ($1, $2, $3, 'active', $4, $4, $4) ON CONFLICT (id) DO NOTHING`,
    [id, tenantId, JSON.stringify(request), now],
  );
}

export async function findFeed(tx: Tx, tenantId: string, id: string): Promise<FeedRow | undefined> {
  const [row] = await tx.query<FeedRow>(
    'SELECT * FROM market_feed WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL',
    [tenantId, id],
  );
  return row;
}

/** Newest first, one more than asked for. */
export async function listFeeds(tx: Tx, tenantId: string, page: PageRequest): Promise<FeedRow[]> {
  return tx.query<FeedRow>(
    `SELECT * FROM market_feed WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR id < $2::uuid)
     ORDER BY id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
}

/** How many a tenant has that have not come to their end, but for one. */
export async function countOthers(tx: Tx, tenantId: string, id: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM market_feed
     WHERE tenant_id = $1 AND id <> $2 AND deleted_at IS NULL AND status <> 'finished'`,
    [tenantId, id],
  );
  return row!.count;
}

/** Pauses or resumes; whoever owns it owns it no more. Nothing when it has that status, or has come to its end. */
export async function setStatus(
  tx: Tx,
  tenantId: string,
  id: string,
  status: 'active' | 'paused',
  now: Date,
): Promise<void> {
  await tx.query(
    `UPDATE market_feed SET status = $3, due_at = $4, updated_at = $4, failures = 0, owner = NULL, lease_until = NULL, fence = fence + 1
     WHERE tenant_id = $1 AND id = $2 AND status NOT IN ($3, 'finished') AND deleted_at IS NULL`,
    [tenantId, id, status, now],
  );
}

export async function deleteFeed(tx: Tx, tenantId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE market_feed SET deleted_at = $3, owner = NULL, fence = fence + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
     RETURNING 1`,
    [tenantId, id, now],
  );
  return rows.length > 0;
}

// Ownership.

/** What a worker owns, and all that it needs to go on. */
export type Owned = Pick<FeedRow, 'id' | 'tenant_id' | 'request' | 'due_at' | 'last_as_of' | 'failures' | 'fence'>;

const TABLE = 'market_feed';

/** Keeps what `owner` holds, takes over what nobody does, `most` at a time, and answers all that it owns then. */
export async function hold(tx: Tx, owner: string, most: number): Promise<Owned[]> {
  await holdLeases(tx, TABLE, owner, most);
  return tx.query<Owned>(
    `SELECT id, tenant_id, request, due_at, last_as_of, failures, fence FROM market_feed
     WHERE owner = $1 AND status = 'active' AND deleted_at IS NULL AND lease_until > now() ORDER BY id`,
    [owner],
  );
}

export const release = (tx: Tx, owner: string): Promise<void> => releaseLeases(tx, TABLE, owner);

/**
 * Moves a feed on by one snapshot; without a `dueAt` that was its last. Nothing is changed, and false answered, where the feed is owned by
 * another by now, paused or gone, or has this snapshot already.
 */
export async function advance(
  tx: Tx,
  { id, owner, fence }: Fenced,
  last: FedSnapshot,
  dueAt: Date | undefined,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE market_feed SET last_as_of = $4, last_snapshot = $5, snapshots = snapshots + 1, failures = 0, due_at = coalesce($6, due_at),
       status = CASE WHEN $6::timestamptz IS NULL THEN 'finished' ELSE status END,
       updated_at = CASE WHEN $6::timestamptz IS NULL THEN $7 ELSE updated_at END
     WHERE ${FENCED} AND (last_as_of IS NULL OR last_as_of < $4) RETURNING 1`,
    [...[id, owner, fence], ...[last.asOf, JSON.stringify(last), dueAt ?? null, last.createdAt]],
  );
  return rows.length > 0;
}

/** A try that brought nothing. False where the feed is not the writer's any more. */
export async function fail(tx: Tx, { id, owner, fence }: Fenced, error: FeedError, dueAt: Date): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE market_feed SET failures = failures + 1, last_error = $4, due_at = $5 WHERE ${FENCED} RETURNING 1`,
    [id, owner, fence, JSON.stringify(error), dueAt],
  );
  return rows.length > 0;
}

/** A replay that has nothing more. */
export async function finish(tx: Tx, { id, owner, fence }: Fenced, now: Date): Promise<void> {
  await tx.query(`UPDATE market_feed SET status = 'finished', updated_at = $4 WHERE ${FENCED}`, [
    id,
    owner,
    fence,
    now,
  ]);
}
