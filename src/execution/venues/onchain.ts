import { size, type Address, type Hex } from 'viem';
import { Problem } from '../../platform/problem.ts';
import { Overtaken } from '../chains/book.ts';
import { findBooked, type BookedOrder } from '../chains/booked.ts';
import { hasIntentEnded } from '../chains/intentState.ts';
import { newOrder } from '../chains/newOrder.ts';
import { openedChain, type ChainDeps, type OpenedChain } from '../chains/openedChain.ts';
import { openOrdersOn } from '../chains/openOrders.ts';
import { reportOf } from '../chains/report.ts';
import { openSigner, type OnchainSecrets } from '../chains/signer.ts';
import { isFinal } from '../chains/transactionState.ts';
import { SIGNATURE_BYTES } from '../chains/typedData.ts';
import type {
  AcceptSignature,
  OpenAccount,
  OrderRef,
  OrderReport,
  Venue,
  VenueAccountRef,
  VenueOrder,
} from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';

export interface OnchainDeps extends ChainDeps {
  chains: readonly ChainConfig[];
  openAccount: OpenAccount;
}

export interface OnchainVenue extends Venue {
  acceptSignature: AcceptSignature;
}

/**
 * Trades spot on the pools of a chain, directly and by aggregators, and through services that have others settle what is signed. An order
 * is a few transactions with consecutive nonces: what has to be approved, then what swaps; or what is settled by others. Each look brings them as far as they go; what they filled is told once it is as deep as the chain's
 * configuration asks for, from the logs of the receipts.
 */
export function onchainVenue(deps: OnchainDeps): OnchainVenue {
  const { db, openAccount } = deps;
  const chains = new Map(deps.chains.map((config) => [config.name, openedChain(deps, config)]));

  const chainOf = (name: string): OpenedChain => {
    const chain = chains.get(name);
    if (!chain) throw new Error(`the chain ${name} is not set up here`);
    return chain;
  };

  const chainsOf = ({ chain, otherChains = [] }: OnchainSecrets): OpenedChain[] =>
    [...new Set([chain, ...otherChains])].map(chainOf);

  const secretsOf = async (account: VenueAccountRef): Promise<OnchainSecrets> => {
    const { secrets } = await openAccount(account);
    if (secrets.venue !== 'onchain') throw new Error(`account ${account.accountId} is not on a chain`);
    return secrets;
  };

  const find = ({ tenantId, clientOrderId }: OrderRef) => findBooked(db, tenantId, clientOrderId);

  /** Brings an order that is there as far as it goes, and tells where it stands. */
  const look = async (booked: BookedOrder, ref: OrderRef, fresh = false): Promise<OrderReport> => {
    const { book, config, intents } = chainOf(booked.order.chain);
    const { tenant_id: tenantId, account_id: accountId } = booked.order;
    const isOut = booked.intent !== undefined && !hasIntentEnded(booked.intent.state);
    if (!isOut && booked.transactions.every(({ state }) => isFinal(state))) return reportOf(booked, config, undefined);
    const signer = openSigner(await secretsOf({ tenantId, accountId }), deps.clock);
    const approved = await book.advance(booked, signer, { fresh, isCalledOff: ref.isCalledOff });
    const advanced = isOut ? await intents.advance(approved, signer, ref.isCalledOff) : approved;
    const asked = () => book.signatureRequest(advanced) ?? intents.signatureRequest(advanced);
    return reportOf(advanced, config, signer ? undefined : asked());
  };

  const take = async (order: VenueOrder): Promise<OrderReport> => {
    const account = { tenantId: order.tenantId, accountId: order.accountId! };
    const secrets = await secretsOf(account);
    await written(order, secrets);
    return look((await find(order))!, order, true);
  };

  /** Decides on the order and writes it down, once more where another one came between. */
  const written = async (order: VenueOrder, secrets: OnchainSecrets, tries = 3): Promise<void> => {
    const { opened, found } = await newOrder(chainsOf(secrets), order, secrets, deps.clock);
    try {
      await opened.book.take(found);
    } catch (error) {
      if (error instanceof Overtaken && tries > 1) return written(order, secrets, tries - 1);
      if (!(error instanceof Problem)) throw error;
      await opened.book.take({ ...found, parts: [], intent: null, rejection: error.message });
    }
  };

  return {
    async submit(order) {
      const known = await find(order);
      return known ? look(known, order) : take(order);
    },

    async lookup(ref) {
      const known = await find(ref);
      return known && look(known, ref);
    },

    async cancel(ref) {
      const known = await find(ref);
      if (!known) return undefined;
      await chainOf(known.order.chain).book.requestCancel(ref.tenantId, ref.clientOrderId);
      return look((await find(ref))!, ref);
    },

    async openOrders(account) {
      const secrets = await secretsOf(account);
      return openOrdersOn(chainsOf(secrets), account.tenantId, secrets.address as Address);
    },

    async acceptSignature(ref, signed, requireWanted) {
      const known = await find(ref);
      if (!known) throw new Problem('conflict', 'The order does not wait for a signature');
      const { book, intents } = chainOf(known.order.chain);
      const isOfIntent = known.intent && size(signed as Hex) <= SIGNATURE_BYTES;
      await (isOfIntent ? intents : book).accept(known, signed as Hex, requireWanted);
    },
  };
}
