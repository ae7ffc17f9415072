import type { InstrumentTerms } from '../instruments/model.ts';
import type { Tx } from '../platform/database.ts';
import { decimalText } from '../platform/decimal.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { Crossing } from './crossingModel.ts';
import { isSettled, ORDER_STATUSES } from './orderState.ts';

// The internal venue's own book, and the audit of what was crossed in it.

export interface CrossingOrderRow {
  client_order_id: string;
  venue: Crossing['venue'];
  account_id: string | null;
  symbol: string;
  terms: InstrumentTerms;
  side: 'buy' | 'sell';
  quantity: string;
  crossed: string;
  lot_size: string;
  limit_price: string;
  max_quote_age_seconds: number | null;
  delta: number | null;
  delta_before: number | null;
  valid_until: string;
  closes_at: string;
  status: 'open' | 'filled' | 'canceled';
  reason: string | null;
}

export type NewCrossingOrder = Omit<CrossingOrderRow, 'crossed' | 'status' | 'reason' | 'valid_until' | 'closes_at'> & {
  valid_until: Date;
  closes_at: Date;
};

/** Takes the order; one whose id was taken before is left as it was. */
export async function insertCrossingOrder(tx: Tx, tenantId: string, order: NewCrossingOrder, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO crossing_order (client_order_id, tenant_id, venue, account_id, symbol, terms, side, quantity, lot_size, limit_price,
       max_quote_age_seconds, delta, delta_before, valid_until, closes_at, status, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open', $16) ON CONFLICT (client_order_id) DO NOTHING`,
    [
      ...[order.client_order_id, tenantId, order.venue, order.account_id, order.symbol, JSON.stringify(order.terms)],
      ...[order.side, order.quantity, order.lot_size, order.limit_price, order.max_quote_age_seconds],
      ...[order.delta, order.delta_before, order.valid_until, order.closes_at, now],
    ],
  );
}

export async function findCrossingOrder(
  tx: Tx,
  tenantId: string,
  clientOrderId: string,
): Promise<CrossingOrderRow | undefined> {
  const [row] = await tx.query<CrossingOrderRow>(
    'SELECT * FROM crossing_order WHERE tenant_id = $1 AND client_order_id = $2',
    [tenantId, clientOrderId],
  );
  return row;
}

/** An order in the book, with what has become of the hedge that it is of. */
export interface OpenCrossingOrder extends CrossingOrderRow {
  is_called_off: boolean;
  is_quarantined: boolean;
  /** Nobody looks for fills of it any more: what it had would be in no book. */
  is_given_up: boolean;
}

/** What may be crossed with the order, itself too: open, the same instrument, held in the same account. Locked, by client order id. */
export async function openLike(tx: Tx, tenantId: string, order: CrossingOrderRow): Promise<OpenCrossingOrder[]> {
  return tx.query<OpenCrossingOrder>(
    `SELECT c.*, e.cancel_requested_at IS NOT NULL AS is_called_off,
       EXISTS (SELECT 1 FROM hedge_order o JOIN execution p ON p.id = o.execution_id
         WHERE p.portfolio_id = e.portfolio_id AND o.overfilled AND o.acknowledged_at IS NULL) AS is_quarantined,
       coalesce(h.status = ANY($5), false) AS is_given_up
     FROM crossing_order c LEFT JOIN hedge_order h ON h.client_order_id = c.client_order_id LEFT JOIN execution e ON e.id = h.execution_id
     WHERE c.tenant_id = $1 AND c.symbol = $2 AND c.venue = $3 AND c.account_id IS NOT DISTINCT FROM $4 AND c.status = 'open'
     ORDER BY c.client_order_id COLLATE "C" FOR UPDATE OF c`,
    [tenantId, order.symbol, order.venue, order.account_id, ORDER_STATUSES.filter(isSettled)],
  );
}

/** Ends the order, unless it has ended. */
export async function endCrossingOrder(
  tx: Tx,
  tenantId: string,
  clientOrderId: string,
  { status, reason }: { status: 'filled' | 'canceled'; reason: string | null },
): Promise<void> {
  await tx.query(
    `UPDATE crossing_order SET status = $3, reason = $4 WHERE tenant_id = $1 AND client_order_id = $2 AND status = 'open'`,
    [tenantId, clientOrderId, status, reason],
  );
}

