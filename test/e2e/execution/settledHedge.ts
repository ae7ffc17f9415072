import type { Hex } from 'viem';
import type { Execution, SignatureRequest } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { startReceiver, type Received } from '../../support/app.ts';
import type { EvmChain } from '../../support/evmChain.ts';
import { movableClock } from '../../support/evmStage.ts';
import { deploySettlement, type SettlementMarket } from '../../support/settlementMarket.ts';
import { signAsAsked, startChainHedge } from './chainHedge.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const expiry = `${new Date(now.getTime() + 60 * DAY_MS).toISOString().slice(0, 10)}T08:00:00.000Z`;
const MARKET = {
  ...{ asOf: now.toISOString(), source: 'test' },
  underlyings: [
    { underlying: 'ETH', spot: { mark: 3_000 }, carry: { rate: 0.04 }, volatility: { type: 'flat', vol: 0.7 } },
  ],
};
const CALL = {
  ...{ kind: 'option', underlying: 'ETH', settlement: 'linear', optionType: 'call', strike: '3000', expiry },
};
export const HELD = { ETH: '20', USD: 1_000 };
/** Calls that were written against ether on the chain. */
const BOOK = {
  ...{ name: 'written calls', asOf: MARKET.asOf },
  positions: [
    { instrument: 'spot:ETH/USD', quantity: HELD.ETH },
    { instrument: CALL, quantity: '-10' },
  ],
};
const PLAN = {
  targets: [{ underlying: 'ETH' }],
  instruments: [{ instrument: 'spot:ETH/USD', lotSize: '0.000001' }],
  collarBps: 300,
};
/** Between blocks. Their times go ahead by a second each: no faster than an order's deadline allows for. */
const BLOCK_MS = 250;

type Trader = Awaited<ReturnType<EvmChain['fund']>>;
export type SettledHedge = Awaited<ReturnType<typeof startSettledHedge>>;

/**
 * Ballast, over HTTP, on a chain with CoW's settlement contract and a pool of our own that pays less than the one that solvers settle on.
 * Blocks come as long as the stage is there.
 */
export async function startSettledHedge() {
  const clock = movableClock();
  let services: SettlementMarket | undefined;
  const [stage, hooks] = await Promise.all([
    startChainHedge(
      async (chain) => {
        services = await deploySettlement(chain, clock);
        const pools = [{ type: 'uniswap_v2' as const, address: chain.market.pools.v2, feePips: 3_000 }];
        return { pools, aggregators: [services.configs.cow], maxShortfallBps: 50 };
      },
      { clock },
    ),
    startReceiver(),
  ]);
  const { app, chain } = stage;
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
  const building = new AbortController();
  let isBuilding = true;
  const built = (async () => {
    while (!building.signal.aborted) {
      await systemClock.sleep(BLOCK_MS, building.signal);
      if (isBuilding) await chain.anvil.mine();
    }
  })();

  const executionAt = async (path: string) => (await app.api().get(path).expect(200)).body as Execution;
  const { cow } = services!;

  return {
    ...{ ...stage, clock, hooks, cow, services: services!, executionAt },

    /** A trader with an account that signs in the way that is told. */
    async trader(signer: 'local' | 'client'): Promise<{ trader: Trader; accountId: string }> {
      const trader = await chain.fund({ WETH: Number(HELD.ETH), USDC: HELD.USD });
      const keys = signer === 'local' ? { kind: signer, privateKey: trader.key } : { kind: signer };
      return { trader, accountId: await stage.account(trader, keys) };
    },

    /** Asks for a plan that sells some of the ether, and for its execution. */
    async begin(accountId: string, validForSeconds = 300): Promise<{ portfolioId: string; path: string }> {
      await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
      const { body: portfolio } = await app.api().post('/v1/portfolios').send(BOOK).expect(201);
      const asked = await app.api().post(`/v1/portfolios/${portfolio.id}/hedge-plans`).send(PLAN).expect(202);
      const { id } = await app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
      const execution = { venue: 'onchain', accountId, validForSeconds };
      const { body } = await app.api().post(`/v1/hedge-plans/${id}/execution`).send(execution).expect(202);
      return { portfolioId: portfolio.id as string, path: `/v1/executions/${body.id}` };
    },

    /** Polls the execution until its order asks for a signature of this; answers what it asks. */
    async asked(path: string, what: string): Promise<{ id: string; request: SignatureRequest }> {
      for (let polls = 0; polls < 600; polls++) {
        const { orders } = await executionAt(path);
        const found = orders.find(({ signatureRequest }) => signatureRequest && nameOf(signatureRequest) === what);
        if (found) return { id: found.id, request: found.signatureRequest! };
        await systemClock.sleep(20);
      }
      throw new Error(`${path} asks for no signature of ${what}: ${JSON.stringify((await executionAt(path)).orders)}`);
    },

    sign: (trader: Trader, request: SignatureRequest): Promise<Hex> =>
      request.kind === 'transaction' ? signAsAsked(trader, request) : trader.signTypedData(request.payload as never),

    post: (orderId: string, signed: Hex) => app.api().post(`/v1/orders/${orderId}/signature`).send({ signed }),

    /** CoW's own name of the order, once it has it. */
    async handedIn(path: string): Promise<Hex> {
      for (let polls = 0; polls < 600; polls++) {
        const { orders } = await executionAt(path);
        const uid = orders[0]?.venueOrderId?.split('/')[1] as Hex | undefined;
        if (uid && cow.orders.has(uid)) return uid;
        await systemClock.sleep(20);
      }
      throw new Error(`CoW has no order of ${path}: ${JSON.stringify((await executionAt(path)).orders)}`);
    },

    /** What the webhook says of a rebalance of the book, once it does. */
    async told(portfolioId: string): Promise<Received> {
      for (let polls = 0; polls < 600; polls++) {
        const found = hooks.received.find(
          ({ type, data }) => type === 'rebalance.completed' && data['portfolioId'] === portfolioId,
        );
        if (found) return found;
        await systemClock.sleep(20);
      }
      throw new Error(`no rebalance of ${portfolioId} was told`);
    },

    /** Whether blocks come, and what is sent is mined. */
    async blocks(come: boolean) {
      isBuilding = come;
      await chain.anvil.rpc('evm_setAutomine', [come]);
    },

    /** Lets the chain's time go past the order's deadline. */
    async late(uid: Hex) {
      await chain.anvil.rpc('evm_setNextBlockTimestamp', [cow.orders.get(uid)!.order.validTo + 1]);
      await chain.anvil.mine(2);
    },

    async stop() {
      building.abort();
      await built;
      hooks.close();
      await stage.stop();
      await services!.close();
    },
  };
}

/** What is asked to be signed: the type of typed data; of a transaction whether it does anything. */
function nameOf({ kind, payload }: SignatureRequest): string {
  if (kind === 'typed_data') return payload['primaryType'] as string;
  return payload['data'] === '0x' ? 'nothing' : 'call';
}
