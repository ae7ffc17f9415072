import type { PlannedOrder } from '../hedging/model.ts';
import type { Tx } from '../platform/database.ts';
import { operationView, type OperationRow } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import type { Execution, ExecutionInput, ExecutionResult } from './model.ts';
import { orderOf, type OrderRow } from './orderStore.ts';
import { slicesOf } from './schedule.ts';

export interface ExecutionRow extends OperationRow {
  hedge_plan_id: string;
  portfolio_id: string;
  request: ExecutionInput;
  mode: Execution['mode'];
  account_id: string | null;
  requested_by: string | null;
  waiting_for: Execution['waitingFor'];
  deadline: string | null;
  approved_by: string | null;
  approved_at: string | null;
  cancel_requested_at: string | null;
  result: ExecutionResult | null;
  /** The plan's orders, which a schedule cuts up or netting crosses; null where they all go out at once. */
  legs: PlannedOrder[] | null;
  /** Number of the last slice that has ended, -1 before the first. */
  slice_done: number;
  booked_version: number | null;
}

export function executionOf(row: ExecutionRow, orders: OrderRow[]): Execution {
  const own = orders.filter((order) => order.execution_id === row.id);
  return {
    id: row.id,
    hedgePlanId: row.hedge_plan_id,
    portfolioId: row.portfolio_id,
    venue: row.request.venue,
    accountId: row.account_id,
    mode: row.mode,
    ...operationView(row),
    waitingFor: row.status === 'waiting' ? row.waiting_for : null,
    deadline: row.deadline,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    cancelRequestedAt: row.cancel_requested_at,
    result: row.result && {
      ...row.result,
      scheduleEnd: row.result.scheduleEnd ?? null,
      netting: row.result.netting ?? null,
      shortfall: (row.result.shortfall ?? []).map((leg) => ({ ...leg, unpricedFees: leg.unpricedFees ?? [] })),
    },
    schedule: slicesOf(row, own),
    orders: own.map(orderOf),
  };
}

