import type { Address, Hex } from 'viem';
import type { Tx } from '../../platform/database.ts';
import { Problem } from '../../platform/problem.ts';
import type { Mempool, OrderRef, SignatureRequest } from '../ports.ts';
import type { Booked, BookedOrder } from './booked.ts';
import { createNonces, type BookDeps } from './nonces.ts';
import type { Intent } from '../aggregators/intents.ts';
import { insertIntent, openIntents } from './intentStore.ts';
import { transactionHash } from './rpc.ts';
import type { Signer } from './signer.ts';
import * as store from './store.ts';
import { checkSigned, signatureRequest } from './transaction.ts';
import { hasFailed, isFinal, type Fees } from './transactionState.ts';

// What we have signed, or are about to, nonce by nonce. Everything is written down before it is done, and everything that is
// done can be done again: after a crash at any instruction the next look goes on from the rows and from what the chain says.

export interface Part {
  purpose: store.Purpose;
  call: store.StoredCall;
}

export interface NewOrder {
  tenantId: string;
  accountId: string;
  clientOrderId: string;
  address: Address;
  asked: store.AskedOrder;
  decision: object;
  validUntil: Date;
  /** Why nothing is to be sent. */
  rejection: string | null;
  parts: Part[];
  /** What others are asked to settle once the parts, which approve, are mined; null where the parts trade. */
  intent: { intent: Intent; fromBlock: bigint } | null;
  fees: Fees;
  mempool: Exclude<Mempool, 'auto'>;
  /** Whether it was decided on with nothing else under way for the address. */
  alone: boolean;
  /** Whether the owner of the address signs, and so has to be done with one order before the next. */
  isSignedByClient: boolean;
}

export type TransactionBook = ReturnType<typeof createTransactionBook>;

/**
 * The owner of the address signs, and has not done with another order: signing out of turn would leave a gap in the nonces. Nothing
 * was written; the order may be taken later.
 */
export class AddressBusy extends Error {
  override readonly name = 'AddressBusy';

  constructor(address: Address) {
    super(`another order of ${address} waits for its signature or its block`);
  }
}

