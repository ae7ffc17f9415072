import type { Execution } from '../execution/model.ts';
import type { Tx } from '../platform/database.ts';
import { FENCED, holdLeases, releaseLeases, type Fenced } from '../platform/lease.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { Monitor, MonitorDecision, MonitorInput } from './model.ts';

interface MonitorRow {
  id: string;
  tenant_id: string;
  portfolio_id: string;
  request: MonitorInput;
  created_by: string;
  status: Monitor['status'];
  decision: MonitorDecision | null;
  triggered_at: string | null;
  hedge_plan_id: string | null;
  execution_id: string | null;
  fence: string;
  created_at: string;
  updated_at: string;
}

export function monitorOf(row: MonitorRow): Monitor {
  return {
    ...{ id: row.id, portfolioId: row.portfolio_id, status: row.status, request: row.request },
    ...{ decision: row.decision, executionId: row.execution_id },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

/** Nothing when the id is taken. */
export async function insertMonitor(
  tx: Tx,
  tenantId: string,
  id: string,
  request: MonitorInput,
  createdBy: string,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO monitor (id, tenant_id, portfolio_id, request, created_by, status, created_at, updated_at) VALUES ($1, $2, $3, $4, $6, 'active', $5, $5)
     ON CONFLICT (id) DO NOTHING`,
    [id, tenantId, request.portfolioId, JSON.stringify(request), now, createdBy],
  );
}

export async function findMonitor(tx: Tx, tenantId: string, id: string): Promise<MonitorRow | undefined> {
  const [row] = await tx.query<MonitorRow>(
    'SELECT * FROM monitor WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL',
    [tenantId, id],
  );
  return row;
}

/** Newest first, one more than asked for. */
export async function listMonitors(tx: Tx, tenantId: string, page: PageRequest): Promise<MonitorRow[]> {
  return tx.query<MonitorRow>(
    `SELECT * FROM monitor WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR id < $2::uuid)
     ORDER BY id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
}

/** Changes its status; whoever owns it owns it no more. Nothing when it has that status. */
export async function setStatus(
  tx: Tx,
  tenantId: string,
  id: string,
  status: Monitor['status'],
  decision: MonitorDecision,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE monitor SET status = $3, decision = $4, updated_at = $5, owner = NULL, lease_until = NULL, fence = fence + 1
     WHERE tenant_id = $1 AND id = $2 AND status <> $3 AND deleted_at IS NULL RETURNING 1`,
    [tenantId, id, status, JSON.stringify(decision), decision.at],
  );
  return rows.length > 0;
}

export async function deleteMonitor(tx: Tx, tenantId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE monitor SET deleted_at = $3, owner = NULL, fence = fence + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
     RETURNING 1`,
    [tenantId, id, now],
  );
  return rows.length > 0;
}

export async function insertDecision(
  tx: Tx,
  tenantId: string,
  id: string,
  monitorId: string,
  decision: MonitorDecision,
): Promise<void> {
  await tx.query('INSERT INTO monitor_decision (id, tenant_id, monitor_id, decision) VALUES ($1, $2, $3, $4)', [
    ...[id, tenantId, monitorId, JSON.stringify(decision)],
  ]);
}

/** Newest first, one more than asked for. */
export async function listDecisions(
  tx: Tx,
  tenantId: string,
  monitorId: string,
  page: PageRequest,
): Promise<{ id: string; decision: MonitorDecision }[]> {
  return tx.query(
    `SELECT id, decision FROM monitor_decision WHERE tenant_id = $1 AND monitor_id = $2 AND ($3::uuid IS NULL OR id < $3::uuid)
     ORDER BY id DESC LIMIT $4`,
    [tenantId, monitorId, page.after ?? null, page.limit + 1],
  );
}

// Ownership.

const TABLE = 'monitor';

export const hold = (tx: Tx, owner: string, most: number): Promise<void> => holdLeases(tx, TABLE, owner, most);
export const release = (tx: Tx, owner: string): Promise<void> => releaseLeases(tx, TABLE, owner);

