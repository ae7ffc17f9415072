import type { Tx } from '../platform/database.ts';
import { enqueue } from '../platform/outbox.ts';
import { operationView, type OperationRow } from '../platform/operation.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { PlannedOrder } from '../hedging/model.ts';
import { settlementCurrency } from '../instruments/service.ts';
import type {
  Execution,
  ExecutionInput,
  ExecutionResult,
  Fill,
  Order,
  OrderTransition,
  SignatureRequest,
} from './model.ts';
import type { Denial, DenialCode } from './limitsModel.ts';
import { isSettled, type OrderStatus } from './orderState.ts';
import type { OrderReport } from './ports.ts';
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
  /** The plan's orders, which a schedule cuts up; null without one. */
  legs: PlannedOrder[] | null;
  /** Number of the last slice that has ended, -1 before the first. */
  slice_done: number;
  booked_version: number | null;
}

export interface OrderRow {
  id: string;
  tenant_id: string;
  execution_id: string;
  leg: number;
  slice: number;
  account_id: string | null;
  client_order_id: string;
  venue: Order['venue'];
  venue_order_id: string | null;
  symbol: string;
  terms: PlannedOrder;
  quantity: string;
  filled_quantity: string;
  average_price: string | null;
  fee: string;
  fee_currency: string | null;
  status: OrderStatus;
  denial: DenialCode | null;
  reason: string | null;
  signature_request: SignatureRequest | null;
  submitted_at: string | null;
  booked_fills: number;
  overfilled: boolean;
  acknowledged_at: string | null;
  created_at: string;
  updated_at: string;
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
      shortfall: row.result.shortfall ?? [],
    },
    schedule: slicesOf(row, own),
    orders: own.map(orderOf),
  };
}