export async function insertExecutions(tx: Tx, tenantId: string, rows: readonly ExecutionRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO execution (id, tenant_id, hedge_plan_id, portfolio_id, request, mode, account_id, requested_by, status, waiting_for, deadline, legs,
       progress, attempt, created_at, started_at, heartbeat_at)
     SELECT id, $1, hedge_plan_id, portfolio_id, request, mode, account_id, requested_by, status, waiting_for, deadline, legs,
       progress, attempt, created_at, started_at, started_at FROM jsonb_populate_recordset(NULL::execution, $2::jsonb)`,
    [tenantId, JSON.stringify(rows)],
  );
}

/** What keeps plans from being executed: which are, but for rehearsals, and which portfolios an execution holds. */
export async function underWay(
  tx: Tx,
  about: { hedgePlanIds: readonly string[]; portfolioIds: readonly string[] },
): Promise<{ plans: Set<string>; portfolios: Set<string> }> {
  const rows = await tx.query<{ hedge_plan_id: string; portfolio_id: string; is_in_flight: boolean }>(
    `SELECT hedge_plan_id, portfolio_id, status IN ('queued', 'running', 'waiting') AS is_in_flight FROM execution
     WHERE mode <> 'dry_run' AND hedge_plan_id = ANY($1::uuid[])
     UNION ALL
     SELECT hedge_plan_id, portfolio_id, true FROM execution
     WHERE mode <> 'dry_run' AND portfolio_id = ANY($2::uuid[]) AND status IN ('queued', 'running', 'waiting')`,
    [about.hedgePlanIds, about.portfolioIds],
  );
  return {
    plans: new Set(rows.map(({ hedge_plan_id: id }) => id)),
    portfolios: new Set(rows.flatMap(({ portfolio_id: id, is_in_flight }) => (is_in_flight ? id : []))),
  };
}

export async function findExecution(
  tx: Tx,
  tenantId: string,
  by: { id?: string; hedgePlanId?: string },
): Promise<ExecutionRow | undefined> {
  const [row] = await tx.query<ExecutionRow>(
    `SELECT * FROM execution WHERE tenant_id = $1 AND (id = $2 OR (hedge_plan_id = $3 AND mode <> 'dry_run'))`,
    [tenantId, by.id ?? null, by.hedgePlanId ?? null],
  );
  return row;
}

export async function findExecutionsOfPlans(
  tx: Tx,
  tenantId: string,
  hedgePlanIds: readonly string[],
): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>(
    `SELECT * FROM execution WHERE tenant_id = $1 AND hedge_plan_id = ANY($2::uuid[]) AND mode <> 'dry_run'`,
    [tenantId, hedgePlanIds],
  );
}

export async function saveWaiting(
  tx: Tx,
  id: string,
  waitingFor: NonNullable<Execution['waitingFor']>,
  deadline: Date,
): Promise<void> {
  await tx.query('UPDATE execution SET waiting_for = $2, deadline = coalesce(deadline, $3) WHERE id = $1', [
    id,
    waitingFor,
    deadline,
  ]);
}

/** What ends by itself: the execution goes on when its time has come. */
const TIMED = ['schedule', 'netting'] as const;

/** The execution waits for its next slice, or for its orders to be crossed, unless another attempt has taken over. */
export async function saveWaitingUntil(
  tx: Tx,
  { id, attempt }: Pick<ExecutionRow, 'id' | 'attempt'>,
  waitingFor: (typeof TIMED)[number],
  due: Date,
): Promise<void> {
  await tx.query(
    `UPDATE execution SET status = 'waiting', waiting_for = $3, deadline = $4 WHERE id = $1 AND attempt = $2 AND status = 'running'`,
    [id, attempt, waitingFor, due],
  );
}

/** Whether nobody but the clock has to do anything for it to go on. */
export function waitsForTime({
  status,
  waiting_for: waitingFor,
}: Pick<ExecutionRow, 'status' | 'waiting_for'>): boolean {
  return status === 'waiting' && TIMED.some((each) => each === waitingFor);
}

/** It waits for nothing: the next slice has its orders. */
export async function clearWaiting(tx: Tx, id: string): Promise<void> {
  await tx.query('UPDATE execution SET waiting_for = NULL, deadline = NULL WHERE id = $1', [id]);
}

/** A slice has ended, and its fills are in a version of the portfolio; null where it had none. */
export async function saveSliceDone(tx: Tx, id: string, slice: number, version: number | null): Promise<void> {
  await tx.query('UPDATE execution SET slice_done = $2, booked_version = coalesce($3, booked_version) WHERE id = $1', [
    id,
    slice,
    version,
  ]);
}

/** Locks an execution against whatever else decides on it. */
export async function lockExecution(tx: Tx, tenantId: string, id: string): Promise<ExecutionRow | undefined> {
  const [row] = await tx.query<ExecutionRow>('SELECT * FROM execution WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [
    tenantId,
    id,
  ]);
  return row;
}

/** As {@link lockExecution}, in the order of their ids. */
export async function lockExecutions(tx: Tx, tenantId: string, ids: readonly string[]): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>(
    'SELECT * FROM execution WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE',
    [tenantId, ids],
  );
}

export async function approve(tx: Tx, id: string, by: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE execution SET status = 'queued', waiting_for = NULL, deadline = NULL, approved_by = $2, approved_at = $3 WHERE id = $1`,
    [id, by, now],
  );
}

/** Ends an execution of which nothing was sent. */
export async function endCancelled(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE execution SET status = 'cancelled', finished_at = $2, cancel_requested_at = coalesce(cancel_requested_at, $2)
     WHERE id = $1 AND status = 'waiting'`,
    [id, now],
  );
}

export async function requestCancel(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query('UPDATE execution SET cancel_requested_at = coalesce(cancel_requested_at, $2) WHERE id = $1', [
    id,
    now,
  ]);
}

/** Executions whose deadline has passed while they waited; nobody else takes them before `tx` ends. */
export async function overdue(tx: Tx, now: Date, limit: number): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>(
    `SELECT * FROM execution WHERE status = 'waiting' AND deadline < $1 ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [now, limit],
  );
}

/** What the execution waited for has come: it is queued again. */
export async function goOn(tx: Tx, tenantId: string, id: string, queue: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE execution SET status = CASE WHEN status = 'waiting' THEN 'queued' ELSE status END, waiting_for = NULL, deadline = NULL,
       heartbeat_at = $2 WHERE id = $1`,
    [id, now],
  );
  await enqueue(tx, now, { tenantId, queue, subjects: [id] });
}

/** Nobody is told twice that a deadline has passed. */
export async function clearDeadline(tx: Tx, id: string): Promise<void> {
  await tx.query('UPDATE execution SET deadline = NULL WHERE id = $1', [id]);
}

/** Executions that wait with orders open or slices to come, of one tenant or of all. */
export async function waitingUnderWay(tx: Tx, tenantId: string | null): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>(
    `SELECT * FROM execution WHERE status = 'waiting' AND waiting_for IN ('signature', 'schedule', 'netting') AND ($1::uuid IS NULL OR tenant_id = $1)`,
    [tenantId],
  );
}
