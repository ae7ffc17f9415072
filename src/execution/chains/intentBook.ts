import type { Address, Hex } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { Problem } from '../../platform/problem.ts';
import { IntentRefused, type IntentReport, type IntentService } from '../aggregators/intents.ts';
import { QuoteFailure } from '../aggregators/port.ts';
import type { OrderRef, SignatureRequest } from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';
import type { BookedOrder } from './booked.ts';
import { within } from './deadline.ts';
import { lookAtIntent, type IntentSeen } from './intentSight.ts';
import {
  hasIntentEnded,
  isIntentOut,
  nextIntentStep,
  type IntentPace,
  type IntentStanding,
  type IntentStep,
} from './intentState.ts';
import * as store from './intentStore.ts';
import { same } from './poolReader.ts';
import type { Chain } from './rpc.ts';
import { walletData, type Signer } from './signer.ts';
import { hasFailed } from './transactionState.ts';
import { canonical, isSignedBy, signedBy, wrongSigner } from './typedData.ts';

export interface IntentBookDeps {
  db: Database;
  clock: Clock;
  chain: Chain;
  config: ChainConfig;
  services: readonly IntentService[];
}

export type IntentBook = ReturnType<typeof createIntentBook>;

/** In one look; more is for the next. */
const MOST_STEPS = 6;
const SERVICE_TIMEOUT_MS = 10_000;

/**
 * Orders that others settle. Each is written down before it is signed, what is signed before it is sent, and everything can be done again:
 * after a crash at any instruction the next look goes on from the row, from what the service has, and from what the chain says.
 */
