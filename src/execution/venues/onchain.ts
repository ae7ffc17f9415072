import type { Address, Hex } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Ids } from '../../platform/ids.ts';
import { Problem } from '../../platform/problem.ts';
import type { Aggregator } from '../aggregators/port.ts';
import { createTransactionBook, Overtaken, type NewOrder, type TransactionBook } from '../chains/book.ts';
import { findBooked, type BookedOrder } from '../chains/booked.ts';
import { decide, type DecisionDeps } from '../chains/decision.ts';
import { chooseMempool } from '../chains/mempool.ts';
import { openOrdersOf } from '../chains/openOrders.ts';
import { createPoolReader } from '../chains/poolReader.ts';
import { fateOf, openRelay, sendPrivately, sendTogether } from '../chains/relays.ts';
import { reportOf } from '../chains/report.ts';
import { openChain } from '../chains/rpc.ts';
import { openSigner, SigningError, type OnchainSecrets } from '../chains/signer.ts';
import { isFinal } from '../chains/transactionState.ts';
import { Unworkable, wantedOf } from '../chains/wanted.ts';
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

export interface OnchainDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  chains: readonly ChainConfig[];
  openAccount: OpenAccount;
  /** Those that are configured for a chain. */
  aggregatorsOf: (chain: ChainConfig) => Aggregator[];
}

export interface OnchainVenue extends Venue {
  acceptSignature: AcceptSignature;
}

interface OpenedChain extends DecisionDeps {
  book: TransactionBook;
}

/**
 * Trades spot on the pools of a chain, directly and by aggregators. An order is a few transactions with consecutive nonces: what has to
 * be approved, then what swaps. Each look brings them as far as they go; what they filled is told once it is as deep as the chain's
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

  const secretsOf = async (account: VenueAccountRef): Promise<OnchainSecrets> => {
    const { secrets } = await openAccount(account);
    if (secrets.venue !== 'onchain') throw new Error(`account ${account.accountId} is not on a chain`);
    return secrets;
  };

  const find = ({ tenantId, clientOrderId }: OrderRef) => findBooked(db, tenantId, clientOrderId);

  /** Brings an order that is there as far as it goes, and tells where it stands. */
  const look = async (booked: BookedOrder, fresh = false): Promise<OrderReport> => {
    const { book, config } = chainOf(booked.order.chain);
    const { tenant_id: tenantId, account_id: accountId } = booked.order;
    const isOpen = booked.transactions.some(({ state }) => !isFinal(state));
    if (!isOpen) return reportOf(booked, config, undefined);
    const signer = openSigner(await secretsOf({ tenantId, accountId }), deps.clock);
    const advanced = await book.advance(booked, signer, fresh);
    return reportOf(advanced, config, signer ? undefined : book.signatureRequest(advanced));
  };

  const take = async (order: VenueOrder): Promise<OrderReport> => {
    const account = { tenantId: order.tenantId, accountId: order.accountId! };
    const secrets = await secretsOf(account);
    const chain = chainOf(secrets.chain);
    await written(chain, order, secrets);
    return look((await find(order))!, true);
  };

  /** Decides on the order and writes it down, once more where another one came between. */
  const written = async (chain: OpenedChain, order: VenueOrder, secrets: OnchainSecrets, tries = 3): Promise<void> => {
    const found = await newOrder(chain, order, secrets);
    try {
      await chain.book.take(found);
    } catch (error) {
      if (error instanceof Overtaken && tries > 1) return written(chain, order, secrets, tries - 1);
      if (!(error instanceof Problem)) throw error;
      await chain.book.take({ ...found, parts: [], rejection: error.message });
    }
  };

  return {
    async submit(order) {
      const known = await find(order);
      return known ? look(known) : take(order);
    },

    async lookup(ref) {
      const known = await find(ref);
      return known && look(known);
    },

    async cancel(ref) {
      const known = await find(ref);
      if (!known) return undefined;
      await chainOf(known.order.chain).book.requestCancel(ref.tenantId, ref.clientOrderId);
      return look((await find(ref))!);
    },

    async openOrders(account) {
      const { chain: name, address } = await secretsOf(account);
      const { chain, book } = chainOf(name);
      return openOrdersOf(chain, await book.open(account.tenantId, address as Address), name, address as Address);
    },

    async acceptSignature(ref, signed) {
      const known = await find(ref);
      if (!known) throw new Problem('conflict', 'The order does not wait for a signature');
      await chainOf(known.order.chain).book.accept(known, signed as Hex);
    },
  };

  /** What is to be written down of an order before anything is signed: its transactions, or why there are none. */
  async function newOrder(opened: OpenedChain, order: VenueOrder, secrets: OnchainSecrets): Promise<NewOrder> {
    const { config, book } = opened;
    const address = secrets.address.toLowerCase() as Address;
    const { tenantId, accountId, clientOrderId, symbol, side, quantity, validUntil } = order;
    const none = { address: '0x', decimals: 0 };
    const common = {
      ...{ tenantId, accountId: accountId!, clientOrderId, address, validUntil },
      isSignedByClient: secrets.signer.kind === 'client',
      asked: { symbol, side, quantity, base: none, quote: none },
      ...{ decision: {}, rejection: null, parts: [], fees: NO_FEES, mempool: 'public' as const, alone: true },
    };
    try {
      const signer = openSigner(secrets, deps.clock);
      if ((await opened.chain.chainId()) !== config.chainId)
        throw new Error(`the node of ${config.name} is on another chain than ${config.chainId}`);
      const wanted = wantedOf(order, config, address);
      const fees = await book.currentFees();
      if (!fees) throw new Unworkable(`Gas costs more than the ${config.maxFeeGwei} gwei that may be paid`);
      const alone = (await book.open(tenantId, address)).length === 0;
      const chosen = await decide(
        { ...opened, alone, ...(signer && { signTypedData: signer.signTypedData }) },
        wanted,
        fees,
      );
      const { mempool, why } = chooseMempool(order.mempool, config, wanted, chosen);
      return {
        ...common,
        asked: { symbol, side, quantity, base: wanted.base, quote: wanted.quote },
        ...{ decision: { ...chosen.record, mempool: why }, parts: chosen.parts, fees, mempool, alone },
      };
    } catch (error) {
      if (error instanceof Unworkable || error instanceof SigningError) return { ...common, rejection: error.message };
      throw error;
    }
  }

  function openedChain({ clock, ids, aggregatorsOf }: OnchainDeps, written: ChainConfig): OpenedChain {
    const config = lowerCased(written);
    const chain = openChain(config);
    const relays = config.relays.map((relay) => openRelay(relay));
    const send = (raw: Hex, mempool: 'public' | 'private') =>
      mempool === 'public' ? chain.broadcast(raw) : sendPrivately(relays, raw);
    const router = config.contracts.swapRouter02 as Address | undefined;
    return {
      ...{ clock, chain, config, aggregators: aggregatorsOf(config) },
      reader: createPoolReader(chain, config.pools, router),
      book: createTransactionBook({
        ...{ db, clock, ids, chain, config, send },
        sendTogether: (raws) => sendTogether(relays, chain, raws),
        fateOf: (hash) => fateOf(relays, hash),
      }),
    };
  }
}

/** Addresses written in mixed case carry a checksum, and the library refuses a wrong one wherever it meets it. */
function lowerCased(config: ChainConfig): ChainConfig {
  const isAddress = (value: unknown) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value);
  const reviver = (_: string, value: unknown) => (isAddress(value) ? (value as string).toLowerCase() : value);
  return JSON.parse(JSON.stringify(config), reviver) as ChainConfig;
}

const NO_FEES = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
