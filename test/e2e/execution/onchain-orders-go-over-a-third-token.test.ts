import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Address } from 'viem';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import type { ChainConfig } from '../../../src/execution/venuesModel.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

const BTC = 10n ** 8n;
const USD = 10n ** 6n;

describe.skipIf(!anvilBinary())('an order for which there are pools by way of a third token', () => {
  let stage: EvmStage;
  let cross: { v2: Address; v3: Address };
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let account: { tenantId: string; accountId: string };
  beforeAll(async () => {
    stage = await startEvmStage();
    const { WBTC, WETH } = stage.market.tokens;
    const sides = [
      { token: WBTC.address, amount: 100n * BTC },
      { token: WETH.address, amount: 2_000n * 10n ** 18n },
    ] as const;
    cross = {
      v2: await stage.market.constantProduct(...sides),
      v3: await stage.market.concentrated(...sides, 3_000, 60),
    };
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    await newTrader();
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  const newTrader = async () => {
    trader = await stage.fund({ WBTC: 20, USDC: 1_000_000 });
    account = await stage.account(trader);
  };

  interface Decision {
    expected: string;
    pools: { address: Address; path?: number }[];
  }
  const terms = { kind: 'spot', underlying: 'BTC', quote: 'USD' } as const;
  const v3 = (...addresses: Address[]) => addresses.map((address) => ({ type: 'uniswap_v3' as const, address }));
  const v2 = (...addresses: Address[]) =>
    addresses.map((address) => ({ type: 'uniswap_v2' as const, address, feePips: 3_000 }));
  const traded = async (changes: Partial<ChainConfig>, rest: Partial<VenueOrder>) => {
    const venue = stage.open(changes);
    const order = stage.order(account, {
      ...{ terms, symbol: 'spot:BTC/USD', limitPrice: rest.side === 'buy' ? '70000' : '50000', ...rest },
    });
    await venue.submit(order);
    const report = await stage.settled(order, venue);
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{ decision: Decision }>('SELECT decision FROM chain_order WHERE client_order_id = $1', [
        order.clientOrderId,
      ]),
    );
    const paths = (row!.decision.pools ?? []).map(({ address }) => address.toLowerCase());
    const proceeds = (await stage.held('USDC', trader.address)) - 1_000_000n * USD;
    return { report, decision: row!.decision, paths, proceeds, btc: await stage.held('WBTC', trader.address) };
  };
  const lower = (...addresses: Address[]) => addresses.map((address) => address.toLowerCase());

  it('sells over two v3 pools where none holds both, for what was quoted to the unit', async () => {
    const { v3mid } = stage.market.pools;
    const { report, decision, paths, proceeds, btc } = await traded({ pools: v3(cross.v3, v3mid) }, { quantity: '2' });
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '2' }] });
    expect(paths).toEqual(lower(cross.v3, v3mid));
    expect(decision.expected).toBe(proceeds.toString());
    expect(btc).toBe(18n * BTC);
  });

  it('buys exactly over two v3 pools, for what was quoted to the unit', async () => {
    const { v3mid } = stage.market.pools;
    const pools = v3(v3mid, cross.v3);
    const { report, decision, paths, proceeds, btc } = await traded({ pools }, { side: 'buy', quantity: '2.12345678' });
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '2.12345678' }] });
    expect(paths).toEqual(lower(v3mid, cross.v3));
    expect(decision.expected).toBe((-proceeds).toString());
    expect(btc).toBe(20n * BTC + 212_345_678n);
  });

  it('sells over two v2 pools, for what was quoted to the unit', async () => {
    const { v2: direct } = stage.market.pools;
    const { report, decision, proceeds } = await traded({ pools: v2(direct, cross.v2) }, { quantity: '2' });
    expect(report).toMatchObject({ status: 'filled', fills: [{ quantity: '2' }] });
    expect(decision.expected).toBe(proceeds.toString());
  });

  it('goes in parts by the direct pool and over others, each pool once, and gets more than by the direct one', async () => {
    const { v2: direct, v3low, v3mid, v3btc } = stage.market.pools;
    const alone = await stage.anvil.rpc('evm_snapshot');
    const straight = await traded({ pools: v3(v3btc) }, { quantity: '15' });
    await stage.anvil.rpc('evm_revert', [alone]);
    await newTrader();
    const pools = [...v3(v3btc, v3low, v3mid, cross.v3), ...v2(direct, cross.v2)];
    const { report, decision, paths, proceeds, btc } = await traded({ pools }, { quantity: '15' });
    expect(report.status).toBe('filled');
    expect(btc).toBe(5n * BTC);
    expect(decision.expected).toBe(proceeds.toString());
    expect(paths).toContain(v3btc.toLowerCase());
    expect(new Set(paths).size).toBe(paths.length);
    expect(new Set(decision.pools.map(({ path }) => path)).size).toBe(3);
    expect(proceeds).toBeGreaterThan((straight.proceeds * 101n) / 100n);
  });

  it('goes so through the Universal Router, both ways', async () => {
    const { v2: direct, v3mid } = stage.market.pools;
    const { universalRouter, permit2 } = stage.market;
    const contracts = { universalRouter, permit2 };
    const pools = [...v3(cross.v3, v3mid), ...v2(direct, cross.v2)];
    const sold = await traded({ pools, contracts }, { quantity: '4' });
    expect(sold).toMatchObject({
      report: { status: 'filled', reason: null },
      decision: { expected: sold.proceeds.toString() },
    });
    expect(sold.paths).toHaveLength(4);
    const bought = await traded({ pools, contracts }, { side: 'buy', quantity: '1' });
    expect(bought.report).toMatchObject({ status: 'filled', reason: null });
    expect(bought.decision.expected).toBe((sold.proceeds - bought.proceeds).toString());
  });

  it('stays with the direct pool where more hops cost more gas than they bring', async () => {
    const { v3btc, v3mid } = stage.market.pools;
    const { paths } = await traded({ pools: v3(v3btc, v3mid, cross.v3) }, { quantity: '0.01' });
    expect(paths).toEqual(lower(v3btc));
  });

  it('takes no way through pools that are not configured', async () => {
    const venue = stage.open({ pools: v3(stage.market.pools.v3mid) });
    const order = stage.order(await stage.account(trader), { terms, quantity: '1', limitPrice: '50000' });
    expect(await venue.submit(order)).toMatchObject({
      ...{ status: 'rejected', reason: expect.stringMatching(/no configured pool/) },
    });
  });
});
