import type { Address, Hex } from 'viem';
import type { Tx } from '../../platform/database.ts';
import { Problem } from '../../platform/problem.ts';
import type { Mempool } from '../ports.ts';
import type { Token } from '../venuesModel.ts';
import type { EventLog } from './rpc.ts';
import type { Signed } from './transaction.ts';
import type { Asked, AttemptKind, Fees, Outcome, TransactionState } from './transactionState.ts';

/** What an order asks for, on its chain. */
export interface AskedOrder {
  symbol: string;
  side: 'buy' | 'sell';
  quantity: string;
  base: Token;
  quote: Token;
}

export interface ChainOrderRow {
  client_order_id: string;
  tenant_id: string;
  account_id: string;
  chain: string;
  chain_id: string;
  address: Address;
  asked: AskedOrder;
  decision: object;
  rejection: string | null;
  valid_until: string;
  cancel_requested_at: string | null;
}

export interface StoredCall {
  to: Address;
  data: Hex;
  /** Wei and gas, as decimal text. */
  value: string;
  gas: string;
}

/** What a mined transaction left behind that fills and costs are made of. */
export interface StoredReceipt {
  hash: Hex;
  kind: AttemptKind;
  block: string;
  blockHash: Hex;
  /** RFC 3339. */
  at: string;
  success: boolean;
  gasUsed: string;
  gasPrice: string;
  logs: EventLog[];
}

export type Purpose = 'approval' | 'swap';
/** How a transaction goes to the chain: seen by all, to the relays by itself, or to them in one piece with the others of its order. */
export type Way = Exclude<Mempool, 'auto'> | 'bundle';

export interface TransactionRow {
  id: string;
  tenant_id: string;
  client_order_id: string;
  part: number;
  purpose: Purpose;
  chain_id: string;
  address: Address;
  nonce: string;
  call: StoredCall;
  mempool: Way;
  state: TransactionState;
  reason: string | null;
  asked: StoredAsked;
  receipt: StoredReceipt | null;
}

interface StoredAsked {
  sequence: number;
  kind: AttemptKind;
  fees: StoredFees;
}
type StoredFees = Record<keyof Fees, string>;

export interface AttemptRow {
  transaction_id: string;
  sequence: number;
  hash: Hex;
  kind: AttemptKind;
  fees: StoredFees;
  raw: Hex;
  signed_at: string;
  sends: number;
  refusals: number;
  sent_at: string | null;
  outcome: Outcome | null;
  detail: string | null;
}

export function feesOf({ maxFeePerGas, maxPriorityFeePerGas }: StoredFees): Fees {
  return { maxFeePerGas: BigInt(maxFeePerGas), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas) };
}

function stored({ maxFeePerGas, maxPriorityFeePerGas }: Fees): StoredFees {
  return { maxFeePerGas: maxFeePerGas.toString(), maxPriorityFeePerGas: maxPriorityFeePerGas.toString() };
}

const askedText = ({ sequence, kind, fees }: Asked) => JSON.stringify({ sequence, kind, fees: stored(fees) });

/**
 * Takes the address for the tenant, if nobody has it, and holds its nonces until the transaction ends.
 *
 * @throws Problem `conflict` another tenant trades with the address
 */
export async function lockAddress(tx: Tx, tenantId: string, chainId: number, address: string): Promise<void> {
  const key = [chainId, address.toLowerCase()];
  await tx.query(
    'INSERT INTO chain_account (chain_id, address, tenant_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [...key, tenantId],
  );
  // Row-level security hides the row of another tenant.
  const mine = await tx.query('SELECT 1 FROM chain_account WHERE chain_id = $1 AND address = $2 FOR UPDATE', key);
  if (mine.length === 0) throw new Problem('conflict', `Another tenant trades with ${address} on this chain`);
}

