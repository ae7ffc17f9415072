import type { Hex } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Mempool, OrderRef } from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { reload, type Booked } from './booked.ts';
import { bumpedFees, FEE_BLOCKS, suggestedFees, weiOfGwei } from './fees.ts';
import type { Chain, Sent } from './rpc.ts';
import { lookAt, standingOf, untouched } from './sight.ts';
import { SigningError, type Signer } from './signer.ts';
import * as store from './store.ts';
import type { Signed, Transaction } from './transaction.ts';
import { isFinal, nextStep, type Fees, type Pace, type Step } from './transactionState.ts';

export interface BookDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  chain: Chain;
  config: ChainConfig;
  /** Hands signed bytes to the chain on the way that was chosen for them; never throws. */
  send: (raw: Hex, mempool: Exclude<Mempool, 'auto'>) => Promise<Sent>;
  /** The same of a bundle, which is mined in one block or not at all. */
  sendTogether: (raws: readonly Hex[]) => Promise<Sent>;
  /** What is said, in words, of a transaction that nobody but relays has seen; never throws. */
  fateOf: (hash: Hex) => Promise<string | undefined>;
}

/** How an order is worked in one look. */
interface Working {
  signer: Signer | undefined;
  /** It was written down just now. */
  fresh: boolean;
  isCalledOff: OrderRef['isCalledOff'];
}

/** Of one nonce in one look; more is for the next. */
const MOST_STEPS = 6;
const TRANSFER_GAS = '21000';

