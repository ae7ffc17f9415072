import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeAbiParameters, keccak256, type Address, type Hex } from 'viem';
import type { VenueOrder } from '../../src/execution/ports.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';

describe.skipIf(!anvilBinary())('a transaction that is on its way', () => {
  let stage: EvmStage;
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let account: { tenantId: string; accountId: string };
  let order: VenueOrder;

  beforeAll(async () => {
    stage = await startEvmStage({ confirmations: 2, replaceAfterMs: 30_000 });
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    await stage.anvil.rpc('evm_setAutomine', [true]);
    trader = await stage.fund({ WETH: 10 });
    account = await stage.account(trader);
    // The allowance is there already, so that an order is one transaction.
    const first = stage.order(account, { quantity: '1' });
    await stage.venue.submit(first);
    await stage.settled(first);
    await approveMuch(trader.address);
    order = stage.order(account, { quantity: '4' });
    await stage.anvil.rpc('evm_setAutomine', [false]);
  });

  const approveMuch = async (owner: Address): Promise<void> => {
    await stage.anvil.rpc('anvil_impersonateAccount', [owner]);
    const spender = stage.market.swapRouter02.slice(2).toLowerCase().padStart(64, '0');
    const data = `0x095ea7b3${spender}${'f'.repeat(64)}`;
    await stage.anvil.rpc('eth_sendTransaction', [{ from: owner, to: stage.market.tokens.WETH.address, data }]);
    await stage.anvil.rpc('anvil_stopImpersonatingAccount', [owner]);
  };

  const attempts = () =>
    stage.database.db.system((tx) =>
      tx.query<{ hash: Hex; raw: Hex; kind: string; sends: number; nonce: string }>(
        `SELECT a.hash, a.raw, a.kind, a.sends, t.nonce FROM chain_attempt a JOIN chain_transaction t ON t.id = a.transaction_id
         WHERE t.client_order_id = $1 ORDER BY a.sequence`,
        [order.clientOrderId],
      ),
    );
  const nonce = () => stage.anvil.public.getTransactionCount({ address: trader.address });

  it('goes again, byte for byte, after its block was taken back, and is told once', async () => {
    await stage.venue.submit(order);
    await stage.anvil.mine();
    expect((await stage.venue.lookup(order))!).toMatchObject({ status: 'accepted', fills: [] });
    await stage.anvil.rpc('anvil_reorg', [1, []]);
    await stage.venue.lookup(order);
    const report = await stage.settled(order);
    expect(report.status).toBe('filled');
    expect(await attempts()).toHaveLength(1);
    expect((await attempts())[0]!.sends).toBeGreaterThan(1);
    expect(await stage.held('WETH', trader.address)).toBe(5n * 10n ** 18n);
    expect((await stage.venue.lookup(order))!.fills).toEqual(report.fills);
  });

  it('tells no fill before it is as deep as it has to be', async () => {
    await stage.venue.submit(order);
    await stage.anvil.mine(2);
    expect((await stage.venue.lookup(order))!).toMatchObject({ status: 'accepted', fills: [] });
    await stage.anvil.mine();
    expect((await stage.venue.lookup(order))!.status).toBe('filled');
  });

  it('goes again after the node has forgotten it', async () => {
    await stage.venue.submit(order);
    const [sent] = await attempts();
    await stage.anvil.rpc('anvil_dropTransaction', [sent!.hash]);
    await stage.venue.lookup(order);
    expect((await stage.settled(order)).status).toBe('filled');
    expect(await attempts()).toMatchObject([{ hash: sent!.hash }]);
  });

  it('is replaced on its nonce at a higher fee when it is stuck', async () => {
    await stage.venue.submit(order);
    await stage.anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x174876e800']); // 100 gwei
    await stage.anvil.mine();
    const before = await nonce();
    stage.clock.ahead(31_000);
    await stage.venue.lookup(order);
    const all = await attempts();
    expect(all).toMatchObject([{ kind: 'call' }, { kind: 'call' }]);
    expect(new Set(all.map((attempt) => attempt.nonce))).toEqual(new Set([String(before)]));
    expect((await stage.settled(order)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(5n * 10n ** 18n);
  });

  it('counts where the first of two was mined after all', async () => {
    await stage.venue.submit(order);
    stage.clock.ahead(31_000);
    await stage.venue.lookup(order);
    const [first, second] = await attempts();
    await stage.anvil.rpc('anvil_dropTransaction', [second!.hash]);
    await stage.anvil.rpc('eth_sendRawTransaction', [first!.raw]);
    const report = await stage.settled(order);
    expect(report.status).toBe('filled');
    expect(report.fills[0]!.tradeId.startsWith(first!.hash)).toBe(true);
  });

  it('is canceled by a transfer of nothing on its nonce', async () => {
    await stage.venue.submit(order);
    expect((await stage.venue.cancel(order))!.status).toBe('accepted');
    expect(await stage.settled(order)).toMatchObject({
      ...{ status: 'canceled', reason: 'Canceled before it was mined', fills: [] },
    });
    expect(await stage.held('WETH', trader.address)).toBe(9n * 10n ** 18n);
    expect((await attempts()).map(({ kind }) => kind)).toEqual(['call', 'cancel']);
  });

  it('is filled where it was mined before its cancellation', async () => {
    await stage.venue.submit(order);
    await stage.anvil.mine();
    await stage.venue.cancel(order);
    expect((await stage.settled(order)).status).toBe('filled');
  });

  it('is called off where it is not mined in time', async () => {
    order = { ...order, validUntil: new Date(stage.clock.now().getTime() + 5_000) };
    await stage.venue.submit(order);
    stage.clock.ahead(6_000);
    await stage.venue.lookup(order);
    expect(await stage.settled(order)).toMatchObject({ status: 'canceled', reason: 'Not mined in time' });
  });

  it('ends where a transaction of somebody else has used its nonce', async () => {
    await stage.venue.submit(order);
    const [sent] = await attempts();
    await stage.anvil.rpc('anvil_dropTransaction', [sent!.hash]);
    await stage.anvil.rpc('anvil_impersonateAccount', [trader.address]);
    await stage.anvil.rpc('eth_sendTransaction', [
      { from: trader.address, to: trader.address, nonce: `0x${Number(sent!.nonce).toString(16)}` },
    ]);
    await stage.anvil.rpc('anvil_stopImpersonatingAccount', [trader.address]);
    await stage.anvil.mine(4);
    expect(await stage.settled(order)).toMatchObject({
      ...{ status: 'canceled', reason: expect.stringMatching(/used by a transaction that is not ours/), fills: [] },
    });
  });

  it('ends where it reverts, and says so', async () => {
    await stage.venue.submit(order);
    // The owner's tokens are gone before it is mined.
    await stage.anvil.rpc('anvil_setStorageAt', [...(await wethSlot(trader.address)), `0x${'0'.repeat(64)}`]);
    expect(await stage.settled(order)).toMatchObject({
      ...{ status: 'canceled', reason: 'It was mined and reverted', fills: [] },
    });
  });

  /** WETH9 keeps balances in its fourth slot. */
  const wethSlot = async (owner: Address): Promise<[Address, Hex]> => {
    const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [owner, 3n]));
    return [stage.market.tokens.WETH.address, slot];
  };

  it('shows among the open orders, as do those of others', async () => {
    await stage.venue.submit(order);
    const open = await stage.venue.openOrders(account);
    expect(open).toMatchObject([{ clientOrderId: order.clientOrderId, side: 'sell', quantity: '4' }]);
    await stage.anvil.rpc('anvil_impersonateAccount', [trader.address]);
    await stage.anvil.rpc('eth_sendTransaction', [{ from: trader.address, to: trader.address }]);
    await stage.anvil.rpc('anvil_stopImpersonatingAccount', [trader.address]);
    expect(await stage.venue.openOrders(account)).toMatchObject([
      { clientOrderId: order.clientOrderId },
      { clientOrderId: null },
    ]);
    await stage.settled(order);
    expect(await stage.venue.openOrders(account)).toEqual([]);
  });
});
