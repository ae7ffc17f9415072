import pg from 'pg';
import { keccak256, parseEventLogs, type Address, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { ERC20 } from '../../../src/execution/chains/abis.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { startReceiver } from '../../support/app.ts';
import type { EvmChain } from '../../support/evmChain.ts';
import { poolPricing } from '../../venues/aggregators/pricing.ts';
import { configOf, startServer } from '../../venues/aggregators/stage.ts';
import { startChainNode } from '../../venues/chainNode.ts';
import { startRelay } from '../../venues/relay.ts';
import { startChainHedge } from './chainHedge.ts';

/** The one that only an aggregator knows: 0.01 %, WETH and USDC. */
const HIDDEN_TIER = { feePips: 100, tickSpacing: 1, ether: 300 };

/** What was quoted, as the order's decision keeps it; base units. */
export interface Decision {
  block: string;
  amount: string;
  expected: string;
  pools: { address: Address; amountIn: string; amountOut: string }[];
  aggregator: string | null;
  quotes: { aggregator: string; amountIn: string; amountOut: string }[];
}

export interface Moved {
  token: Address;
  from: Address;
  to: Address;
  amount: bigint;
}

export type PrivateHedge = Awaited<ReturnType<typeof startPrivateHedge>>;

/**
 * Ballast on a chain with a Flashbots relay, and with an aggregator that knows a pool that Ballast does not. Blocks come as long as the
 * stage is there, and have in them what the relay holds.
 */
export async function startPrivateHedge() {
  const relays: Awaited<ReturnType<typeof startRelay>>[] = [];
  const nodes: Awaited<ReturnType<typeof startChainNode>>[] = [];
  const servers: { close(): Promise<void> }[] = [];
  let hidden: Address = '0x';
  const configure = async ({ anvil, market }: EvmChain) => {
    const { feePips, tickSpacing, ether } = HIDDEN_TIER;
    hidden = await market.openPool(feePips, tickSpacing, ether);
    const server = await startServer('zeroex', poolPricing(anvil, market, feePips), systemClock as never);
    servers.push(server);
    nodes.push(await startChainNode(anvil.url));
    relays.push(await startRelay(anvil.url, 'flashbots'));
    return {
      ...{ rpcUrl: nodes[0]!.url, aggregators: [configOf('zeroex', server.url, market.swapRouter02)] },
      relays: [{ kind: 'flashbots', url: relays[0]!.url, authKey: generatePrivateKey() } as const],
    };
  };
  const stage = await startChainHedge(configure);
  const { app, chain } = stage;
  const hooks = await startReceiver();
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
  const [relay, node] = [relays[0]!, nodes[0]!];
  relay.withholds = true;
  const building = new AbortController();
  const built = (async () => {
    while (!building.signal.aborted) {
      await systemClock.sleep(100, building.signal);
      await relay.release();
      await chain.anvil.mine();
    }
  })();
  const database = new pg.Client({ connectionString: app.config.databaseUrl });
  await database.connect();
  return {
    ...{ ...stage, hooks, relay, node, hidden },
    hashOf: (raw: Hex): Hex => keccak256(raw),
    async decision(clientOrderId: string): Promise<Decision> {
      const { rows } = await database.query('SELECT decision FROM chain_order WHERE client_order_id = $1', [
        clientOrderId,
      ]);
      return (rows[0] as { decision: Decision }).decision;
    },
    /** What a mined transaction moved, and its block. */
    async mined(hash: Hex): Promise<{ block: bigint; from: Address; moved: Moved[] }> {
      const receipt = await chain.anvil.public.getTransactionReceipt({ hash });
      const transfers = parseEventLogs({ abi: ERC20, eventName: 'Transfer', logs: receipt.logs });
      const moved = transfers.map(({ address, args }) => ({
        ...{ token: lower(address), from: lower(args.from), to: lower(args.to), amount: args.value },
      }));
      return { block: receipt.blockNumber, from: lower(receipt.from), moved };
    },
    async stop() {
      building.abort();
      await built;
      await database.end();
      hooks.close();
      await stage.stop();
      for (const each of [...relays, ...nodes, ...servers]) await each.close();
    },
  };
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
