import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Address, Hex } from 'viem';
import type { Execution, OrderDetail } from '../../../src/execution/model.ts';
import type { Position } from '../../../src/portfolios/model.ts';
import { exact } from '../../../src/platform/decimal.ts';
import type { Received } from '../../support/app.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startPrivateHedge, type Decision, type Moved, type PrivateHedge } from './privateHedge.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const expiry = `${new Date(now.getTime() + 60 * DAY_MS).toISOString().slice(0, 10)}T08:00:00.000Z`;
const option = (underlying: string, optionType: string, strike: string) => ({
  ...{ kind: 'option', underlying, settlement: 'linear', optionType, strike, expiry },
});
const MARKET = {
  ...{ asOf: now.toISOString(), source: 'test' },
  underlyings: [
    { underlying: 'ETH', spot: { mark: 3_000 }, carry: { rate: 0.04 }, volatility: { type: 'flat', vol: 0.7 } },
    { underlying: 'BTC', spot: { mark: 60_000 }, carry: { rate: 0.04 }, volatility: { type: 'flat', vol: 0.6 } },
  ],
};
const HELD = { ETH: '250', USD: 300_000 };
/** Calls that were written against ether on the chain, and protection in bitcoin. */
const BOOK = {
  ...{ name: 'written calls', asOf: MARKET.asOf },
  positions: [
    { instrument: 'spot:ETH/USD', quantity: HELD.ETH },
    { instrument: option('ETH', 'call', '3000'), quantity: '-100' },
    { instrument: option('BTC', 'put', '55000'), quantity: '10' },
  ],
};
const PLAN = {
  targets: [{ underlying: 'ETH' }, { underlying: 'BTC' }],
  instruments: [
    { instrument: 'spot:ETH/USD', lotSize: '0.000001' },
    { instrument: 'spot:BTC/USD', lotSize: '0.000001' },
  ],
  collarBps: 300,
};

type Greeks = { underlying: string; before: { delta: number }; after: { delta: number } };
type Asked = (stage: PrivateHedge, portfolioId: string, accountId: string) => Promise<void>;

const byItsClient: Asked = async ({ app }, portfolioId, accountId) => {
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  const { body } = await app.api().post(`/v1/portfolios/${portfolioId}/hedge-plans`).send(PLAN).expect(202);
  await app.ended(`/v1/hedge-plans/${body.id}`);
  const execution = { venue: 'onchain', accountId, mempool: 'private' };
  await app.api().post(`/v1/hedge-plans/${body.id}/execution`).send(execution).expect(202);
};

const byItsMonitor: Asked = async ({ app, hooks }, portfolioId, accountId) => {
  const policy = { kind: 'delta_tolerance', tolerance: 0.5, rebalanceTo: 'inner' };
  const execution = { venue: 'onchain', accountId, mempool: 'private' };
  const monitor = { portfolioId, plan: { ...PLAN, policy }, execution, maxAgeSeconds: 3_600 };
  await app.api().post('/v1/monitors').send(monitor).expect(201);
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  await hooks.wait('rebalance.triggered');
};

const triggers: [string, Asked, number][] = [
  ['its client', byItsClient, 0],
  ['its monitor, once there are prices', byItsMonitor, 0.5],
];

