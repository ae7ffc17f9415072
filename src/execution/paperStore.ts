import type { Tx } from '../platform/database.ts';
import type { OrderReport } from './ports.ts';

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
