import type { Database } from '../../platform/database.ts';
import { findIntent, type IntentRow } from './intentStore.ts';
import * as store from './store.ts';

/** An order with its nonces and what was signed for each. */
export interface BookedOrder {
  order: store.ChainOrderRow;
  transactions: (store.TransactionRow & { attempts: store.AttemptRow[] })[];
  /** Where others settle it; its transactions are what has to be approved before. */
  intent: IntentRow | undefined;
}

export type Booked = BookedOrder['transactions'][number];

/** On whichever chain it was taken: client order ids are unique over all. */
export function findBooked(db: Database, tenantId: string, clientOrderId: string): Promise<BookedOrder | undefined> {
  return db.tenant(tenantId, async (tx) => {
    const order = await store.findOrder(tx, clientOrderId);
    if (!order) return undefined;
    const [rows, intent] = await Promise.all([store.transactionsOf(tx, clientOrderId), findIntent(tx, clientOrderId)]);
    const attempts = await store.attemptsOf(
      tx,
      rows.map(({ id }) => id),
    );
    return { order, transactions: rows.map((row) => withAttempts(row, attempts)), intent };
  });
}

/** The nonce as it stands now. */
export function reload(db: Database, row: Booked): Promise<Booked> {
  return db.tenant(row.tenant_id, async (tx) => {
    const [found, attempts] = await Promise.all([store.findTransaction(tx, row.id), store.attemptsOf(tx, [row.id])]);
    return withAttempts(found, attempts);
  });
}

function withAttempts(row: store.TransactionRow, attempts: store.AttemptRow[]): Booked {
  return { ...row, attempts: attempts.filter(({ transaction_id }) => transaction_id === row.id) };
}
