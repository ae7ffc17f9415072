import type { Tx } from '../platform/database.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { OpenOrder } from './ports.ts';
import type { ExternalOrder, VenueAccountView } from './venueAccountModel.ts';

/** What of the credentials may be shown. */
export type PublicPart = Pick<VenueAccountView, 'chain' | 'address' | 'signer'> & {
  /** Missing in what was written before there could be more than one. */
  otherChains?: string[];
};

export interface VenueAccountRow {
  id: string;
  tenant_id: string;
  venue: string;
  name: string;
  public: PublicPart;
  sealed: Buffer;
  reconciled_at: string | null;
  external_orders: number;
  created_at: string;
}

const COLUMNS = `a.*, (SELECT count(*)::integer FROM external_order x WHERE x.account_id = a.id AND x.last_seen_at = a.reconciled_at) AS external_orders`;

/** Keeps what is there where the id is taken: a retry meets the first try. */
export async function insertAccount(
  tx: Tx,
  tenantId: string,
  account: Pick<VenueAccountRow, 'id' | 'venue' | 'name' | 'public' | 'sealed'>,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO venue_account (id, tenant_id, venue, name, public, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO NOTHING`,
    [account.id, tenantId, account.venue, account.name, JSON.stringify(account.public), account.sealed, now],
  );
}

export async function findAccount(tx: Tx, tenantId: string, id: string): Promise<VenueAccountRow | undefined> {
  const [row] = await tx.query<VenueAccountRow>(
    `SELECT ${COLUMNS} FROM venue_account a WHERE a.tenant_id = $1 AND a.id = $2 AND a.deleted_at IS NULL`,
    [tenantId, id],
  );
  return row;
}

/** Newest first, one more than asked for. */
export async function listAccounts(tx: Tx, tenantId: string, page: PageRequest): Promise<VenueAccountRow[]> {
  return tx.query<VenueAccountRow>(
    `SELECT ${COLUMNS} FROM venue_account a WHERE a.tenant_id = $1 AND a.deleted_at IS NULL AND ($2::uuid IS NULL OR a.id < $2::uuid)
     ORDER BY a.id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
}

/** Forgets the credentials. The row stays: orders name it. */
export async function removeAccount(tx: Tx, tenantId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE venue_account SET deleted_at = $3, sealed = '' WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
    [tenantId, id, now],
  );
  return rows.length === 1;
}

/** Whether an execution that has not ended trades with it. */
export async function isInUse(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM execution WHERE account_id = $1 AND status IN ('queued', 'running', 'waiting') LIMIT 1`,
    [id],
  );
  return rows.length > 0;
}

/** Accounts that have not been compared with their venue since, the longest ago first. */
export async function dueAccounts(tx: Tx, before: Date, limit: number): Promise<{ id: string; tenant_id: string }[]> {
  return tx.query(
    `SELECT id, tenant_id FROM venue_account WHERE deleted_at IS NULL AND coalesce(reconciled_at, 'epoch') < $1
     ORDER BY reconciled_at NULLS FIRST LIMIT $2`,
    [before, limit],
  );
}

/** Which of these client order ids are orders of ours. */
export async function ownIds(tx: Tx, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ client_order_id: string }>(
    'SELECT client_order_id FROM hedge_order WHERE tenant_id = $1 AND client_order_id = ANY($2::text[])',
    [tenantId, ids],
  );
  return new Set(rows.map((row) => row.client_order_id));
}

export async function saveReconciled(
  tx: Tx,
  account: { tenantId: string; accountId: string },
  external: readonly OpenOrder[],
  now: Date,
): Promise<void> {
  for (const order of external) {
    await tx.query(
      `INSERT INTO external_order (account_id, venue_order_id, tenant_id, client_order_id, instrument, side, quantity, filled_quantity, first_seen_at, last_seen_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
       ON CONFLICT (account_id, venue_order_id) DO UPDATE SET quantity = $7, filled_quantity = $8, last_seen_at = $9`,
      [
        ...[account.accountId, order.venueOrderId, account.tenantId, order.clientOrderId, order.instrument],
        ...[order.side, order.quantity, order.filledQuantity, now],
      ],
    );
  }
  await tx.query('UPDATE venue_account SET reconciled_at = $2 WHERE id = $1', [account.accountId, now]);
}

/** Open when the account was last compared, newest first. */
export async function listExternal(tx: Tx, tenantId: string, accountId: string): Promise<ExternalOrder[]> {
  return tx.query<ExternalOrder>(
    `SELECT x.venue_order_id AS "venueOrderId", x.client_order_id AS "clientOrderId", x.instrument, x.side, x.quantity,
       x.filled_quantity AS "filledQuantity", x.first_seen_at AS "firstSeenAt", x.last_seen_at AS "lastSeenAt"
     FROM external_order x JOIN venue_account a ON a.id = x.account_id AND x.last_seen_at = a.reconciled_at
     WHERE x.tenant_id = $1 AND x.account_id = $2 ORDER BY x.first_seen_at DESC LIMIT 1000`,
    [tenantId, accountId],
  );
}
