import type { Tx } from '../platform/database.ts';
import type { OrderReport } from './ports.ts';

// The paper venue's own book.

export interface PaperOrder {
  /** What becomes of it in the end; null while its submission was lost on the way. */
  report: OrderReport | null;
  /** Nothing can be learnt of it before. */
  out_until: string | null;
  /** It is worked until then, without a fill. */
  works_until: string | null;
}

export interface NewPaperOrder {
  report: OrderReport | null;
  outUntil: Date | undefined;
  worksUntil: Date | undefined;
}

/** Takes the order, unless one was taken under this id before. */
export async function insertPaperOrder(
  tx: Tx,
  tenantId: string,
  clientOrderId: string,
  { report, outUntil, worksUntil }: NewPaperOrder,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO paper_order (client_order_id, tenant_id, report, out_until, works_until, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (client_order_id) DO UPDATE SET report = EXCLUDED.report, works_until = EXCLUDED.works_until
       WHERE paper_order.report IS NULL AND paper_order.tenant_id = $2`,
    [clientOrderId, tenantId, report && JSON.stringify(report), outUntil ?? null, worksUntil ?? null, now],
  );
}

export async function findPaperOrder(tx: Tx, tenantId: string, clientOrderId: string): Promise<PaperOrder | undefined> {
  const [row] = await tx.query<PaperOrder>(
    'SELECT report, out_until, works_until FROM paper_order WHERE tenant_id = $1 AND client_order_id = $2',
    [tenantId, clientOrderId],
  );
  return row;
}

/** Ends an order that is worked still; one that has ended is left as it is. */
export async function cancelPaperOrder(tx: Tx, tenantId: string, clientOrderId: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE paper_order SET works_until = NULL, report = report || '{"status": "canceled", "reason": "It was called off", "fills": []}'
     WHERE tenant_id = $1 AND client_order_id = $2 AND works_until > $3`,
    [tenantId, clientOrderId, now],
  );
}
