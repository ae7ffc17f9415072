import { randomUUID } from 'node:crypto';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { Hex } from 'viem';
import type { IntentService } from '../../src/execution/aggregators/intents.ts';
import type { Aggregator } from '../../src/execution/aggregators/port.ts';
import type { OrderReport, VenueOrder } from '../../src/execution/ports.ts';
import type { VenueAccountSecrets } from '../../src/execution/venueAccountModel.ts';
import { onchainVenue, type OnchainVenue } from '../../src/execution/venues/onchain.ts';
import { VenuesConfigSchema } from '../../src/execution/venuesModel.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/platform/database.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { NO_COSTS } from '../../src/quant/hedging/cost.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startEvmChain, type ChainFile, type EvmChain } from './evmChain.ts';

// The on-chain venue over a real EVM and a real PostgreSQL.

/** A clock that goes with the system's until it is moved ahead. */
export function movableClock(): Clock & { ahead(ms: number): void } {
  let offset = 0;
  return {
    ...systemClock,
    now: () => new Date(systemClock.now().getTime() + offset),
    ahead: (ms) => void (offset += ms),
  };
}

export interface EvmStage extends EvmChain {
  database: TestDatabase;
  clock: ReturnType<typeof movableClock>;
  venue: OnchainVenue;
  /** Another venue on the same database, as after a restart or in another process. */
  open(
    changes?: Partial<ChainFile>,
    aggregators?: Aggregator[],
    db?: Database,
    intentServices?: IntentService[],
  ): OnchainVenue;
  /** A new tenant's account that signs in the way that is told; by a local key when left out. */
  account(
    of: PrivateKeyAccount & { key: Hex },
    signer?: OnchainSecrets['signer'],
    tenantId?: string,
  ): Promise<{ tenantId: string; accountId: string }>;
  order(account: { tenantId: string; accountId: string }, rest?: Partial<VenueOrder>): VenueOrder;
  /** Looks at the order, mining in between, until it has ended. */
  settled(order: VenueOrder, venue?: OnchainVenue): Promise<OrderReport>;
  close(): Promise<void>;
}

type OnchainSecrets = Extract<VenueAccountSecrets, { venue: 'onchain' }>;

export async function startEvmStage(changes: Partial<ChainFile> = {}, args: string[] = []): Promise<EvmStage> {
  const [chain, database] = await Promise.all([startEvmChain(args), createTestDatabase()]);
  const clock = movableClock();
  const secrets = new Map<string, OnchainSecrets>();
  const open = (
    more: Partial<ChainFile> = {},
    aggregators: Aggregator[] = [],
    db = database.db,
    intentServices: IntentService[] = [],
  ): OnchainVenue => {
    const config = VenuesConfigSchema.parse(chain.venuesFile({ ...changes, ...more }));
    return onchainVenue({
      ...{ db, clock, ids: systemIds(clock), chains: config.chains, aggregatorsOf: () => aggregators },
      intentServicesOf: () => intentServices,
      openAccount: async (ref) => ({ ...ref, secrets: secrets.get(ref.accountId)! }),
    });
  };
  const venue = open();
  return {
    ...chain,
    ...{ database, clock, venue, open },
    async account({ address, key }, signer = { kind: 'local', privateKey: key }, tenantId) {
      const accountId = randomUUID();
      secrets.set(accountId, { venue: 'onchain', chain: 'local', address, signer });
      return { tenantId: tenantId ?? (await database.tenant()), accountId };
    },
    order(account, rest = {}) {
      const side = rest.side ?? 'sell';
      return {
        ...{ ...account, clientOrderId: `b${randomUUID().replaceAll('-', '').slice(0, 25)}`, symbol: 'spot:ETH/USD' },
        ...{ terms: { kind: 'spot', underlying: 'ETH', quote: 'USD' }, side, quantity: '10', lotSize: '0.000001' },
        ...{ referencePrice: '3000', limitPrice: side === 'sell' ? '2900' : '3100', costModel: NO_COSTS },
        ...{ marketSnapshotId: randomUUID(), participation: 1, mempool: 'public' },
        validUntil: new Date(clock.now().getTime() + 300_000),
        ...rest,
      };
    },
    async settled(order, at = venue) {
      for (let looks = 0; looks < 20; looks++) {
        await chain.anvil.mine();
        const report = (await at.lookup(order))!;
        if (report.status !== 'accepted' && report.status !== 'partially_filled') return report;
      }
      throw new Error(`order ${order.clientOrderId} does not end`);
    },
    async close() {
      chain.stop();
      await database.drop();
    },
  };
}