/** A monitor with all that could give it something to do. */
export interface Watched extends MonitorRow {
  portfolio_version: number;
  /** The tenant's snapshot with the latest asOf that has come; null where there is none. */
  snapshot_id: string | null;
  /** Of its own rebalance; null where that was never accepted. */
  execution_status: Execution['status'] | null;
  execution_result: Execution['result'];
  /** Whether any execution holds the portfolio. */
  is_held: boolean;
}

/** What `owner` watches now. Snapshots of after `until` are not looked at yet. */
export async function watched(tx: Tx, owner: string, until: Date): Promise<Watched[]> {
  return tx.query<Watched>(
    `SELECT m.*, p.version AS portfolio_version, s.id AS snapshot_id, e.status AS execution_status, e.result AS execution_result,
       EXISTS (SELECT 1 FROM execution o WHERE o.portfolio_id = m.portfolio_id AND o.status IN ('queued', 'running', 'waiting')
         AND o.mode <> 'dry_run') AS is_held
     FROM monitor m JOIN portfolio p ON p.id = m.portfolio_id
     LEFT JOIN LATERAL (SELECT id FROM market_snapshot WHERE tenant_id = m.tenant_id AND as_of <= $2 ORDER BY as_of DESC, id DESC LIMIT 1) s ON true
     LEFT JOIN execution e ON e.id = m.execution_id
     WHERE m.owner = $1 AND m.lease_until > now() AND m.status = 'active' AND m.deleted_at IS NULL`,
    [owner, until],
  );
}

/** Nothing is written, and false answered, where the monitor is owned by another by now, paused or gone. */
export async function saveDecision(tx: Tx, { id, owner, fence }: Fenced, decision: MonitorDecision): Promise<boolean> {
  const rows = await tx.query(`UPDATE monitor SET decision = $4 WHERE ${FENCED} RETURNING 1`, [
    ...[id, owner, fence, JSON.stringify(decision)],
  ]);
  return rows.length > 0;
}

/** A decision by the ownership that it was made under. */
export type Noted = Pick<Fenced, 'id' | 'fence'> & { decision: MonitorDecision };

/** As `saveDecision`, of many. Rows are locked in one order, here and where leases are held: neither waits for the other in a circle. */
export async function saveDecisions(tx: Tx, owner: string, notes: readonly Noted[]): Promise<void> {
  await tx.query(
    `UPDATE monitor SET decision = noted.decision FROM (
       SELECT m.id, n.decision FROM unnest($2::uuid[], $3::bigint[], $4::jsonb[]) AS n (id, fence, decision) JOIN monitor m ON m.id = n.id
       WHERE m.owner = $1 AND m.fence = n.fence AND m.status = 'active' AND m.deleted_at IS NULL ORDER BY m.id FOR UPDATE OF m) noted
     WHERE monitor.id = noted.id`,
    [
      owner,
      notes.map(({ id }) => id),
      notes.map(({ fence }) => fence),
      notes.map(({ decision }) => JSON.stringify(decision)),
    ],
  );
}

/** As `saveDecision`; begins the rebalance that the decision names, unless one is under way. */
export async function beginRebalance(
  tx: Tx,
  { id, owner, fence }: Fenced,
  decision: MonitorDecision,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE monitor SET decision = $4, triggered_at = $5, hedge_plan_id = $6, execution_id = $7 WHERE ${FENCED} AND execution_id IS NULL
     RETURNING 1`,
    [...[id, owner, fence, JSON.stringify(decision)], ...[decision.at, decision.hedgePlanId, decision.executionId]],
  );
  return rows.length > 0;
}

/** As `saveDecision`; the rebalance is over. */
export async function endRebalance(
  tx: Tx,
  { id, owner, fence }: Fenced,
  executionId: string,
  decision: MonitorDecision,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE monitor SET decision = $4, hedge_plan_id = NULL, execution_id = NULL WHERE ${FENCED} AND execution_id = $5 RETURNING 1`,
    [id, owner, fence, JSON.stringify(decision), executionId],
  );
  return rows.length > 0;
}
