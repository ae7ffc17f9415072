import type { Address, Hex } from 'viem';
import type { Tx } from '../../platform/database.ts';
import type { Intent } from '../aggregators/intents.ts';
import type { IntentState } from './intentState.ts';
import type { AskedOrder } from './store.ts';

/** What settled an order, by the logs of its transaction; base units as decimal text. */
export interface StoredSettlement {
  hash: Hex;
  logIndex: number;
  block: string;
  blockHash: Hex;
  /** RFC 3339. */
  at: string;
  sold: string;
  bought: string;
}

export interface IntentRow {
  client_order_id: string;
  tenant_id: string;
  chain_id: string;
  address: Address;
  service: string;
  uid: string;
  intent: Intent;
  from_block: string;
  state: IntentState;
  reason: string | null;
  signature: Hex | null;
  sends: number;
  refusals: number;
  sent_at: string | null;
  cancel_signature: Hex | null;
  cancel_taken_at: string | null;
  hashes: Hex[];
  settlement: StoredSettlement | null;
}

export interface NewIntent {
  tenantId: string;
  clientOrderId: string;
  address: Address;
  intent: Intent;
  fromBlock: bigint;
}

export async function insertIntent(tx: Tx, row: NewIntent, now: Date): Promise<void> {
  const { intent } = row;
  await tx.query(
    `INSERT INTO chain_intent (client_order_id, tenant_id, chain_id, address, service, uid, intent, from_block, state, sends, refusals, hashes, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'prepared', 0, 0, '[]', $9, $9)`,
    [
      row.clientOrderId,
      row.tenantId,
      intent.chainId,
      row.address.toLowerCase(),
      intent.service,
      intent.uid.toLowerCase(),
      JSON.stringify(intent),
      row.fromBlock.toString(),
      now,
    ],
  );
}

export async function findIntent(tx: Tx, clientOrderId: string): Promise<IntentRow | undefined> {
  const [row] = await tx.query<IntentRow>('SELECT * FROM chain_intent WHERE client_order_id = $1', [clientOrderId]);
  return row;
}

/** Nobody else changes what is to be done with it until the transaction ends. */
export async function lockIntent(tx: Tx, clientOrderId: string): Promise<IntentRow> {
  const [row] = await tx.query<IntentRow>('SELECT * FROM chain_intent WHERE client_order_id = $1 FOR UPDATE', [
    clientOrderId,
  ]);
  return row!;
}

/** Whether the order was asked to be canceled; it is not asked to be before the transaction ends. */
export async function lockCancelRequest(tx: Tx, clientOrderId: string): Promise<boolean> {
  const [row] = await tx.query<{ is_asked: boolean }>(
    'SELECT cancel_requested_at IS NOT NULL AS is_asked FROM chain_order WHERE client_order_id = $1 FOR SHARE',
    [clientOrderId],
  );
  return row!.is_asked;
}

export interface OpenIntent extends IntentRow {
  order: AskedOrder;
}

const OPEN = `state NOT IN ('settled', 'refused', 'canceled', 'expired', 'released')`;

/** Those of an address that have not ended, with the orders that they are for. */
export async function openIntents(tx: Tx, chainId: number, address: string): Promise<OpenIntent[]> {
  return tx.query<OpenIntent>(
    `SELECT i.*, o.asked AS order FROM chain_intent i JOIN chain_order o USING (client_order_id)
     WHERE i.chain_id = $1 AND i.address = $2 AND i.${OPEN} ORDER BY i.created_at`,
    [chainId, address.toLowerCase()],
  );
}

/** Logs of the address that have settled other orders of it. */
export async function settlementsOfOthers(
  tx: Tx,
  { chain_id, address, client_order_id }: IntentRow,
): Promise<Pick<StoredSettlement, 'hash' | 'logIndex'>[]> {
  const rows = await tx.query<{ settlement: StoredSettlement }>(
    `SELECT settlement FROM chain_intent
     WHERE chain_id = $1 AND address = $2 AND client_order_id <> $3 AND settlement IS NOT NULL`,
    [chain_id, address, client_order_id],
  );
  return rows.map(({ settlement }) => settlement);
}

/** Whether the state was still `from`. The settlement stays as it is when it is left out, and goes when it is null. */
export async function moveIntent(
  tx: Tx,
  clientOrderId: string,
  from: IntentState,
  to: IntentState,
  rest: { reason: string | null; settlement?: StoredSettlement | null },
  now: Date,
): Promise<boolean> {
  const { reason, settlement } = rest;
  const rows = await tx.query(
    `UPDATE chain_intent SET state = $3, reason = $4, updated_at = $5, settlement = CASE WHEN $6 THEN $7::jsonb ELSE settlement END
     WHERE client_order_id = $1 AND state = $2 RETURNING 1`,
    [clientOrderId, from, to, reason, now, settlement !== undefined, settlement ? JSON.stringify(settlement) : null],
  );
  return rows.length > 0;
}

/** Writes down what was signed, before it is sent; whoever was first stays. */
export async function saveSignature(tx: Tx, clientOrderId: string, signature: Hex, now: Date): Promise<void> {
  await tx.query(
    'UPDATE chain_intent SET signature = coalesce(signature, $2), updated_at = $3 WHERE client_order_id = $1',
    [clientOrderId, signature, now],
  );
}

export async function countIntentSend(tx: Tx, clientOrderId: string, now: Date): Promise<void> {
  await tx.query('UPDATE chain_intent SET sends = sends + 1, sent_at = $2 WHERE client_order_id = $1', [
    clientOrderId,
    now,
  ]);
}

export async function countIntentRefusal(tx: Tx, clientOrderId: string, reason: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE chain_intent SET refusals = refusals + 1, reason = $2, updated_at = $3 WHERE client_order_id = $1 AND ${OPEN}`,
    [clientOrderId, reason, now],
  );
}

export async function saveCancelSignature(tx: Tx, clientOrderId: string, signature: Hex, now: Date): Promise<void> {
  await tx.query(
    'UPDATE chain_intent SET cancel_signature = coalesce(cancel_signature, $2), updated_at = $3 WHERE client_order_id = $1',
    [clientOrderId, signature, now],
  );
}

export async function saveCancelTaken(tx: Tx, clientOrderId: string, now: Date): Promise<void> {
  await tx.query('UPDATE chain_intent SET cancel_taken_at = $2, updated_at = $2 WHERE client_order_id = $1', [
    clientOrderId,
    now,
  ]);
}

export async function saveHashes(tx: Tx, clientOrderId: string, hashes: readonly Hex[], now: Date): Promise<void> {
  await tx.query('UPDATE chain_intent SET hashes = $2, updated_at = $3 WHERE client_order_id = $1', [
    clientOrderId,
    JSON.stringify(hashes),
    now,
  ]);
}