describe.skipIf(!anvilBinary()).each(triggers)('an options book, hedged by %s', (_, ask, tolerance) => {
  let stage: PrivateHedge;
  let trader: Awaited<ReturnType<PrivateHedge['chain']['fund']>>;
  let portfolioId: string;
  let told: Received;
  let orders: OrderDetail[];
  let decisions: Decision[];
  beforeAll(async () => {
    stage = await startPrivateHedge();
    const { app, chain, hooks } = stage;
    trader = await chain.fund({ WETH: Number(HELD.ETH), USDC: HELD.USD });
    const accountId = await stage.account(trader, { kind: 'local', privateKey: trader.key });
    portfolioId = (await app.api().post('/v1/portfolios').send(BOOK).expect(201)).body.id as string;
    await ask(stage, portfolioId, accountId);
    told = await hooks.wait('rebalance.completed');
    const execution = await app.ended<Execution>(`/v1/executions/${told.data['id'] as string}`);
    orders = await Promise.all(
      execution.orders.map(async ({ id }) => (await app.api().get(`/v1/orders/${id}`).expect(200)).body as OrderDetail),
    );
    decisions = await Promise.all(orders.map(({ clientOrderId }) => stage.decision(clientOrderId)));
  });
  afterAll(() => stage.stop());

  const hashesOf = ({ fills }: OrderDetail) => [...new Set(fills.map(({ tradeId }) => tradeId.split(':')[0] as Hex))];
  const minedOf = (order: OrderDetail) => Promise.all(hashesOf(order).map((hash) => stage.mined(hash)));
  const lower = (address: string) => address.toLowerCase() as Address;
  const tokens = () => {
    const { WETH, USDC, WBTC } = stage.chain.market.tokens;
    return { weth: lower(WETH.address), usdc: lower(USDC.address), wbtc: lower(WBTC.address) };
  };
  /** Towards the trader; less than nothing is away. */
  const netOf = (moved: readonly Moved[], token: Address, other?: Address) =>
    moved
      .filter((each) => each.token === token && (!other || each.from === other || each.to === other))
      .reduce((sum, { to, amount }) => sum + (to === lower(trader.address) ? amount : -amount), 0n);

  it('has both orders filled whole: ether sold over three pools and an aggregator, bitcoin bought', () => {
    const { pools } = stage.chain.market;
    expect(orders.map(({ symbol, side, status }) => [symbol, side, status])).toEqual([
      ['spot:ETH/USD', 'sell', 'filled'],
      ['spot:BTC/USD', 'buy', 'filled'],
    ]);
    const [ether, bitcoin] = decisions;
    const split = ether!.pools.map(({ address }) => lower(address));
    expect(split.toSorted()).toEqual([pools.v2, pools.v3low, pools.v3mid].map(lower).toSorted());
    expect(ether!.aggregator).toBe('zeroex');
    const alone = ether!.quotes.find(({ amountIn }) => amountIn === ether!.amount)!;
    expect(BigInt(alone.amountOut)).toBeLessThan(BigInt(ether!.expected));
    expect(bitcoin!.pools.map(({ address }) => lower(address))).toEqual([lower(pools.v3btc)]);
    expect(orders.map(({ fills }) => fills.length)).toEqual([4, 1]);
    for (const { quantity, fills } of orders)
      expect(fills.reduce((sum, fill) => sum.plus(fill.quantity), exact(0)).eq(quantity)).toBe(true);
  });

  it('was executed for what was quoted, to the wei, before anybody else had traded', async () => {
    const { weth, usdc, wbtc } = tokens();
    for (const [i, order] of orders.entries()) {
      const { block, expected, pools, quotes } = decisions[i]!;
      const mined = await minedOf(order);
      const moved = mined.flatMap((each) => each.moved);
      const [paid, got] = order.side === 'sell' ? [weth, usdc] : [usdc, wbtc];
      expect(order.side === 'sell' ? netOf(moved, usdc) : -netOf(moved, usdc)).toBe(BigInt(expected));
      for (const { address, amountIn, amountOut } of pools) {
        expect(-netOf(moved, paid, lower(address))).toBe(BigInt(amountIn));
        expect(netOf(moved, got, lower(address))).toBe(BigInt(amountOut));
      }
      if (order.side === 'sell') {
        const byHand = [-netOf(moved, paid, lower(stage.hidden)), netOf(moved, got, lower(stage.hidden))];
        expect(quotes.map((quote) => [BigInt(quote.amountIn), BigInt(quote.amountOut)])).toContainEqual(byHand);
      }
      const last = mined.map((each) => each.block).reduce((a, b) => (a > b ? a : b));
      for (let number = BigInt(block) + 1n; number <= last; number++) {
        const { transactions } = await stage.chain.anvil.public.getBlock({
          ...{ blockNumber: number, includeTransactions: true },
        });
        for (const { from } of transactions) expect(lower(from)).toBe(lower(trader.address));
      }
    }
  });

  it('went to the relay alone, each order in one bundle and one block: the public node saw nothing before', async () => {
    const bundles = new Map(stage.relay.bundles.map(({ txs }) => [txs.join(), txs.map((raw) => stage.hashOf(raw))]));
    const sent = [...bundles.values()];
    expect(sent.map(({ length }) => length)).toEqual([3, 2]); // an approval each, and what swaps
    for (const [i, order] of orders.entries()) {
      for (const hash of hashesOf(order)) expect(sent[i]).toContain(hash);
      const mined = await Promise.all(sent[i]!.map((hash) => stage.mined(hash)));
      expect(new Set(mined.map(({ block }) => block)).size).toBe(1);
      for (const { from } of mined) expect(from).toBe(lower(trader.address));
    }
    expect(stage.relay.taken).toEqual([]);
    expect(stage.node.sent).toEqual([]);
    expect(stage.relay.leaked).toEqual([]);
    expect(stage.relay.signers.length).toBeGreaterThan(0);
  });

  it('moved on the chain what the fills say, and nothing else', async () => {
    const { chain } = stage;
    const traded = (order: OrderDetail, decimals: number) =>
      BigInt(exact(order.quantity).mul(exact(10).pow(decimals)).toFixed());
    const cash = orders
      .flatMap(({ side, fills }) => fills.map((fill) => ({ ...fill, sign: side === 'sell' ? 1 : -1 })))
      .reduce((sum, { quantity, price, sign }) => sum.plus(exact(quantity).mul(price).mul(sign)), exact(HELD.USD));
    const [ether, bitcoin] = orders;
    expect(await chain.held('WETH', trader.address)).toBe(BigInt(HELD.ETH) * 10n ** 18n - traded(ether!, 18));
    expect(await chain.held('WBTC', trader.address)).toBe(traded(bitcoin!, 8));
    expect(cash.mul(1e6).round().toFixed()).toBe((await chain.held('USDC', trader.address)).toString());
  });

  it('is held by the portfolio in its next version', async () => {
    const { body } = await stage.app.api().get(`/v1/portfolios/${portfolioId}/positions`).expect(200);
    const held = (symbol: string) =>
      (body.items as Position[])
        .filter((position) => position.symbol === symbol)
        .reduce((sum, { quantity }) => sum.plus(quantity), exact(0))
        .toFixed();
    const [ether, bitcoin] = orders;
    expect(held('spot:ETH/USD')).toBe(exact(HELD.ETH).minus(ether!.quantity).toFixed());
    expect(held('spot:BTC/USD')).toBe(exact(bitcoin!.quantity).toFixed());
  });

  it('is told by a webhook that the published library verifies, with the greeks before and after', () => {
    const { data } = told;
    expect(stage.hooks.refused).toEqual([]);
    expect(data).toMatchObject({ portfolioId, portfolioVersion: 2, outcome: 'completed' });
    const greeks = data['greeks'] as Greeks[];
    expect(greeks.map(({ underlying }) => underlying).toSorted()).toEqual(['BTC', 'ETH']);
    for (const { underlying, before, after } of greeks) {
      const order = orders.find(({ symbol }) => symbol === `spot:${underlying}/USD`)!;
      const traded = Number(order.quantity) * (order.side === 'sell' ? -1 : 1);
      expect(Math.abs(before.delta)).toBeGreaterThan(1);
      expect(Math.abs(after.delta)).toBeLessThanOrEqual(tolerance + 1e-6);
      expect(after.delta).toBeCloseTo(before.delta + traded, 9);
    }
  });
});
