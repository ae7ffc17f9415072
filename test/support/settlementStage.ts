import type { Hex } from 'viem';
import type { IntentService } from '../../src/execution/aggregators/intents.ts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import type { ChainConfig } from '../../src/execution/venuesModel.ts';
import type { Database } from '../../src/platform/database.ts';
import { startEvmStage, type EvmStage } from './evmStage.ts';
import { deploySettlement, type SettlementMarket } from './settlementMarket.ts';

// The on-chain venue with services that have others settle signed orders.

export interface ChainDecision {
  expected: string;
  intent: { service: string; uid: Hex } | null;
  aggregator: string | null;
  pools: object[];
  refused: { aggregator: string; code: string }[];
}

export interface SettlementStage extends EvmStage {
  services: SettlementMarket;
  /** Beside a pool that pays less for ten ether than the one that the services price on; or the better ones of ours, or none. */
  openWith(
    services?: IntentService[],
    pools?: 'thin' | 'deep' | 'none',
    changes?: Partial<ChainConfig>,
    db?: Database,
  ): OnchainVenue;
  decisionOf(order: VenueOrder): Promise<ChainDecision>;
  /** The service's name of the order. */
  uidOf(order: VenueOrder): Promise<Hex>;
  /** Looks at the order, mining in between, until the service (CoW when left out) has it; answers its name there. */
  handedIn(venue: OnchainVenue, order: VenueOrder, orders?: ReadonlyMap<Hex, object>): Promise<Hex>;
  /** Lets so much time pass, for us, for the services and then on the chain, in so many blocks. */
  pass(seconds: number, blocks?: number): Promise<void>;
}

export async function startSettlementStage(): Promise<SettlementStage> {
  const stage = await startEvmStage({ confirmations: 2, blockTimeMs: 1 });
  const services = await deploySettlement(stage, stage.clock);
  const { v2, v3low, v3mid } = stage.market.pools;
  const own = {
    thin: [{ type: 'uniswap_v2' as const, address: v2, feePips: 3_000 }],
    deep: [v3low, v3mid].map((address) => ({ type: 'uniswap_v3' as const, address })),
    none: [],
  };
  const decisionOf: SettlementStage['decisionOf'] = async ({ clientOrderId }) => {
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{ decision: ChainDecision }>('SELECT decision FROM chain_order WHERE client_order_id = $1', [
        clientOrderId,
      ]),
    );
    return row!.decision;
  };
  const uidOf: SettlementStage['uidOf'] = async (order) => (await decisionOf(order)).intent!.uid;
  return {
    ...{ ...stage, services, decisionOf, uidOf },
    openWith(with_ = [services.services.cow], pools = 'thin', changes = {}, db = stage.database.db) {
      const { cow, gasless, fusion } = services.configs;
      const aggregators = [cow, gasless, fusion];
      const limits = { quoteDeadlineMs: 400, maxShortfallBps: 50 };
      return stage.open({ pools: own[pools], aggregators, ...limits, ...changes }, [], db, with_);
    },
    async handedIn(venue, order, orders = services.cow.orders) {
      await venue.submit(order);
      const uid = await uidOf(order);
      for (let looks = 0; looks < 5 && !orders.has(uid); looks++) {
        await stage.anvil.mine();
        await venue.lookup(order);
      }
      return uid;
    },
    async pass(seconds, blocks = 4) {
      stage.clock.ahead(seconds * 1_000);
      await stage.anvil.rpc('evm_setNextBlockTimestamp', [Math.ceil(stage.clock.now().getTime() / 1_000)]);
      await stage.anvil.mine(blocks);
    },
    async close() {
      await services.close();
      await stage.close();
    },
  };
}
