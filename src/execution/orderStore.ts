import type { PlannedOrder } from '../hedging/model.ts';
import { settlementCurrency } from '../instruments/service.ts';
import type { Tx } from '../platform/database.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { Denial, DenialCode } from './limitsModel.ts';
import type { Fill, Order, OrderTransition, SignatureRequest } from './model.ts';
import { isSettled, type OrderStatus } from './orderState.ts';
import type { OrderReport } from './ports.ts';

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

/** Writes new orders down, and how they came to the status that they have. */
export async function insertOrders(tx: Tx, tenantId: string, orders: readonly OrderRow[], now: Date): Promise<void> {
  if (orders.length === 0) return;
  const moves = orders.flatMap(({ id: orderId, status, reason }): NewTransition[] => {
    const first = { orderId, from: null, to: 'initialized' as const, reason: null };
    return status === 'initialized' ? [first] : [first, { orderId, from: 'initialized', to: status, reason }];
  });
  await Promise.all([
    tx.query(
      `INSERT INTO hedge_order (id, tenant_id, execution_id, leg, slice, client_order_id, venue, account_id, symbol, terms, quantity, filled_quantity, fee,
         status, denial, reason, submitted_at, created_at, updated_at)
       SELECT id, $1, execution_id, leg, slice, client_order_id, venue, account_id, symbol, terms, quantity, filled_quantity, fee,
         status, denial, reason, submitted_at, created_at, updated_at FROM jsonb_populate_recordset(NULL::hedge_order, $2::jsonb)`,
      [tenantId, JSON.stringify(orders)],
    ),
    insertTransitions(tx, tenantId, moves, now),
  ]);
}

export interface NewTransition {
  orderId: string;
  from: OrderStatus | null;
  to: OrderStatus;
  reason: string | null;
}

/** Those of one order in the order that they happened. */
export async function insertTransitions(
  tx: Tx,
  tenantId: string,
  moves: readonly NewTransition[],
  now: Date,
): Promise<void> {
  if (moves.length === 0) return;
  await tx.query(
    `INSERT INTO order_transition (order_id, sequence, tenant_id, from_status, to_status, reason, at)
     SELECT m.order_id, (SELECT coalesce(max(sequence), 0) FROM order_transition t WHERE t.order_id = m.order_id)
       + row_number() OVER (PARTITION BY m.order_id ORDER BY m.i), $1, m.from_status, m.to_status, m.reason, $6
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS m (order_id, from_status, to_status, reason, i)`,
    [
      ...[tenantId, moves.map(({ orderId }) => orderId)],
      ...[moves.map(({ from }) => from), moves.map(({ to }) => to), moves.map(({ reason }) => reason), now],
    ],
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

/** In the order of their ids, so that nobody waits for another in a circle. */
export async function lockOrders(tx: Tx, ids: readonly string[]): Promise<Map<string, OrderRow>> {
  const rows = await tx.query<OrderRow>('SELECT * FROM hedge_order WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** About to be sent. */
export async function markSubmitted(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `UPDATE hedge_order SET status = 'submitted', submitted_at = $2, updated_at = $2 WHERE id = ANY($1::uuid[])`,
    [ids, now],
  );
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

/** What was sent to a market since: quantities and limits of the orders, to be added up by their kind. */
export async function sentSince(tx: Tx, tenantId: string, since: Date, except: string): Promise<PlannedOrder[]> {
  const rows = await tx.query<{ terms: PlannedOrder }>(
    "SELECT terms FROM hedge_order WHERE tenant_id = $1 AND submitted_at > $2 AND id <> $3 AND venue <> 'internal'",
    [tenantId, since, except],
  );
  return rows.map(({ terms }) => terms);
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
    `UPDATE hedge_order SET revisited_at = $3 WHERE id = ANY(ARRAY(
       SELECT o.id FROM hedge_order o JOIN execution e ON e.id = o.execution_id
       WHERE o.submitted_at IS NOT NULL AND coalesce(o.revisited_at, o.updated_at) < $2
         AND ((e.status = 'succeeded' AND e.finished_at > $1 AND ((o.status <> 'filled' AND o.venue_order_id <> '')
             OR o.booked_fills < (SELECT count(*) FROM fill WHERE order_id = o.id)))
           OR (e.status IN ('running', 'waiting') AND o.updated_at > $1 AND o.venue_order_id <> ''
             AND o.status IN ('canceled', 'expired', 'rejected')))
       ORDER BY o.updated_at LIMIT $4 FOR UPDATE OF o SKIP LOCKED))
     RETURNING *`,
    [at.since, at.before, at.now, limit],
  );
}

/** Those of the portfolios on which an overfilled order waits for a person. */
export async function quarantined(tx: Tx, portfolioIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT DISTINCT e.portfolio_id AS id FROM hedge_order o JOIN execution e ON e.id = o.execution_id
     WHERE e.portfolio_id = ANY($1::uuid[]) AND o.overfilled AND o.acknowledged_at IS NULL`,
    [portfolioIds],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function acknowledgeOrder(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.query('UPDATE hedge_order SET acknowledged_at = coalesce(acknowledged_at, $2) WHERE id = $1', [id, now]);
}

export async function saveOverfilled(tx: Tx, id: string): Promise<void> {
  await tx.query('UPDATE hedge_order SET overfilled = true, acknowledged_at = NULL WHERE id = $1', [id]);
}

export async function insertFills(tx: Tx, tenantId: string, orderId: string, fills: Fill[]): Promise<void> {
  await tx.query(
    `INSERT INTO fill (order_id, trade_id, tenant_id, quantity, price, fee, fee_currency, at)
     SELECT $1, "tradeId", $2, quantity, price, fee, "feeCurrency", at FROM json_to_recordset($3::json)
       AS f ("tradeId" text, quantity numeric, price numeric, fee numeric, "feeCurrency" text, at timestamptz)`,
    [orderId, tenantId, JSON.stringify(fills)],
  );
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
