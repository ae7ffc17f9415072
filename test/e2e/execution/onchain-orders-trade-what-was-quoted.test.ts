import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFunctionData, erc20Abi } from 'viem';
import type { OrderReport, VenueOrder } from '../../../src/execution/ports.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

describe.skipIf(!anvilBinary())('an order on the chain', () => {
  let stage: EvmStage;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());

  const filledBy = ({ fills }: OrderReport) =>
    fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0)).toFixed();
  const movedBy = ({ fills }: OrderReport) =>
    fills
      .reduce((sum, { quantity, price }) => sum.plus(exact(quantity).mul(price)), exact(0))
      .mul(1e6)
      .round()
      .toFixed();

  /** What was decided, with its amounts in base units. */
  const decisionOf = async ({ clientOrderId }: VenueOrder) => {
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{ decision: { expected: string; pools: { address: string }[]; aggregator: string | null } }>(
        'SELECT decision FROM chain_order WHERE client_order_id = $1',
        [clientOrderId],
      ),
    );
    return row!.decision;
  };

  it('sells its quantity through three pools in one transaction, for what was quoted to the unit', async () => {
    const trader = await stage.fund({ WETH: 100 });
    const order = stage.order(await stage.account(trader), { quantity: '60' });
    expect(await stage.venue.submit(order)).toMatchObject({ status: 'accepted', fills: [] });
    const report = await stage.settled(order);
    expect(report).toMatchObject({ status: 'filled', reason: null });
    expect(report.fills).toHaveLength(3);
    expect(new Set(report.fills.map(({ tradeId }) => tradeId.split(':')[0])).size).toBe(1);
    expect(await stage.held('WETH', trader.address)).toBe(40n * 10n ** 18n);
    expect(filledBy(report)).toBe('60');
    const proceeds = await stage.held('USDC', trader.address);
    expect(movedBy(report)).toBe(proceeds.toString());
    expect((await decisionOf(order)).expected).toBe(proceeds.toString());
  });

  it('buys no more than its quantity, for what was quoted to the unit', async () => {
    const trader = await stage.fund({ USDC: 400_000 });
    const order = stage.order(await stage.account(trader), { side: 'buy', quantity: '60.000000000000000001' });
    await stage.venue.submit(order);
    const report = await stage.settled(order);
    expect(report.status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(60n * 10n ** 18n + 1n);
    const paid = 400_000n * 10n ** 6n - (await stage.held('USDC', trader.address));
    expect((await decisionOf(order)).expected).toBe(paid.toString());
    expect(movedBy(report)).toBe(paid.toString());
  });

  it('never buys more than its quantity, also where a pool gives more for rounding than it was asked for', async () => {
    const { v2 } = stage.market.pools;
    const venue = stage.open({ pools: [{ type: 'uniswap_v2', address: v2, feePips: 3_000 }] });
    const trader = await stage.fund({ USDC: 100_000 });
    const order = stage.order(await stage.account(trader), { side: 'buy', quantity: '10' });
    await venue.submit(order);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'canceled', reason: 'It was mined and traded less than was asked for' });
    const held = await stage.held('WETH', trader.address);
    expect(filledBy(report)).toBe(exact(held.toString()).div(1e18).toFixed());
    const short = 10n ** 19n - held;
    expect(short > 0n && short < 10n ** 9n, String(short)).toBe(true); // worth two millionths of a dollar at most
  });

  it('pays its gas in the coin of the chain, approvals included', async () => {
    const trader = await stage.fund({ WBTC: 1 }, 1);
    const terms = { kind: 'spot', underlying: 'BTC', quote: 'USD' } as const;
    const order = stage.order(await stage.account(trader), { terms, quantity: '0.12345678', limitPrice: '55000' });
    await stage.venue.submit(order);
    const report = await stage.settled(order);
    expect(filledBy(report)).toBe('0.12345678');
    expect(report.fills.map(({ feeCurrency }) => feeCurrency)).toEqual(['ETH']);
    const spent = 10n ** 18n - (await stage.anvil.public.getBalance({ address: trader.address }));
    expect(exact(report.fills[0]!.fee).mul(1e18).toFixed()).toBe(spent.toString());
  });

  it('trades on Curve by its own exchange', async () => {
    const trader = await stage.fund({ USDT: 50_000 });
    const terms = { kind: 'spot', underlying: 'USDT', quote: 'USD' } as const;
    const order = stage.order(await stage.account(trader), { terms, quantity: '50000', limitPrice: '0.99' });
    await stage.venue.submit(order);
    const report = await stage.settled(order);
    expect(report.status).toBe('filled');
    expect((await decisionOf(order)).expected).toBe((await stage.held('USDC', trader.address)).toString());
  });

  it('takes an allowance back first where the token asks for that', async () => {
    const { stable } = stage.market.pools;
    const trader = await stage.fund({ USDT: 1_000 });
    await stage.anvil.send(trader, {
      to: stage.market.tokens.USDT.address,
      data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [stable, 1n] }),
    });
    const terms = { kind: 'spot', underlying: 'USDT', quote: 'USD' } as const;
    const order = stage.order(await stage.account(trader), { terms, quantity: '1000', limitPrice: '0.99' });
    await stage.venue.submit(order);
    expect((await stage.settled(order)).status).toBe('filled');
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address })).toBe(1 + 3);
  });

  it('trades through the Universal Router with Permit2 where that is what there is', async () => {
    const { universalRouter, permit2 } = stage.market;
    const venue = stage.open({ contracts: { universalRouter, permit2 } });
    const trader = await stage.fund({ WETH: 60, USDC: 100_000 });
    const account = await stage.account(trader);
    const sale = stage.order(account, { quantity: '60' });
    await venue.submit(sale);
    const sold = await stage.settled(sale, venue);
    expect(sold).toMatchObject({ status: 'filled' });
    expect(sold.fills).toHaveLength(3);
    const before = await stage.held('USDC', trader.address);
    expect((await decisionOf(sale)).expected).toBe((before - 100_000n * 10n ** 6n).toString());
    const purchase = stage.order(account, { side: 'buy', quantity: '50' });
    await venue.submit(purchase);
    expect(await stage.settled(purchase, venue)).toMatchObject({ status: 'filled' });
    expect(await stage.held('WETH', trader.address)).toBe(50n * 10n ** 18n);
    const paid = before - (await stage.held('USDC', trader.address));
    expect((await decisionOf(purchase)).expected).toBe(paid.toString());
  });

  it('approves no more than it needs', async () => {
    const trader = await stage.fund({ WETH: 5 });
    const order = stage.order(await stage.account(trader), { quantity: '3' });
    await stage.venue.submit(order);
    await stage.settled(order);
    const left = await stage.anvil.public.readContract({
      ...{ address: stage.market.tokens.WETH.address, functionName: 'allowance' },
      abi: [
        {
          ...{ type: 'function', name: 'allowance', stateMutability: 'view' },
          inputs: [{ type: 'address' }, { type: 'address' }],
          outputs: [{ type: 'uint256' }],
        },
      ] as const,
      args: [trader.address, stage.market.swapRouter02],
    });
    expect(left).toBe(0n);
  });

  it('tells one order from another by its id, and takes each once', async () => {
    const trader = await stage.fund({ WETH: 30 });
    const order = stage.order(await stage.account(trader), { quantity: '1' });
    const reports = await Promise.all(Array.from({ length: 6 }, () => stage.venue.submit(order)));
    for (const report of reports) expect(report).toEqual(reports[0]);
    await stage.settled(order);
    expect(await stage.held('WETH', trader.address)).toBe(29n * 10n ** 18n);
    expect((await stage.venue.submit({ ...order, quantity: '2' })).fills).toHaveLength(1);
    expect(await stage.held('WETH', trader.address)).toBe(29n * 10n ** 18n);
  });

  it('works many orders of one address at once, each with nonces of its own', async () => {
    const trader = await stage.fund({ WETH: 30 });
    const account = await stage.account(trader);
    const orders = Array.from({ length: 8 }, () => stage.order(account, { quantity: '1' }));
    await Promise.all(orders.map((order) => stage.venue.submit(order)));
    for (const order of orders) expect((await stage.settled(order)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(22n * 10n ** 18n);
  });

  it('does not count on an allowance that an order ahead of it uses up', async () => {
    const trader = await stage.fund({ USDC: 200_000 });
    const account = await stage.account(trader);
    const first = stage.order(account, { side: 'buy', quantity: '1', limitPrice: '9000' }); // leaves an allowance behind
    await stage.venue.submit(first);
    await stage.settled(first);
    const orders = [1, 2, 1, 2].map((quantity) =>
      stage.order(account, { side: 'buy', quantity: String(quantity), limitPrice: '3500' }),
    );
    await Promise.all(orders.map((order) => stage.venue.submit(order)));
    for (const order of orders) expect((await stage.settled(order)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(7n * 10n ** 18n);
  });
});