export function createIntentBook({ db, clock, chain, config, services }: IntentBookDeps) {
  /** When each was last asked about; services do not like to be asked at every look. Forgetting it does no harm. */
  const asked = new Map<string, number>();

  const serviceOf = ({ service: name }: store.IntentRow): IntentService => {
    const found = services.find((each) => each.name === name);
    if (!found) throw new Error(`the service ${name} is not set up on ${config.name}`);
    return found;
  };

  /** Null: it cannot be told now. */
  const toldOf = async (service: IntentService, row: store.IntentRow): Promise<IntentReport | null | undefined> => {
    const [now, before] = [clock.now().getTime(), asked.get(row.uid)];
    if (before !== undefined && now - before < config.blockTimeMs) return null;
    asked.set(row.uid, now);
    try {
      return await within(clock, SERVICE_TIMEOUT_MS, (signal) => service.lookup(row.intent, signal));
    } catch (error) {
      if (error instanceof QuoteFailure) return null;
      throw error;
    }
  };

  const sightOf = async (row: store.IntentRow): Promise<IntentSeen> => {
    if (!isIntentOut(row.state)) return UNSEEN;
    const service = serviceOf(row);
    const told = row.state === 'mined' ? null : await toldOf(service, row);
    const taken = await db.tenant(row.tenant_id, (tx) => store.settlementsOfOthers(tx, row));
    return lookAtIntent({ chain, service, confirmations: config.confirmations, told, taken }, row);
  };

  const pace = (signer: Signer | undefined): IntentPace => ({
    ...{ now: clock.now(), confirmations: config.confirmations, resendMs: config.blockTimeMs },
    canSign: signer !== undefined,
  });

  const standingOf = ({ order, transactions }: BookedOrder, row: store.IntentRow): IntentStanding => {
    const { state, sends, refusals, reason, intent, settlement } = row;
    const isPossible = serviceOf(row).cancellation !== undefined && row.cancel_taken_at === null;
    return {
      ...{ state, sends, refusals, detail: reason, approvals: approvalsOf(transactions) },
      ...{ sentAt: row.sent_at === null ? null : new Date(row.sent_at), validTo: new Date(intent.validTo * 1_000) },
      cancelRequested: order.cancel_requested_at !== null,
      cancellation: isPossible ? (row.cancel_signature === null ? 'unsigned' : 'signed') : 'none',
      settled: settlement && { hash: settlement.hash, blockHash: settlement.blockHash },
    };
  };

  /** Does the step, and answers whether there may be more to do at once. */
  const apply = async (
    row: store.IntentRow,
    step: Exclude<IntentStep, { do: 'wait' }>,
    { settlement }: IntentSeen,
    signer: Signer | undefined,
    isCalledOff: OrderRef['isCalledOff'],
  ): Promise<boolean> => {
    const { client_order_id: id } = row;
    switch (step.do) {
      case 'move': {
        const told = step.to === 'mined' ? { settlement } : step.to === 'open' ? { settlement: null } : {};
        const reason = step.to === 'refused' ? row.reason : step.reason;
        await inBook(row, (tx) => store.moveIntent(tx, id, row.state, step.to, { reason, ...told }, clock.now()));
        return step.to !== 'awaiting_signature';
      }
      case 'sign': {
        const signature = await signedBy(signer!, row.intent.typedData);
        // Signing may have taken long; what is not sent can be given up.
        const isWanted = signature !== undefined && !(await isCalledOff?.());
        if (isWanted) await launch(row, signature);
        return isWanted;
      }
      case 'send':
        if (await isCalledOff?.()) return false;
        await transmit(row);
        return true;
      case 'sign_cancellation': {
        const signature = await signedBy(signer!, serviceOf(row).cancellation!(row.intent));
        if (signature) await inBook(row, (tx) => store.saveCancelSignature(tx, id, signature, clock.now()));
        return signature !== undefined;
      }
      case 'send_cancellation':
        await takeBack(row);
        return false;
    }
  };

  const inBook = <T>({ tenant_id: tenantId }: store.IntentRow, work: (tx: Tx) => Promise<T>) =>
    db.tenant(tenantId, work);

  /** Writes down what was signed, then sends it; nothing when it was decided otherwise meanwhile. */
  const launch = async (row: store.IntentRow, signature: Hex): Promise<void> => {
    const { client_order_id: id } = row;
    const isWanted = await inBook(row, async (tx) => {
      const now = clock.now();
      const { state } = await store.lockIntent(tx, id);
      if (isIntentOut(state) || hasIntentEnded(state) || (await store.lockCancelRequest(tx, id))) return false;
      await store.saveSignature(tx, id, signature, now);
      await store.countIntentSend(tx, id, now);
      return store.moveIntent(tx, id, state, 'signed', { reason: null }, now);
    });
    if (isWanted) await deliver({ ...row, signature });
  };

  const transmit = async (row: store.IntentRow): Promise<void> => {
    const isWanted = await inBook(row, async (tx) => {
      const { state } = await store.lockIntent(tx, row.client_order_id);
      if (!isIntentOut(state) || (await store.lockCancelRequest(tx, row.client_order_id))) return false;
      await store.countIntentSend(tx, row.client_order_id, clock.now());
      return true;
    });
    if (isWanted) await deliver(row);
  };

  /** What is not answered is looked up at the next look. */
  const deliver = async (row: store.IntentRow): Promise<void> => {
    const { client_order_id: id, intent, signature } = row;
    try {
      await within(clock, SERVICE_TIMEOUT_MS, (signal) => serviceOf(row).submit(intent, signature!, signal));
      await inBook(row, (tx) => store.moveIntent(tx, id, 'signed', 'open', { reason: null }, clock.now()));
    } catch (error) {
      if (error instanceof IntentRefused)
        await inBook(row, (tx) => store.countIntentRefusal(tx, id, error.message, clock.now()));
      else if (!(error instanceof QuoteFailure)) throw error;
    }
  };

  const takeBack = async (row: store.IntentRow): Promise<void> => {
    try {
      const { intent, cancel_signature: signature } = row;
      await within(clock, SERVICE_TIMEOUT_MS, (signal) => serviceOf(row).cancel!(intent, signature!, signal));
      await inBook(row, (tx) => store.saveCancelTaken(tx, row.client_order_id, clock.now()));
    } catch (error) {
      if (!(error instanceof QuoteFailure)) throw error; // at the next look again
    }
  };

  return {
    /** Brings the order as far as it goes now; what has to be approved for it is brought forward by others. */
    async advance(
      booked: BookedOrder,
      signer: Signer | undefined,
      isCalledOff: OrderRef['isCalledOff'],
    ): Promise<BookedOrder> {
      let row = booked.intent!;
      for (let steps = 0; steps < MOST_STEPS && !hasIntentEnded(row.state); steps++) {
        const seen = await sightOf(row);
        const isNew = seen.hashes.some((hash) => !row.hashes.includes(hash));
        if (isNew) await inBook(row, (tx) => store.saveHashes(tx, row.client_order_id, seen.hashes, clock.now()));
        const step = nextIntentStep(standingOf(booked, row), seen.sight, pace(signer));
        if (step.do === 'wait') break;
        const goesOn = await apply(row, step, seen, signer, isCalledOff);
        row = (await inBook(row, (tx) => store.findIntent(tx, row.client_order_id)))!;
        if (!goesOn) break;
      }
      if (hasIntentEnded(row.state)) asked.delete(row.uid);
      return { ...booked, intent: row };
    },

    /** What the client is to sign next, undefined when that is nothing. */
    signatureRequest({ order, intent: row }: BookedOrder): SignatureRequest | undefined {
      const wanted = row && wantedOf(order.cancel_requested_at !== null, row);
      return wanted && { kind: 'typed_data', payload: walletData(wanted.data) };
    },

    /**
     * Takes what the client has signed and sends it. The same signature again changes nothing.
     *
     * @param requireWanted asked before anything but a cancellation is sent
     * @throws Problem `validation_failed` it is no signature of the owner's of what was asked for; `conflict` nothing is asked for
     */
    async accept({ order, intent }: BookedOrder, signed: Hex, requireWanted: () => Promise<void>): Promise<void> {
      const row = intent!;
      const signature = canonical(signed);
      if ([row.signature, row.cancel_signature].some((known) => known !== null && same(known, signature))) return;
      const wanted = wantedOf(order.cancel_requested_at !== null, row);
      if (!wanted) throw new Problem('conflict', 'The order does not wait for a signature');
      if (!(await isSignedBy(row.intent.owner, wanted.data, signature))) throw wrongSigner(row.intent.owner);
      if (wanted.for === 'order') {
        await requireWanted();
        return launch(row, signature);
      }
      await inBook(row, (tx) => store.saveCancelSignature(tx, row.client_order_id, signature, clock.now()));
      await takeBack({ ...row, cancel_signature: signature });
    },

    /** Those under way for the address. */
    open: (tenantId: string, address: Address): Promise<store.OpenIntent[]> =>
      db.tenant(tenantId, (tx) => store.openIntents(tx, config.chainId, address)),
  };

  /** What the owner is asked to sign of it now. */
  function wantedOf(isCanceling: boolean, row: store.IntentRow) {
    if (row.state === 'awaiting_signature') return { for: 'order', data: row.intent.typedData } as const;
    const { cancellation } = serviceOf(row);
    const isOut = row.state === 'signed' || row.state === 'open';
    if (!isCanceling || !isOut || !cancellation || row.cancel_signature !== null) return undefined;
    return { for: 'cancellation', data: cancellation(row.intent) } as const;
  }
}

const UNSEEN: IntentSeen = {
  sight: { head: 0n, settlement: null, isOver: false, told: null },
  ...{ settlement: null, hashes: [] },
};

/** Mined is enough: where its block goes the order cannot be settled, and nothing is lost. */
function approvalsOf(transactions: BookedOrder['transactions']): IntentStanding['approvals'] {
  if (transactions.some(({ state }) => hasFailed(state))) return 'failed';
  return transactions.every(({ receipt }) => receipt?.kind === 'call' && receipt.success) ? 'done' : 'pending';
}
