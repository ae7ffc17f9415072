import type { Execution } from '../execution/model.ts';
import type { Tx } from '../platform/database.ts';
import { holdLeases, releaseLeases, type Fenced } from '../platform/lease.ts';
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

export interface NewDecision {
  id: string;
  monitorId: string;
  decision: MonitorDecision;
}

export async function insertDecisions(tx: Tx, tenantId: string, decisions: readonly NewDecision[]): Promise<void> {
  await tx.query(
    `INSERT INTO monitor_decision (id, tenant_id, monitor_id, decision) SELECT id, $1, "monitorId", decision
     FROM jsonb_to_recordset($2::jsonb) AS d (id uuid, "monitorId" uuid, decision jsonb)`,
    [tenantId, JSON.stringify(decisions)],
  );
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

/** What of a monitor is the same for ever. */
export type Given = Pick<MonitorRow, 'request' | 'created_by'>;

/** What of a monitor could give it something to do. */
export interface Now extends Pick<
  MonitorRow,
  'id' | 'tenant_id' | 'portfolio_id' | 'fence' | 'triggered_at' | 'hedge_plan_id' | 'execution_id'
> {
  /** Of the last decision; null before the first. */
  verdict: MonitorDecision['verdict'] | null;
  decided_execution_id: string | null;
  portfolio_version: number;
  /** The tenant's snapshot with the latest asOf that has come; null where there is none. */
  snapshot_id: string | null;
  /** Of its own rebalance; null where that was never accepted. */
  execution_status: Execution['status'] | null;
  /** Of its own rebalance; null before its end. */
  outcome: NonNullable<Execution['result']>['outcome'] | null;
  /** Whether any execution holds the portfolio. */
  is_held: boolean;
}

export type Watched = Given & Now;

/** What `owner` watches now. Snapshots of after `until` are not looked at yet. */
export async function watched(tx: Tx, owner: string, until: Date): Promise<Now[]> {
  return tx.query(
    `SELECT m.id, m.tenant_id, m.portfolio_id, m.fence, m.triggered_at, m.hedge_plan_id, m.execution_id,
       m.decision ->> 'verdict' AS verdict, m.decision ->> 'executionId' AS decided_execution_id,
       p.version AS portfolio_version, s.id AS snapshot_id, e.status AS execution_status, e.result ->> 'outcome' AS outcome,
       EXISTS (SELECT 1 FROM execution o WHERE o.portfolio_id = m.portfolio_id AND o.status IN ('queued', 'running', 'waiting')
         AND o.mode <> 'dry_run') AS is_held
     FROM monitor m JOIN portfolio p ON p.id = m.portfolio_id
     LEFT JOIN LATERAL (SELECT id FROM market_snapshot WHERE tenant_id = m.tenant_id AND as_of <= $2 ORDER BY as_of DESC, id DESC LIMIT 1) s ON true
     LEFT JOIN execution e ON e.id = m.execution_id
     WHERE m.owner = $1 AND m.lease_until > now() AND m.status = 'active' AND m.deleted_at IS NULL`,
    [owner, until],
  );
}

export async function givenOf(tx: Tx, ids: readonly string[]): Promise<(Given & { id: string })[]> {
  return tx.query('SELECT id, request, created_by FROM monitor WHERE id = ANY($1::uuid[])', [ids]);
}

/** A decision by the ownership that it was made under. */
export type Noted = Pick<Fenced, 'id' | 'fence'> & {
  decision: MonitorDecision;
  /** The rebalance that is over, and when the last one began that is to be cooled down from. */
  executionId?: string;
  triggeredAt?: string | null;
};

/**
 * Writes the decisions of monitors, and what else they change of them; answers which were written: nothing is where a monitor is owned by
 * another by now, paused or gone, or where `when` does not hold. Rows are locked in one order, here and where leases are held: neither waits for
 * the other in a circle.
 */
async function save(
  tx: Tx,
  owner: string,
  notes: readonly Noted[],
  { set = '', when = 'true' }: { set?: string; when?: string } = {},
): Promise<Set<string>> {
  const ids = notes.map(({ id }) => id);
  // Two statements: within one, whoever joins what is locked with what is written may lock all of it again for each row.
  const [, rows] = await Promise.all([
    tx.query('SELECT 1 FROM monitor WHERE id = ANY($1::uuid[]) AND owner = $2 ORDER BY id FOR UPDATE', [ids, owner]),
    tx.query<{ id: string }>(
      `UPDATE monitor m SET decision = n.decision ${set}
       FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, fence bigint, decision jsonb, "triggeredAt" timestamptz, "executionId" uuid)
       WHERE m.id = n.id AND m.owner = $1 AND m.fence = n.fence AND m.status = 'active' AND m.deleted_at IS NULL AND ${when}
       RETURNING m.id`,
      [owner, JSON.stringify(notes)],
    ),
  ]);
  return new Set(rows.map(({ id }) => id));
}

export const saveDecisions = (tx: Tx, owner: string, notes: readonly Noted[]): Promise<Set<string>> =>
  save(tx, owner, notes);

/** As `saveDecisions`; begins the rebalances that the decisions name, unless one is under way. */
export const beginRebalances = (tx: Tx, owner: string, notes: readonly Noted[]): Promise<Set<string>> =>
  save(tx, owner, notes, {
    set: `, triggered_at = (n.decision ->> 'at')::timestamptz, hedge_plan_id = (n.decision ->> 'hedgePlanId')::uuid,
      execution_id = (n.decision ->> 'executionId')::uuid`,
    when: 'm.execution_id IS NULL',
  });

/** As `saveDecisions`; the rebalances that are named are over. */
export const endRebalances = (tx: Tx, owner: string, notes: readonly Noted[]): Promise<Set<string>> =>
  save(tx, owner, notes, {
    set: ', triggered_at = n."triggeredAt", hedge_plan_id = NULL, execution_id = NULL',
    when: 'm.execution_id = n."executionId"',
  });
