import type { Tx } from './database.ts';

// Rows that one worker at a time looks after: tables with the columns id, status, owner, fence, lease_until and deleted_at. Whatever an
// owner writes of a row carries the number of its ownership (FENCED), so that one that was thought dead writes nothing.

/** Who writes, and by which ownership. */
export interface Fenced {
  id: string;
  owner: string;
  fence: string;
}

/** The condition that `id`, `owner` and `fence`, as $1, $2 and $3, still hold. */
export const FENCED = `id = $1 AND owner = $2 AND fence = $3 AND status = 'active' AND deleted_at IS NULL`;

/** An owner that has not renewed a lease for so long has lost it. By the clock of the database, which is one for all workers. */
const LEASE = `interval '15 seconds'`;
/** Leases are renewed once so much of them has passed. */
const RENEW = `interval '4 seconds'`;

/**
 * Keeps what `owner` holds in the table, and takes over what nobody holds, `most` rows at a time so that many workers share them. Waits for
 * nobody who writes a row, long as that may take: it is kept the next time, and cannot be taken over before it is free.
 */
export async function holdLeases(tx: Tx, table: string, owner: string, most: number): Promise<void> {
  await tx.query(
    `UPDATE ${table} SET lease_until = now() + ${LEASE} WHERE id = ANY(ARRAY(
       SELECT id FROM ${table} WHERE owner = $1 AND status = 'active' AND lease_until > now() AND lease_until < now() + ${LEASE} - ${RENEW}
       ORDER BY id FOR UPDATE SKIP LOCKED))`,
    [owner],
  );
  await tx.query(
    `UPDATE ${table} SET owner = $1, lease_until = now() + ${LEASE}, fence = fence + 1 WHERE id = ANY(ARRAY(
       SELECT id FROM ${table} WHERE status = 'active' AND deleted_at IS NULL AND (owner IS NULL OR lease_until <= now())
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))`,
    [owner, most],
  );
}

export async function releaseLeases(tx: Tx, table: string, owner: string): Promise<void> {
  await tx.query(`UPDATE ${table} SET owner = NULL, lease_until = NULL WHERE owner = $1`, [owner]);
}