/** Another order of the address was taken between the decision on this one and its nonces: it has to be decided on again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';

  constructor(address: Address) {
    super(`another order of ${address} was taken meanwhile`);
  }
}

export function createTransactionBook(deps: BookDeps) {
  const { db, clock, ids, chain, config } = deps;
  const { currentFees, advanceOne, launch, transactionOf } = createNonces(deps);

  /** Takes hold of the address, and looks whether what was decided on it still holds. */
  const mayBegin = async (tx: Tx, order: NewOrder): Promise<void> => {
    const { tenantId, clientOrderId, address } = order;
    await store.lockAddress(tx, tenantId, config.chainId, address);
    const isOther = (row: { client_order_id: string }) => row.client_order_id !== clientOrderId;
    const transactions = (await store.openTransactions(tx, config.chainId, address)).filter(isOther);
    const intents = (await openIntents(tx, config.chainId, address)).filter(isOther);
    if (transactions.length > 0 && order.parts.length > 0 && order.isSignedByClient) throw new AddressBusy(address);
    if (transactions.length + intents.length > 0 && order.alone) throw new Overtaken(address);
  };

  return {
    currentFees,

    /**
     * Writes the order down with a nonce for each of its parts, ascending; one that is there already stays as it is.
     *
     * @throws Problem `conflict` another tenant trades with the address
     * @throws AddressBusy, Overtaken
     */
    async take(order: NewOrder): Promise<void> {
      // Without the lock: what is mined or pending meanwhile only makes nonces that somebody else has taken, and that shows.
      const from = order.parts.length > 0 ? await chain.nonce(order.address, 'pending') : 0;
      const now = clock.now();
      await db.tenant(order.tenantId, async (tx) => {
        if (order.parts.length > 0 || order.intent) await mayBegin(tx, order);
        const isNew = await store.insertOrder(
          tx,
          {
            ...{ client_order_id: order.clientOrderId, tenant_id: order.tenantId, account_id: order.accountId },
            ...{ chain: config.name, chainId: config.chainId, address: order.address, asked: order.asked },
            ...{ decision: order.decision, rejection: order.rejection, validUntil: order.validUntil },
          },
          now,
        );
        if (!isNew || order.rejection !== null) return;
        if (order.intent) await insertIntent(tx, { ...order, ...order.intent }, now);
        const given = await store.heldNonces(tx, config.chainId, order.address, from);
        const held = new Set(given.map(({ nonce }) => nonce));
        let nonce = from;
        for (const [part, { purpose, call }] of order.parts.entries()) {
          while (held.has(nonce)) nonce += 1;
          await store.insertTransaction(
            tx,
            {
              ...{ id: ids.next(), tenantId: order.tenantId, clientOrderId: order.clientOrderId, part, purpose },
              ...{ chainId: config.chainId, address: order.address, nonce, call },
              ...{ mempool: wayOf(order, purpose, config), fees: order.fees },
            },
            now,
          );
          nonce += 1;
        }
      });
    },

    /**
     * Brings every part of the order as far as it goes now. A part is not sent before the one ahead of it was taken, or signed where
     * they go together, and not at all when what it needs has failed.
     *
     * @param fresh the order was written down just now
     * @param isCalledOff asked before anything is sent for the first time
     */
    async advance(
      booked: BookedOrder,
      signer: Signer | undefined,
      { fresh, isCalledOff }: { fresh: boolean; isCalledOff: OrderRef['isCalledOff'] },
    ): Promise<BookedOrder> {
      const transactions: Booked[] = [];
      let { order } = booked;
      for (const row of booked.transactions) {
        const before = transactions.at(-1);
        const isUnsent = row.attempts.length === 0;
        if (isUnsent && before && !isUnderWay(before) && !isBundled(before)) {
          transactions.push(row);
          continue;
        }
        const needs = transactions.some((other) => other.purpose === 'approval' && hasFailed(other.state));
        if (isUnsent && needs)
          order = { ...order, cancel_requested_at: order.cancel_requested_at ?? clock.now().toISOString() };
        transactions.push(await advanceOne(row, order, { signer, fresh, isCalledOff }));
      }
      return { ...booked, transactions };
    },

    /** What the client is to sign next, undefined when that is nothing. */
    signatureRequest({ transactions }: BookedOrder): SignatureRequest | undefined {
      const row = transactions.find((candidate) => isAwaited(candidate));
      return row && signatureRequest(row.address, transactionOf(row));
    },

    /**
     * Takes what the client has signed and sends it. The same bytes again change nothing.
     *
     * @param requireWanted asked before anything but a cancellation is sent
     * @throws Problem `validation_failed` it is not what was asked for; `conflict` nothing is asked for
     */
    async accept(booked: BookedOrder, raw: Hex, requireWanted: () => Promise<void>): Promise<void> {
      const hash = transactionHash(raw);
      if (booked.transactions.some(({ attempts }) => attempts.some((attempt) => attempt.hash === hash))) return;
      const row = booked.transactions.find((candidate) => isAwaited(candidate));
      if (!row) throw new Problem('conflict', 'The order does not wait for a signature');
      const signed = await checkSigned(row.address, transactionOf(row), raw);
      if (row.asked.kind !== 'cancel') await requireWanted();
      await launch(row, signed);
    },

    async requestCancel(tenantId: string, clientOrderId: string): Promise<void> {
      await db.tenant(tenantId, (tx) => store.requestCancel(tx, clientOrderId, clock.now()));
    },

    /** What is under way for the address, by nonce. */
    open: (tenantId: string, address: Address): Promise<store.OpenTransaction[]> =>
      db.tenant(tenantId, (tx) => store.openTransactions(tx, config.chainId, address)),
  };
}

/** Asked of the client, and not signed yet. */
function isAwaited(row: Booked): boolean {
  if (isFinal(row.state) || row.state === 'mined' || row.state === 'prepared') return false;
  return row.asked.sequence > (row.attempts.at(-1)?.sequence ?? -1);
}

function isUnderWay({ state }: Booked): boolean {
  return state !== 'prepared' && state !== 'awaiting_signature' && state !== 'signed';
}

/** Signed, and waiting for those behind it. */
function isBundled({ state, mempool }: Booked): boolean {
  return state === 'signed' && mempool === 'bundle';
}

/**
 * How a transaction of the order goes. A private order of several goes as a bundle, all of them in one block or none, where every relay
 * takes bundles; not where its owner signs, whose signatures come one after another.
 */
function wayOf(order: NewOrder, purpose: store.Purpose, { relays }: BookDeps['config']): store.Way {
  const isBundle =
    order.parts.length > 1 && !order.isSignedByClient && relays.every(({ kind }) => kind === 'flashbots');
  if (order.mempool === 'private' && isBundle) return 'bundle';
  // There is nothing in an approval that anybody could take.
  return purpose === 'approval' ? 'public' : order.mempool;
}
