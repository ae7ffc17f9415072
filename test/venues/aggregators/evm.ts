import type { Aggregator } from '../../../src/execution/aggregators/port.ts';
import { aggregatorsOf } from '../../../src/execution/aggregators/select.ts';
import type { OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { VenuesConfigSchema, type AggregatorConfig, type PoolConfig } from '../../../src/execution/venuesModel.ts';
import type { OrderReport, VenueOrder } from '../../../src/execution/ports.ts';
import type { EvmStage } from '../../support/evmStage.ts';
import { poolPricing, type Dealer } from './pricing.ts';
import type { AggregatorServer } from './server.ts';
import { configOf, startServer, type Name } from './stage.ts';

// Aggregators of ours that price on the pools of a real EVM, beside the on-chain venue that asks them.

export type PricedServer = AggregatorServer & Dealer;

export interface Decision {
  expected: string;
  aggregator: string | null;
  pools: object[];
  refused: { aggregator: string; code: string; detail: string }[];
  quotes: { aggregator: string; amountOut: string }[];
}

/** One that prices on the concentrated pool of each fee. */
export async function startServers(stage: EvmStage, fees: Partial<Record<Name, number>>): Promise<PricedServer[]> {
  const { anvil, market, clock } = stage;
  return Promise.all(
    Object.entries(fees).map(([name, fee]) =>
      startServer(name as Name, poolPricing(anvil, market, fee), clock as never),
    ),
  );
}

/** A venue that asks them, and knows of the pools that are named. */
export function venueBeside(
  stage: EvmStage,
  servers: readonly PricedServer[],
  names: readonly Name[],
  pools: PoolConfig[],
  quoteDeadlineMs = 2_000,
): OnchainVenue {
  const aggregators: AggregatorConfig[] = names.map((name, i) =>
    configOf(name, servers[i]!.url, stage.market.swapRouter02),
  );
  const changes = { aggregators, pools, quoteDeadlineMs, maxShortfallBps: 500 };
  const [config] = VenuesConfigSchema.parse(stage.venuesFile(changes)).chains;
  const opened: Aggregator[] = aggregatorsOf(config!, { clock: stage.clock });
  return stage.open(changes, opened);
}

/** Sells so much ETH, and tells what was decided, reported and received. */
export async function sold(
  stage: EvmStage,
  venue: OnchainVenue,
  quantity: string,
): Promise<{ report: OrderReport; decision: Decision; received: bigint }> {
  const trader = await stage.fund({ WETH: 300 });
  const order: VenueOrder = stage.order(await stage.account(trader), { quantity, limitPrice: '2000' });
  await venue.submit(order);
  const report = await stage.settled(order, venue);
  const [row] = await stage.database.db.system((tx) =>
    tx.query<{ decision: Decision }>('SELECT decision FROM chain_order WHERE client_order_id = $1', [
      order.clientOrderId,
    ]),
  );
  return { report, decision: row!.decision, received: await stage.held('USDC', trader.address) };
}