/** Brings nonces forward, each step written down before it is done, so that any of them can be done again. */
export function createNonces({ db, clock, chain, config, send, sendTogether, fateOf }: BookDeps) {
  const cap = weiOfGwei(config.maxFeeGwei);

  const currentFees = async (): Promise<Fees | undefined> => suggestedFees(await chain.fees(FEE_BLOCKS), cap);

  const pace = async (row: Booked, signer: Signer | undefined): Promise<Pace> => {
    const now = clock.now();
    const last = row.attempts.at(-1);
    // Fees are looked up only where they may be needed: of an attempt that could be replaced.
    const suggested = last && !isFinal(row.state) && row.state !== 'mined' ? await currentFees() : undefined;
    return {
      ...{ now, confirmations: config.confirmations, replaceAfterMs: config.replaceAfterMs },
      ...{ resendMs: config.blockTimeMs, canSign: signer !== undefined },
      bumped: (fees) => bumpedFees(fees, suggested, cap),
    };
  };

  /** Brings one nonce as far as it goes now. */
  const advanceOne = async (
    start: Booked,
    order: store.ChainOrderRow,
    { signer, fresh, isCalledOff }: Working,
  ): Promise<Booked> => {
    let row = start;
    for (let steps = 0; steps < MOST_STEPS && !isFinal(row.state); steps++) {
      const seen = fresh && row.attempts.length === 0 ? untouched(row) : await lookAt(chain, config.confirmations, row);
      const step = nextStep(standingOf(row, order), seen.sight, await pace(row, signer));
      if (step.do === 'wait') return row;
      const goesOn = await apply(row, step, seen.receipt, { signer, isCalledOff });
      row = await reload(db, row);
      if (!goesOn) return row;
    }
    return row;
  };

  /** Does the step, and answers whether there may be more to do at once. */
  const apply = async (
    row: Booked,
    step: Exclude<Step, { do: 'wait' }>,
    receipt: store.StoredReceipt | null,
    { signer, isCalledOff }: Omit<Working, 'fresh'>,
  ): Promise<boolean> => {
    const now = clock.now();
    const inBook = <T>(work: (tx: Tx) => Promise<T>) => db.tenant(row.tenant_id, work);
    switch (step.do) {
      case 'move': {
        const told = step.to === 'mined' ? { receipt } : step.to === 'reorged' ? { receipt: null } : {};
        await inBook((tx) =>
          store.moveTransaction(tx, row.id, row.state, step.to, { reason: step.reason, ...told }, now),
        );
        return step.to !== 'awaiting_signature';
      }
      case 'ask':
        await inBook((tx) => store.ask(tx, row.id, row.asked.sequence, step.asked, now));
        return signer !== undefined;
      case 'abandon':
        return inBook((tx) => abandon(tx, row, step.reason, now));
      case 'sign': {
        const signed = await signer!.signTransaction(transactionOf(row)).catch(unlessSigning);
        // Signing may have taken long; what is not sent can be given up. A cancellation goes whatever was called off.
        const isLate = row.asked.kind === 'call' && (await isCalledOff?.());
        if (signed && !isLate) await launch(row, signed);
        return false;
      }
      case 'send':
        await transmit(row, row.attempts.at(-1)!);
        return false;
    }
  };

  /** Writes down what was signed, then sends it; nothing when it was decided otherwise meanwhile. */
  const launch = async (row: Booked, signed: Signed): Promise<void> => {
    const now = clock.now();
    const attempt = await db.tenant(row.tenant_id, async (tx) => {
      const { state, asked } = await store.lockTransaction(tx, row.id);
      if (isFinal(state) || asked.sequence !== row.asked.sequence) return undefined;
      await store.insertAttempt(tx, row, signed, now);
      for (const from of ['prepared', 'awaiting_signature'] as const)
        await store.moveTransaction(tx, row.id, from, 'signed', { reason: row.reason }, now);
      const found = (await store.attemptsOf(tx, [row.id])).find(({ sequence }) => sequence === asked.sequence)!;
      if (!isBundled(row, found)) await store.countSend(tx, found, now);
      return found;
    });
    if (!attempt) return;
    await (isBundled(row, attempt) ? deliverTogether(row, attempt) : deliver(row, attempt));
  };

  const transmit = async (row: Booked, attempt: store.AttemptRow): Promise<void> => {
    if (isBundled(row, attempt)) return deliverTogether(row, attempt);
    const isWanted = await db.tenant(row.tenant_id, async (tx) => {
      if (isFinal((await store.lockTransaction(tx, row.id)).state)) return false;
      await store.countSend(tx, attempt, clock.now());
      return true;
    });
    if (isWanted) await deliver(row, attempt);
  };

  const deliver = async (row: Booked, attempt: store.AttemptRow): Promise<void> => {
    const way = wayOf(row, attempt);
    // Side by side: people read the one, and nothing waits for it that matters.
    const [sent, fate] = await Promise.all([
      send(attempt.raw, way),
      attempt.sends > 0 && way === 'private' ? fateOf(attempt.hash) : undefined,
    ]);
    await db.tenant(row.tenant_id, (tx) => saveSent(tx, row, attempt, sent, fate));
  };

  /** Sends what is open of the order in one piece, unless some of it is not signed yet, or is not wanted any more. */
  const deliverTogether = async (row: Booked, { sequence, sends }: store.AttemptRow): Promise<void> => {
    const bundle = await db.tenant(row.tenant_id, async (tx) => {
      const open = (await store.lockTransactions(tx, row.client_order_id)).filter(isOpen);
      const attempts = await store.attemptsOf(
        tx,
        open.map(({ id }) => id),
      );
      const parts = open.map((each) => ({
        row: each,
        attempt: attempts.findLast(({ transaction_id }) => transaction_id === each.id),
      }));
      const own = parts.find((part) => part.row.id === row.id)?.attempt;
      if (own?.sequence !== sequence || own.sends !== sends) return []; // it went with another
      const signed = parts.flatMap(({ row: each, attempt }) =>
        attempt?.kind === 'call' ? [{ row: each, attempt }] : [],
      );
      if (signed.length < parts.length) return [];
      for (const { attempt } of signed) await store.countSend(tx, attempt, clock.now());
      return signed;
    });
    if (bundle.length === 0) return;
    const sent = await sendTogether(bundle.map(({ attempt }) => attempt.raw));
    await db.tenant(row.tenant_id, async (tx) => {
      for (const part of bundle) await saveSent(tx, part.row, part.attempt, sent);
    });
  };

  const saveSent = async (
    tx: Tx,
    row: store.TransactionRow,
    attempt: store.AttemptRow,
    sent: Sent,
    fate?: string,
  ): Promise<void> => {
    await store.lockTransaction(tx, row.id); // first, as wherever its attempts are written
    await store.saveOutcome(tx, attempt, sent.outcome, 'detail' in sent ? sent.detail : (fate ?? null));
    if (sent.outcome !== 'taken') return;
    for (const from of ['signed', 'dropped', 'reorged'] as const)
      await store.moveTransaction(tx, row.id, from, 'broadcast', { reason: row.reason }, clock.now());
  };

  /** Gives the nonce back, unless later ones of the address wait for it: then it is spent on nothing. */
  const abandon = async (tx: Tx, row: Booked, reason: string, now: Date): Promise<boolean> => {
    await store.lockAddress(tx, row.tenant_id, config.chainId, row.address);
    const { state, nonce } = await store.lockTransaction(tx, row.id);
    const attempts = await store.attemptsOf(tx, [row.id]);
    const isOut = attempts.some(({ sends, refusals }) => sends > refusals);
    if (isFinal(state) || isOut) return false; // somebody has sent it meanwhile
    const why = attempts.at(-1)?.detail ?? reason;
    if (row.mempool === 'bundle' && (await releaseTogether(tx, row, why, now))) return true;
    const later = await store.heldNonces(tx, config.chainId, row.address, Number(nonce) + 1);
    if (later.every((held) => held.clientOrderId === row.client_order_id && !held.isSigned)) {
      await store.releaseUnsigned(tx, row, why, now);
      return store.moveTransaction(tx, row.id, state, 'released', { reason: why }, now);
    }
    const sequence = row.asked.sequence + 1;
    await store.askInstead(tx, row.id, { sequence, kind: 'cancel', fees: store.feesOf(row.asked.fees) }, why, now);
    return true;
  };

  /** Gives the nonces of a bundle back that nobody has taken; answers whether it did. The caller holds the address. */
  const releaseTogether = async (tx: Tx, row: Booked, why: string, now: Date): Promise<boolean> => {
    const open = (await store.lockTransactions(tx, row.client_order_id)).filter(isOpen);
    const attempts = await store.attemptsOf(
      tx,
      open.map(({ id }) => id),
    );
    const later = await store.heldNonces(tx, config.chainId, row.address, Number(row.nonce) + 1);
    const isElsewhere = later.some(({ clientOrderId }) => clientOrderId !== row.client_order_id);
    const isOut = attempts.some(({ sends, refusals }) => sends > refusals);
    if (isElsewhere || isOut || open[0]?.id !== row.id) return false;
    for (const { id, state } of open) await store.moveTransaction(tx, id, state, 'released', { reason: why }, now);
    return true;
  };

  /** The transaction that is to be signed next for a nonce. */
  const transactionOf = (row: store.TransactionRow): Transaction => {
    const call =
      row.asked.kind === 'call' ? row.call : { to: row.address, data: '0x' as const, value: '0', gas: TRANSFER_GAS };
    return {
      ...{ chainId: config.chainId, nonce: Number(row.nonce), to: call.to, data: call.data },
      ...{ value: BigInt(call.value), gas: BigInt(call.gas), ...store.feesOf(row.asked.fees) },
    };
  };

  return { currentFees, advanceOne, launch, transactionOf };
}

/** A signer that cannot sign now may later: until then the order waits. */
function unlessSigning(error: unknown): undefined {
  if (error instanceof SigningError) return undefined;
  throw error;
}

/** There is nothing in a cancellation that anybody could take: where the relay alone does not get it mined, all may see it. */
function wayOf({ mempool, attempts }: Booked, { kind, sequence }: store.AttemptRow): Exclude<Mempool, 'auto'> {
  const isAgain = kind === 'cancel' && attempts.some((other) => other.kind === 'cancel' && other.sequence < sequence);
  return isAgain || mempool === 'public' ? 'public' : 'private';
}

/** A cancellation goes by itself: it must not wait for others. */
function isBundled({ mempool }: Booked, { kind }: store.AttemptRow): boolean {
  return mempool === 'bundle' && kind === 'call';
}

function isOpen({ state }: store.TransactionRow): boolean {
  return !isFinal(state) && state !== 'mined';
}
