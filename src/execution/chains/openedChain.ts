import type { Address, Hex } from 'viem';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Ids } from '../../platform/ids.ts';
import type { IntentService } from '../aggregators/intents.ts';
import type { Aggregator } from '../aggregators/port.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { createTransactionBook, type TransactionBook } from './book.ts';
import type { DecisionDeps } from './decision.ts';
import { createIntentBook, type IntentBook } from './intentBook.ts';
import { createPoolReader } from './poolReader.ts';
import { fateOf, openRelay, sendPrivately, sendTogether } from './relays.ts';
import { openChain } from './rpc.ts';

/** A chain with all that works orders on it. */
export interface OpenedChain extends DecisionDeps {
  book: TransactionBook;
  intents: IntentBook;
}

export interface ChainDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  /** Those that are configured for a chain. */
  aggregatorsOf: (chain: ChainConfig) => Aggregator[];
  intentServicesOf: (chain: ChainConfig) => IntentService[];
}

export function openedChain(deps: ChainDeps, written: ChainConfig): OpenedChain {
  const { db, clock, ids } = deps;
  const config = lowerCased(written);
  const chain = openChain(config);
  const relays = config.relays.map((relay) => openRelay(relay));
  const send = (raw: Hex, mempool: 'public' | 'private') =>
    mempool === 'public' ? chain.broadcast(raw) : sendPrivately(relays, raw);
  const router = config.contracts.swapRouter02 as Address | undefined;
  const intentServices = deps.intentServicesOf(config);
  return {
    ...{ clock, chain, config, aggregators: deps.aggregatorsOf(config), intentServices },
    reader: createPoolReader(chain, config.pools, router),
    book: createTransactionBook({
      ...{ db, clock, ids, chain, config, send },
      sendTogether: (raws) => sendTogether(relays, chain, raws),
      fateOf: (hash) => fateOf(relays, hash),
    }),
    intents: createIntentBook({ db, clock, chain, config, services: intentServices }),
  };
}

/** Addresses written in mixed case carry a checksum, and the library refuses a wrong one wherever it meets it. */
function lowerCased(config: ChainConfig): ChainConfig {
  const isAddress = (value: unknown) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value);
  const reviver = (_: string, value: unknown) => (isAddress(value) ? (value as string).toLowerCase() : value);
  return JSON.parse(JSON.stringify(config), reviver) as ChainConfig;
}