export function orderOf(row: OrderRow): Order {
  const { terms } = row.terms;
  return {
    id: row.id,
    executionId: row.execution_id,
    leg: row.leg,
    slice: row.slice,
    clientOrderId: row.client_order_id,
    venue: row.venue,
    venueOrderId: row.venue_order_id,
    symbol: row.symbol,
    terms,
    side: row.terms.side,
    quantity: row.quantity,
    quantityUnit: row.terms.quantityUnit,
    limitPrice: row.terms.limitPrice,
    referencePrice: row.terms.referencePrice,
    status: row.status,
    denial: row.denial,
    reason: row.reason,
    signatureRequest: isSettled(row.status) ? null : row.signature_request,
    overfilled: row.overfilled,
    acknowledgedAt: row.acknowledged_at,
    filledQuantity: row.filled_quantity,
    averagePrice: row.average_price,
    fee: row.fee,
    feeCurrency: row.fee_currency ?? settlementCurrency(terms),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface NewExecution {
  id: string;
  hedgePlanId: string;
  portfolioId: string;
  request: ExecutionInput;
  requestedBy: string | null;
  /** By when it has to be approved; null where nobody needs to. */
  deadline: Date | null;
  /** What its schedule cuts up; null without one. */
  legs: PlannedOrder[] | null;
}

/** Nothing when the plan has an execution already, unless it is a rehearsal. */
export async function insertExecution(
  tx: Tx,
  tenantId: string,
  execution: NewExecution,
  now: Date,
): Promise<ExecutionRow | undefined> {
  const { id, hedgePlanId, portfolioId, request, requestedBy, deadline, legs } = execution;
  const waiting = deadline !== null;
  const [row] = await tx.query<ExecutionRow>(
    `INSERT INTO execution (id, tenant_id, hedge_plan_id, portfolio_id, request, mode, account_id, requested_by, status, waiting_for, deadline, legs, progress, attempt, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, $13)
     ON CONFLICT (hedge_plan_id) WHERE mode <> 'dry_run' DO NOTHING RETURNING *`,
    [
      ...[id, tenantId, hedgePlanId, portfolioId, JSON.stringify(request), request.mode, request.accountId ?? null],
      ...[requestedBy, waiting ? 'waiting' : 'queued', waiting ? 'approval' : null, deadline],
      ...[legs && JSON.stringify(legs), now],
    ],
  );
  return row;
}

export interface NewOrder {
  id: string;
  executionId: string;
  clientOrderId: string;
  slice: number;
  venue: string;
  accountId: string | null;
  planned: PlannedOrder;
}

export async function insertOrder(tx: Tx, tenantId: string, order: NewOrder, now: Date): Promise<void> {
  const { leg, symbol, quantity } = order.planned;
  await tx.query(
    `INSERT INTO hedge_order (id, tenant_id, execution_id, leg, slice, client_order_id, venue, account_id, symbol, terms, quantity, filled_quantity, fee, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 'initialized', $12, $12)`,
    [
      ...[order.id, tenantId, order.executionId, leg, order.slice, order.clientOrderId, order.venue, order.accountId],
      ...[symbol, JSON.stringify(order.planned), quantity, now],
    ],
  );
  await insertTransition(tx, tenantId, order.id, { from: null, to: 'initialized', reason: null }, now);
}

export async function insertTransition(
  tx: Tx,
  tenantId: string,
  orderId: string,
  move: { from: OrderStatus | null; to: OrderStatus; reason: string | null },
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO order_transition (order_id, sequence, tenant_id, from_status, to_status, reason, at)
     SELECT $1, coalesce(max(sequence), 0) + 1, $2, $3, $4, $5, $6 FROM order_transition WHERE order_id = $1`,
    [orderId, tenantId, move.from, move.to, move.reason, now],
  );
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

export async function ordersOf(tx: Tx, executionIds: readonly string[]): Promise<OrderRow[]> {
  return tx.query<OrderRow>(
    'SELECT * FROM hedge_order WHERE execution_id = ANY($1::uuid[]) ORDER BY execution_id, leg, slice',
    [executionIds],
  );
}

/** Newest first, one more than asked for; of one portfolio, or of all. */
export async function listOrders(
  tx: Tx,
  tenantId: string,
  portfolioId: string | undefined,
  page: PageRequest,
): Promise<OrderRow[]> {
  return tx.query<OrderRow>(
    `SELECT o.* FROM hedge_order o JOIN execution e ON e.id = o.execution_id
     WHERE o.tenant_id = $1 AND ($2::uuid IS NULL OR e.portfolio_id = $2) AND ($3::uuid IS NULL OR o.id < $3::uuid)
     ORDER BY o.id DESC LIMIT $4`,
    [tenantId, portfolioId ?? null, page.after ?? null, page.limit + 1],
  );
}

/** Of each portfolio newest first, one more than asked for. */
export async function listOrdersOf(
  tx: Tx,
  tenantId: string,
  portfolioIds: readonly string[],
  page: PageRequest,
): Promise<(OrderRow & { portfolio_id: string })[]> {
  return tx.query<OrderRow & { portfolio_id: string }>(
    `SELECT p.id AS portfolio_id, h.* FROM unnest($2::uuid[]) AS p (id)
     CROSS JOIN LATERAL (SELECT o.* FROM hedge_order o JOIN execution e ON e.id = o.execution_id
       WHERE o.tenant_id = $1 AND e.portfolio_id = p.id AND ($3::uuid IS NULL OR o.id < $3::uuid)
       ORDER BY o.id DESC LIMIT $4) h
     ORDER BY h.id DESC`,
    [tenantId, portfolioIds, page.after ?? null, page.limit + 1],
  );
}

export async function findOrder(tx: Tx, tenantId: string, id: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>('SELECT * FROM hedge_order WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  return row;
}

export async function fillsOf(tx: Tx, orderIds: readonly string[]): Promise<{ orderId: string; fill: Fill }[]> {
  const rows = await tx.query<Fill & { orderId: string }>(
    `SELECT order_id AS "orderId", trade_id AS "tradeId", quantity, price, fee, fee_currency AS "feeCurrency", at
     FROM fill WHERE order_id = ANY($1::uuid[]) ORDER BY sequence`,
    [orderIds],
  );
  return rows.map(({ orderId, ...fill }) => ({ orderId, fill }));
}

export async function transitionsOf(
  tx: Tx,
  orderIds: readonly string[],
): Promise<{ orderId: string; transition: OrderTransition }[]> {
  const rows = await tx.query<OrderTransition & { orderId: string }>(
    `SELECT order_id AS "orderId", sequence, from_status AS "from", to_status AS "to", reason, at
     FROM order_transition WHERE order_id = ANY($1::uuid[]) ORDER BY sequence`,
    [orderIds],
  );
  return rows.map(({ orderId, ...transition }) => ({ orderId, transition }));
}

export async function lockOrder(tx: Tx, id: string): Promise<OrderRow> {
  const [row] = await tx.query<OrderRow>('SELECT * FROM hedge_order WHERE id = $1 FOR UPDATE', [id]);
  return row!;
}

export async function saveOrder(
  tx: Tx,
  id: string,
  status: OrderStatus,
  report: Omit<OrderReport, 'status' | 'fills'> | undefined,
  now: Date,
): Promise<void> {
  await tx.query(
    `UPDATE hedge_order SET status = $2, venue_order_id = coalesce($3, venue_order_id),
       reason = CASE WHEN $3::text IS NULL THEN reason ELSE $4 END, updated_at = $5,
       submitted_at = CASE WHEN $2 = 'submitted' THEN $5 ELSE submitted_at END,
       signature_request = CASE WHEN $3::text IS NULL THEN signature_request ELSE $6::jsonb END WHERE id = $1`,
    [
      ...[id, status, report?.venueOrderId ?? null, report?.reason ?? null, now],
      report?.signatureRequest ? JSON.stringify(report.signatureRequest) : null,
    ],
  );
}

export async function denyOrder(tx: Tx, id: string, { code, detail }: Denial, now: Date): Promise<void> {
  await tx.query(`UPDATE hedge_order SET status = 'denied', denial = $2, reason = $3, updated_at = $4 WHERE id = $1`, [
    ...[id, code, detail, now],
  ]);
}

/** What was sent since, by quote currency: quantities and limits of the orders, to be added up by their kind. */
export async function sentSince(tx: Tx, tenantId: string, since: Date, except: string): Promise<PlannedOrder[]> {
  const rows = await tx.query<{ terms: PlannedOrder }>(
    'SELECT terms FROM hedge_order WHERE tenant_id = $1 AND submitted_at > $2 AND id <> $3',
    [tenantId, since, except],
  );
  return rows.map(({ terms }) => terms);
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

/** The execution waits for its next slice, unless another attempt has taken over. */
export async function saveWaitingForSlice(
  tx: Tx,
  { id, attempt }: Pick<ExecutionRow, 'id' | 'attempt'>,
  due: Date,
): Promise<void> {
  await tx.query(
    `UPDATE execution SET status = 'waiting', waiting_for = 'schedule', deadline = $3 WHERE id = $1 AND attempt = $2 AND status = 'running'`,
    [id, attempt, due],
  );
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

/**
 * Orders that a venue took within the last while: of ended executions those that are short of their quantity or have fills that are in no
 * book, of others those that ended short; unless they were looked at a moment ago. Marks them as looked at.
 */
export async function unfinished(
  tx: Tx,
  at: { since: Date; before: Date; now: Date },
  limit: number,
): Promise<OrderRow[]> {
  return tx.query<OrderRow>(
    `UPDATE hedge_order SET revisited_at = $3 WHERE id IN (
       SELECT o.id FROM hedge_order o JOIN execution e ON e.id = o.execution_id
       WHERE o.submitted_at IS NOT NULL AND coalesce(o.revisited_at, o.updated_at) < $2
         AND ((e.status = 'succeeded' AND e.finished_at > $1 AND ((o.status <> 'filled' AND o.venue_order_id <> '')
             OR o.booked_fills < (SELECT count(*) FROM fill WHERE order_id = o.id)))
           OR (e.status IN ('running', 'waiting') AND o.updated_at > $1 AND o.venue_order_id <> ''
             AND o.status IN ('canceled', 'expired', 'rejected')))
       ORDER BY o.updated_at LIMIT $4 FOR UPDATE OF o SKIP LOCKED)
     RETURNING *`,
    [at.since, at.before, at.now, limit],
  );
}

/** Executions that wait with orders open or slices to come, of one tenant or of all. */
export async function waitingUnderWay(tx: Tx, tenantId: string | null): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>(
    `SELECT * FROM execution WHERE status = 'waiting' AND waiting_for IN ('signature', 'schedule') AND ($1::uuid IS NULL OR tenant_id = $1)`,
    [tenantId],
  );
}

/** Whether an overfilled order on the portfolio waits for a person. */
export async function isQuarantined(tx: Tx, portfolioId: string): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM hedge_order o JOIN execution e ON e.id = o.execution_id
     WHERE e.portfolio_id = $1 AND o.overfilled AND o.acknowledged_at IS NULL LIMIT 1`,
    [portfolioId],
  );
  return rows.length > 0;
}

export async function acknowledgeOrder(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query('UPDATE hedge_order SET acknowledged_at = coalesce(acknowledged_at, $2) WHERE id = $1', [id, now]);
}

export async function saveOverfilled(tx: Tx, id: string): Promise<void> {
  await tx.query('UPDATE hedge_order SET overfilled = true, acknowledged_at = NULL WHERE id = $1', [id]);
}

export async function insertFills(tx: Tx, tenantId: string, orderId: string, fills: Fill[]): Promise<void> {
  for (const fill of fills) {
    await tx.query(
      `INSERT INTO fill (order_id, trade_id, tenant_id, quantity, price, fee, fee_currency, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [orderId, fill.tradeId, tenantId, fill.quantity, fill.price, fill.fee, fill.feeCurrency, fill.at],
    );
  }
}

/** The sums over all fills of the order. */
export async function saveFilled(
  tx: Tx,
  orderId: string,
  sums: { filled: string; fee: string; feeCurrency: string | null; averagePrice: string | null },
): Promise<void> {
  await tx.query(
    'UPDATE hedge_order SET filled_quantity = $2, fee = $3, average_price = $4, fee_currency = $5 WHERE id = $1',
    [orderId, sums.filled, sums.fee, sums.averagePrice, sums.feeCurrency],
  );
}

/** Fills that are not in the portfolio yet, in the order that they were told. */
export async function unbookedFills(tx: Tx, orderId: string): Promise<Fill[]> {
  return tx.query<Fill>(
    `SELECT trade_id AS "tradeId", quantity, price, fee, fee_currency AS "feeCurrency", at FROM fill WHERE order_id = $1
     ORDER BY sequence OFFSET (SELECT booked_fills FROM hedge_order WHERE id = $1)`,
    [orderId],
  );
}

export async function saveBooked(tx: Tx, id: string, fills: number): Promise<void> {
  await tx.query('UPDATE hedge_order SET booked_fills = booked_fills + $2 WHERE id = $1', [id, fills]);
}

// The paper venue's own book.

/** Takes the order, or answers what was taken under this id before. */
export async function insertPaperOrder(
  tx: Tx,
  tenantId: string,
  clientOrderId: string,
  report: OrderReport,
  now: Date,
): Promise<OrderReport> {
  await tx.query(
    `INSERT INTO paper_order (client_order_id, tenant_id, venue_order_id, report, created_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (client_order_id) DO NOTHING`,
    [clientOrderId, tenantId, report.venueOrderId, JSON.stringify(report), now],
  );
  return (await findPaperOrder(tx, clientOrderId))!;
}

export async function findPaperOrder(tx: Tx, clientOrderId: string): Promise<OrderReport | undefined> {
  const [row] = await tx.query<{ report: OrderReport }>('SELECT report FROM paper_order WHERE client_order_id = $1', [
    clientOrderId,
  ]);
  return row?.report;
}
