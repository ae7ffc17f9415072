import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePrivateKey } from 'viem/accounts';
import type { Execution } from '../src/execution/model.ts';
import type { HedgePlan } from '../src/hedging/model.ts';
import { systemClock } from '../src/platform/clock.ts';
import { startEvmChain, type EvmChain } from '../test/support/evmChain.ts';
import { poolPricing } from '../test/venues/aggregators/pricing.ts';
import { configOf, startServer } from '../test/venues/aggregators/stage.ts';
import { startChainNode } from '../test/venues/chainNode.ts';
import { startRelay } from '../test/venues/relay.ts';
import { quantile, startPostgres, startService, wait, type Service } from './service.ts';

// How soon a plan that was accepted is on its way to a block: pools, an aggregator and a relay on this machine, the service over HTTP.

const WARM_UP = 5;
const RUNS = 40;
const GOAL_P50_MS = 200;
const BLOCK_MS = 50;
const MARKET = {
  ...{ asOf: '2030-11-01T08:00:00.000Z', source: 'bench' },
  underlyings: [{ underlying: 'ETH', spot: { mark: 3_000 }, volatility: { type: 'flat', vol: 0.7 } }],
};
const BOOK = { name: 'bench', asOf: MARKET.asOf, positions: [{ instrument: 'spot:ETH/USD', quantity: '0.5' }] };
const PLAN = { targets: [{ underlying: 'ETH' }], instruments: [{ instrument: 'spot:ETH/USD' }], collarBps: 500 };

export async function benchExecution() {
  const [chain, postgres] = await Promise.all([startEvmChain(), startPostgres()]);
  const folder = await mkdtemp(join(tmpdir(), 'ballast-bench-venues-'));
  const venues = await startVenues(chain);
  let service: Service | undefined;
  try {
    const venuesFile = join(folder, 'venues.json');
    await writeFile(venuesFile, JSON.stringify(venues.file));
    service = await startService(postgres.url, undefined, venuesFile);
    await service.call('POST', '/v1/market-snapshots', MARKET);
    const accountId = await newAccount(service, chain);
    const runs: Run[] = [];
    for (let i = 0; i < WARM_UP + RUNS; i++) {
      const run = await execute(service, venues, accountId);
      if (i >= WARM_UP) runs.push(run);
    }
    const part = (name: keyof Run, share: number) =>
      quantile(
        runs.map((run) => run[name]),
        share,
      );
    return {
      name: `execution: plan accepted → transactions broadcast, pools, aggregator and relay on this machine, ${RUNS} runs`,
      metrics: {
        goalP50Ms: GOAL_P50_MS,
        p50Ms: part('broadcast', 0.5),
        p95Ms: part('broadcast', 0.95),
        acceptP50Ms: part('accept', 0.5),
        untilFirstCallP50Ms: part('untilFirstCall', 0.5),
        nodeCalls: part('nodeCalls', 0.5),
        endedP50Ms: part('ended', 0.5),
      },
    };
  } finally {
    await service?.stop();
    await venues.stop();
    await postgres.stop();
    chain.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from the answer to `POST …/execution`; `accept` is until that answer. */
interface Run {
  accept: number;
  /** A worker has taken it up, and asks the chain the first thing. */
  untilFirstCall: number;
  /** The relay has the approval and the swap. */
  broadcast: number;
  ended: number;
  /** Of the node until then, a number. */
  nodeCalls: number;
}

async function execute(service: Service, venues: Venues, accountId: string): Promise<Run> {
  const { id } = await service.call<{ id: string }>('POST', '/v1/portfolios', BOOK);
  const asked = await service.call<HedgePlan>('POST', `/v1/portfolios/${id}/hedge-plans`, PLAN);
  await ended(service, `/v1/hedge-plans/${asked.id}`);
  const began = performance.now();
  const seen = venues.watch();
  const request = { venue: 'onchain', accountId, mempool: 'private' };
  const execution = await service.call<Execution>('POST', `/v1/hedge-plans/${asked.id}/execution`, request);
  const accepted = performance.now();
  const broadcast = await seen.bundle;
  const { result } = await ended<Execution>(service, `/v1/executions/${execution.id}`);
  if (result?.outcome !== 'completed') throw new Error(`the hedge was not traded: ${JSON.stringify(result)}`);
  return {
    accept: accepted - began,
    untilFirstCall: (await seen.firstCall) - accepted,
    broadcast: broadcast - accepted,
    ended: performance.now() - accepted,
    nodeCalls: seen.calls(),
  };
}

async function ended<T extends { status: string }>(service: Service, path: string): Promise<T> {
  for (;;) {
    const found = await service.call<T & { problem: unknown }>('GET', path);
    if (found.status === 'succeeded') return found;
    if (found.status === 'failed') throw new Error(JSON.stringify(found.problem));
    await wait(5);
  }
}

async function newAccount(service: Service, chain: EvmChain): Promise<string> {
  const trader = await chain.fund({ WETH: 1_000 }, 100);
  const signer = { kind: 'local', privateKey: trader.key };
  const credentials = { venue: 'onchain', chain: 'local', address: trader.address, signer };
  return (await service.call<{ id: string }>('POST', '/v1/venue-accounts', { name: 'bench', credentials })).id;
}

type Venues = Awaited<ReturnType<typeof startVenues>>;

/** The node is seen through one that counts its calls, which costs a millisecond or so for each. */
async function startVenues({ anvil, market, venuesFile }: EvmChain) {
  const [node, relay, aggregator] = await Promise.all([
    startChainNode(anvil.url),
    startRelay(anvil.url, 'flashbots'),
    startServer('zeroex', poolPricing(anvil, market, 3_000), systemClock as never),
  ]);
  const mining = setInterval(() => void anvil.mine(), BLOCK_MS);
  return {
    file: venuesFile({
      ...{ rpcUrl: node.url, aggregators: [configOf('zeroex', aggregator.url, market.swapRouter02)] },
      relays: [{ kind: 'flashbots', url: relay.url, authKey: generatePrivateKey() }],
    }),
    /** When things happen from now on. */
    watch() {
      const [taken, before] = [relay.bundles.length, node.methods.length];
      let called = before;
      const until = async (isThere: () => boolean): Promise<number> => {
        while (!isThere()) await wait(1);
        return performance.now();
      };
      const bundle = until(() => relay.bundles.length > taken).then((at) => {
        called = node.methods.length;
        return at;
      });
      return {
        ...{ bundle, calls: () => called - before },
        firstCall: until(() => node.methods.length > before),
      };
    },
    async stop() {
      clearInterval(mining);
      await Promise.all([node.close(), relay.close(), aggregator.close()]);
    },
  };
}
