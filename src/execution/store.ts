import type { Tx } from '../platform/database.ts';
import { operationView, type OperationRow } from '../platform/operation.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { PlannedOrder } from '../hedging/model.ts';
import { settlementCurrency } from '../instruments/service.ts';
import type { Execution, ExecutionInput, ExecutionResult, Fill, Order, OrderTransition } from './model.ts';
import type { OrderStatus } from './orderState.ts';
import type { OrderReport } from './ports.ts';

export interface ExecutionRow extends OperationRow {
  hedge_plan_id: string;
  portfolio_id: string;
  request: ExecutionInput;
  result: ExecutionResult | null;
}

export interface OrderRow {
  id: string;
  tenant_id: string;
  execution_id: string;
  leg: number;
  client_order_id: string;
  venue: Order['venue'];
  venue_order_id: string | null;
  symbol: string;
  terms: PlannedOrder;
  quantity: string;
  filled_quantity: string;
  average_price: string | null;
  fee: string;
  status: OrderStatus;
  reason: string | null;
  created_at: string;
  updated_at: string;
}

export function executionOf(row: ExecutionRow, orders: OrderRow[]): Execution {
  return {
    id: row.id,
    hedgePlanId: row.hedge_plan_id,
    portfolioId: row.portfolio_id,
    venue: row.request.venue,
    ...operationView(row),
    result: row.result,
    orders: orders.filter((order) => order.execution_id === row.id).map(orderOf),
  };
}

export function orderOf(row: OrderRow): Order {
  const { terms } = row.terms;
  return {
    id: row.id,
    executionId: row.execution_id,
    leg: row.leg,
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
    reason: row.reason,
    filledQuantity: row.filled_quantity,
    averagePrice: row.average_price,
    fee: row.fee,
    feeCurrency: settlementCurrency(terms),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Nothing when the plan has an execution already. */
export async function insertExecution(
  tx: Tx,
  tenantId: string,
  execution: { id: string; hedgePlanId: string; portfolioId: string; request: ExecutionInput },
  now: Date,
): Promise<ExecutionRow | undefined> {
  const [row] = await tx.query<ExecutionRow>(
    `INSERT INTO execution (id, tenant_id, hedge_plan_id, portfolio_id, request, status, progress, attempt, created_at)
     VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, $6) ON CONFLICT (hedge_plan_id) DO NOTHING RETURNING *`,
    [execution.id, tenantId, execution.hedgePlanId, execution.portfolioId, JSON.stringify(execution.request), now],
  );
  return row;
}

export async function insertOrder(
  tx: Tx,
  tenantId: string,
  order: { id: string; executionId: string; clientOrderId: string; venue: string; planned: PlannedOrder },
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO hedge_order (id, tenant_id, execution_id, leg, client_order_id, venue, symbol, terms, quantity, filled_quantity, fee, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 'initialized', $10, $10)`,
    [
      order.id,
      tenantId,
      order.executionId,
      order.planned.leg,
      order.clientOrderId,
      order.venue,
      order.planned.symbol,
      JSON.stringify(order.planned),
      order.planned.quantity,
      now,
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
    'SELECT * FROM execution WHERE tenant_id = $1 AND (id = $2 OR hedge_plan_id = $3)',
    [tenantId, by.id ?? null, by.hedgePlanId ?? null],
  );
  return row;
}

export async function findExecutionsOfPlans(
  tx: Tx,
  tenantId: string,
  hedgePlanIds: readonly string[],
): Promise<ExecutionRow[]> {
  return tx.query<ExecutionRow>('SELECT * FROM execution WHERE tenant_id = $1 AND hedge_plan_id = ANY($2::uuid[])', [
    tenantId,
    hedgePlanIds,
  ]);
}

export async function ordersOf(tx: Tx, executionIds: readonly string[]): Promise<OrderRow[]> {
  return tx.query<OrderRow>(
    'SELECT * FROM hedge_order WHERE execution_id = ANY($1::uuid[]) ORDER BY execution_id, leg',
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
     FROM fill WHERE order_id = ANY($1::uuid[]) ORDER BY trade_id`,
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
  report: { venueOrderId: string; reason: string | null } | undefined,
  now: Date,
): Promise<void> {
  await tx.query(
    `UPDATE hedge_order SET status = $2, venue_order_id = coalesce($3, venue_order_id),
       reason = CASE WHEN $3::text IS NULL THEN reason ELSE $4 END, updated_at = $5 WHERE id = $1`,
    [id, status, report?.venueOrderId ?? null, report?.reason ?? null, now],
  );
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
  sums: { filled: string; fee: string; averagePrice: string | null },
): Promise<void> {
  await tx.query('UPDATE hedge_order SET filled_quantity = $2, fee = $3, average_price = $4 WHERE id = $1', [
    orderId,
    sums.filled,
    sums.fee,
    sums.averagePrice,
  ]);
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