/** Nonces of the address that are given out, from `from` on, ascending, and to which orders. The caller holds the address. */
export async function heldNonces(
  tx: Tx,
  chainId: number,
  address: string,
  from: number,
): Promise<{ nonce: number; clientOrderId: string; isSigned: boolean }[]> {
  const rows = await tx.query<{ nonce: string; client_order_id: string; state: TransactionState }>(
    `SELECT nonce, client_order_id, state FROM chain_transaction
     WHERE chain_id = $1 AND address = $2 AND nonce >= $3 AND state <> 'released' ORDER BY nonce`,
    [chainId, address.toLowerCase(), from],
  );
  return rows.map(({ nonce, client_order_id, state }) => ({
    nonce: Number(nonce),
    clientOrderId: client_order_id,
    isSigned: state !== 'prepared' && state !== 'awaiting_signature',
  }));
}

/** Whether it was new. */
export async function insertOrder(
  tx: Tx,
  order: Omit<ChainOrderRow, 'cancel_requested_at' | 'chain_id' | 'valid_until'> & {
    chainId: number;
    validUntil: Date;
  },
  now: Date,
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO chain_order (client_order_id, tenant_id, account_id, chain, chain_id, address, asked, decision, rejection, valid_until, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING 1`,
    [
      order.client_order_id,
      order.tenant_id,
      order.account_id,
      order.chain,
      order.chainId,
      order.address.toLowerCase(),
      JSON.stringify(order.asked),
      JSON.stringify(order.decision),
      order.rejection,
      order.validUntil,
      now,
    ],
  );
  return rows.length > 0;
}

export async function findOrder(tx: Tx, clientOrderId: string): Promise<ChainOrderRow | undefined> {
  const [row] = await tx.query<ChainOrderRow>('SELECT * FROM chain_order WHERE client_order_id = $1', [clientOrderId]);
  return row;
}

export async function requestCancel(tx: Tx, clientOrderId: string, now: Date): Promise<void> {
  await tx.query(
    'UPDATE chain_order SET cancel_requested_at = coalesce(cancel_requested_at, $2) WHERE client_order_id = $1',
    [clientOrderId, now],
  );
}

export interface NewTransaction {
  id: string;
  tenantId: string;
  clientOrderId: string;
  part: number;
  purpose: Purpose;
  chainId: number;
  address: Address;
  nonce: number;
  call: StoredCall;
  mempool: Way;
  fees: Fees;
}

export async function insertTransaction(tx: Tx, row: NewTransaction, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO chain_transaction (id, tenant_id, client_order_id, part, purpose, chain_id, address, nonce, call, mempool, state, asked, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'prepared', $11, $12, $12)`,
    [
      row.id,
      row.tenantId,
      row.clientOrderId,
      row.part,
      row.purpose,
      row.chainId,
      row.address.toLowerCase(),
      row.nonce,
      JSON.stringify(row.call),
      row.mempool,
      askedText({ sequence: 0, kind: 'call', fees: row.fees }),
      now,
    ],
  );
}

export async function transactionsOf(tx: Tx, clientOrderId: string): Promise<TransactionRow[]> {
  return tx.query<TransactionRow>('SELECT * FROM chain_transaction WHERE client_order_id = $1 ORDER BY part', [
    clientOrderId,
  ]);
}

export async function findTransaction(tx: Tx, id: string): Promise<TransactionRow> {
  const [row] = await tx.query<TransactionRow>('SELECT * FROM chain_transaction WHERE id = $1', [id]);
  return row!;
}

/** Nobody else changes what is to be done with the nonce until the transaction ends. */
export async function lockTransaction(tx: Tx, id: string): Promise<TransactionRow> {
  const [row] = await tx.query<TransactionRow>('SELECT * FROM chain_transaction WHERE id = $1 FOR UPDATE', [id]);
  return row!;
}

/** As {@link lockTransaction}, of all transactions of an order, ascending. */
export async function lockTransactions(tx: Tx, clientOrderId: string): Promise<TransactionRow[]> {
  return tx.query<TransactionRow>(
    'SELECT * FROM chain_transaction WHERE client_order_id = $1 ORDER BY part FOR UPDATE',
    [clientOrderId],
  );
}

/** Gives back the nonces of the parts behind one, those for which nothing was signed. */
export async function releaseUnsigned(
  tx: Tx,
  { client_order_id, part }: TransactionRow,
  reason: string,
  now: Date,
): Promise<void> {
  await tx.query(
    `UPDATE chain_transaction t SET state = 'released', reason = $3, updated_at = $4
     WHERE client_order_id = $1 AND part > $2 AND state IN ('prepared', 'awaiting_signature')
       AND NOT EXISTS (SELECT FROM chain_attempt a WHERE a.transaction_id = t.id)`,
    [client_order_id, part, reason, now],
  );
}