/** What an order had of a crossing. */
export interface NewShare {
  order: CrossingOrderRow;
  open: string;
  quantity: string;
}

export type NewCrossing = Pick<Crossing, 'id' | 'price' | 'quantity' | 'marketSnapshotId'>;

/** Writes a crossing with its shares, all at once. */
export async function insertCrossing(
  tx: Tx,
  tenantId: string,
  crossing: NewCrossing,
  shares: readonly NewShare[],
  now: Date,
): Promise<void> {
  const { venue, account_id: accountId, symbol } = shares[0]!.order;
  await tx.query(
    `INSERT INTO crossing (id, tenant_id, venue, account_id, symbol, price, quantity, market_snapshot_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[crossing.id, tenantId, venue, accountId, symbol],
      ...[crossing.price, crossing.quantity, crossing.marketSnapshotId, now],
    ],
  );
  for (const { order, open, quantity } of shares) {
    await tx.query(
      'INSERT INTO crossing_share (crossing_id, client_order_id, tenant_id, open_quantity, quantity) VALUES ($1, $2, $3, $4, $5)',
      [crossing.id, order.client_order_id, tenantId, open, quantity],
    );
    await tx.query('UPDATE crossing_order SET crossed = crossed + $3 WHERE tenant_id = $1 AND client_order_id = $2', [
      tenantId,
      order.client_order_id,
      quantity,
    ]);
  }
}

/** What an order had of every crossing, earliest first. */
export async function sharesOf(
  tx: Tx,
  tenantId: string,
  clientOrderId: string,
): Promise<{ crossing_id: string; quantity: string; price: string; at: string }[]> {
  return tx.query<{ crossing_id: string; quantity: string; price: string; at: string }>(
    `SELECT s.crossing_id, s.quantity, c.price, c.at FROM crossing_share s JOIN crossing c ON c.id = s.crossing_id
     WHERE s.tenant_id = $1 AND s.client_order_id = $2 ORDER BY c.at, c.id`,
    [tenantId, clientOrderId],
  );
}

/** Newest first, one more than asked for. */
export function listCrossings(tx: Tx, tenantId: string, page: PageRequest): Promise<Crossing[]> {
  return crossings(tx, 'c.tenant_id = $1 AND ($2::uuid IS NULL OR c.id < $2::uuid)', [
    ...[tenantId, page.after ?? null, page.limit + 1],
  ]);
}

export async function findCrossing(tx: Tx, tenantId: string, id: string): Promise<Crossing> {
  return (await crossings(tx, 'c.tenant_id = $1 AND c.id = $2', [tenantId, id, 1]))[0]!;
}

const SHARES = `SELECT json_agg(json_build_object('portfolioId', e.portfolio_id, 'executionId', e.id, 'orderId', h.id, 'side', o.side,
    'open', s.open_quantity::text, 'quantity', s.quantity::text) ORDER BY s.client_order_id COLLATE "C")
  FROM crossing_share s JOIN crossing_order o ON o.client_order_id = s.client_order_id
  JOIN hedge_order h ON h.client_order_id = s.client_order_id JOIN execution e ON e.id = h.execution_id
  WHERE s.crossing_id = c.id`;

async function crossings(tx: Tx, where: string, values: readonly unknown[]): Promise<Crossing[]> {
  const rows = await tx.query<Crossing & { shares: Crossing['shares'] | null }>(
    `SELECT c.id, c.venue, c.account_id AS "accountId", c.symbol, c.price, c.quantity, c.market_snapshot_id AS "marketSnapshotId", c.at,
       (${SHARES}) AS shares FROM crossing c WHERE ${where} ORDER BY c.id DESC LIMIT $3`,
    values,
  );
  return rows.map((row) => ({
    ...{ ...row, price: decimalText(row.price), quantity: decimalText(row.quantity) },
    shares: (row.shares ?? []).map((share) => ({
      ...{ ...share, open: decimalText(share.open), quantity: decimalText(share.quantity) },
    })),
  }));
}