export async function attemptsOf(tx: Tx, transactionIds: readonly string[]): Promise<AttemptRow[]> {
  return tx.query<AttemptRow>(
    'SELECT * FROM chain_attempt WHERE transaction_id = ANY($1::uuid[]) ORDER BY transaction_id, sequence',
    [transactionIds],
  );
}

export interface OpenTransaction extends TransactionRow {
  order: AskedOrder;
}

const OPEN = `state NOT IN ('confirmed', 'reverted', 'canceled', 'released')`;

/** Transactions of an address that have not ended, with the orders that they are for. */
export async function openTransactions(tx: Tx, chainId: number, address: string): Promise<OpenTransaction[]> {
  return tx.query<OpenTransaction>(
    `SELECT t.*, o.asked AS order FROM chain_transaction t JOIN chain_order o USING (client_order_id)
     WHERE t.chain_id = $1 AND t.address = $2 AND t.${OPEN} ORDER BY t.nonce`,
    [chainId, address.toLowerCase()],
  );
}

/** Whether the state was still `from`. The receipt stays as it is when it is left out, and goes when it is null. */
export async function moveTransaction(
  tx: Tx,
  id: string,
  from: TransactionState,
  to: TransactionState,
  rest: { reason: string | null; receipt?: StoredReceipt | null },
  now: Date,
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE chain_transaction SET state = $3, reason = $4, updated_at = $5, receipt = CASE WHEN $6 THEN $7::jsonb ELSE receipt END
     WHERE id = $1 AND state = $2 RETURNING 1`,
    [id, from, to, rest.reason, now, rest.receipt !== undefined, rest.receipt ? JSON.stringify(rest.receipt) : null],
  );
  return rows.length > 0;
}

/** Asks for another signature, unless somebody has asked for one meanwhile. */
export async function ask(tx: Tx, id: string, before: number, asked: Asked, now: Date): Promise<void> {
  await tx.query(
    `UPDATE chain_transaction SET asked = $3, updated_at = $4 WHERE id = $1 AND (asked->>'sequence')::int = $2 AND ${OPEN}`,
    [id, before, askedText(asked), now],
  );
}

/** Asks for nothing to be done with a nonce for which nothing was signed or taken. */
export async function askInstead(tx: Tx, id: string, asked: Asked, reason: string, now: Date): Promise<void> {
  await tx.query(`UPDATE chain_transaction SET asked = $2, reason = $3, updated_at = $4 WHERE id = $1 AND ${OPEN}`, [
    id,
    askedText(asked),
    reason,
    now,
  ]);
}

/** Writes down what was signed, before it is sent; whoever was first stays. */
export async function insertAttempt(tx: Tx, row: TransactionRow, signed: Signed, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO chain_attempt (transaction_id, sequence, tenant_id, hash, kind, fees, raw, signed_at, sends, refusals)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0) ON CONFLICT DO NOTHING`,
    [
      row.id,
      row.asked.sequence,
      row.tenant_id,
      signed.hash,
      row.asked.kind,
      JSON.stringify(row.asked.fees),
      signed.raw,
      now,
    ],
  );
}

export async function countSend(tx: Tx, { transaction_id, sequence }: AttemptRow, now: Date): Promise<void> {
  await tx.query(
    'UPDATE chain_attempt SET sends = sends + 1, sent_at = $3 WHERE transaction_id = $1 AND sequence = $2',
    [transaction_id, sequence, now],
  );
}

export async function saveOutcome(
  tx: Tx,
  { transaction_id, sequence }: AttemptRow,
  outcome: Outcome,
  detail: string | null,
): Promise<void> {
  await tx.query(
    `UPDATE chain_attempt SET outcome = $3, detail = $4, refusals = refusals + CASE WHEN $3 = 'refused' THEN 1 ELSE 0 END
     WHERE transaction_id = $1 AND sequence = $2`,
    [transaction_id, sequence, outcome, detail],
  );
}
