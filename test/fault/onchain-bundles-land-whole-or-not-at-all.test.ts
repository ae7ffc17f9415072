import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { erc20Abi, keccak256, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startRelay, type Relay } from '../venues/relay.ts';

const WHOLE = 10n ** 19n;

describe.skipIf(!anvilBinary())('a bundle of an approval and a swap', () => {
  let stage: EvmStage;
  let relay: Relay;
  let other: Relay;
  let venue: OnchainVenue;
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startEvmStage({ replaceAfterMs: 30_000 });
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    [relay, other] = await Promise.all([startRelay(stage.anvil.url, 'flashbots'), startRelay(stage.anvil.url, 'node')]);
    relay.withholds = true;
    venue = stage.open({ relays: [flashbots()], blockTimeMs: 12_000 });
    trader = await stage.fund({ WETH: 10 });
    order = stage.order(await stage.account(trader), { quantity: '4', mempool: 'private' });
    return async () => {
      await Promise.all([relay.close(), other.close()]);
    };
  });

  const flashbots = () => ({ kind: 'flashbots', url: relay.url, authKey: generatePrivateKey() }) as const;
  const nonce = (blockTag: 'latest' | 'pending') =>
    stage.anvil.public.getTransactionCount({ address: trader.address, blockTag });
  const held = () => stage.held('WETH', trader.address);
  const allowance = () =>
    stage.anvil.public.readContract({
      ...{ address: stage.market.tokens.WETH.address, abi: erc20Abi, functionName: 'allowance' },
      args: [trader.address, stage.market.swapRouter02],
    });
  const receiptOf = (raw: Hex) => stage.anvil.public.getTransactionReceipt({ hash: keccak256(raw) });
  const waits = async (ms: number) => {
    await stage.anvil.mine();
    stage.clock.ahead(ms);
    await venue.lookup(order);
  };
  /** Somebody else sells so much that the order's limit is out of reach. */
  const crash = async () => {
    const seller = await stage.fund({ WETH: 300 });
    const sale = stage.order(await stage.account(seller), { quantity: '300', limitPrice: '2000' });
    await stage.venue.submit(sale);
    expect((await stage.settled(sale)).status).toBe('filled');
  };

  it('is asked for in each of the next blocks, and mined in one; nobody else saw any of it', async () => {
    await venue.submit(order);
    const head = await stage.anvil.public.getBlockNumber({ cacheTime: 0 });
    expect(relay.bundles.map(({ blockNumber }) => BigInt(blockNumber) - head).toSorted()).toEqual([1n, 2n, 3n]);
    expect(new Set(relay.bundles.map(({ txs }) => txs.join())).size).toBe(1);
    expect(relay.taken).toEqual([]);
    expect(await nonce('pending')).toBe(0);
    await relay.release();
    expect((await stage.settled(order, venue)).status).toBe('filled');
    const receipts = await Promise.all(relay.bundles[0]!.txs.map(receiptOf));
    expect(receipts.map(({ blockNumber }) => blockNumber)).toEqual([head + 1n, head + 1n]);
    expect(relay.leaked).toEqual([]);
  });

  it('goes again, the same bytes for later blocks, while it is not mined', async () => {
    await venue.submit(order);
    await waits(12_000);
    await waits(12_000);
    expect(relay.bundles).toHaveLength(9);
    expect(new Set(relay.bundles.map(({ txs }) => txs.join())).size).toBe(1);
    expect(new Set(relay.bundles.map(({ blockNumber }) => blockNumber)).size).toBe(5);
    await relay.release();
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await held()).toBe(6n * 10n ** 18n);
  });

  it('is replaced at higher fees on the same nonces, and trades once', async () => {
    await venue.submit(order);
    await waits(31_000);
    await waits(12_000);
    const last = relay.bundles.at(-1)!.txs;
    for (const [i, raw] of relay.bundles[0]!.txs.entries()) expect(last[i]).not.toBe(raw);
    await relay.release();
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await held()).toBe(6n * 10n ** 18n);
    expect(await nonce('latest')).toBe(2);
  });

  it('leaves no approval behind where the swap cannot be had any more', async () => {
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    await venue.submit(order);
    await crash();
    await waits(12_000);
    await relay.release();
    expect(await nonce('latest')).toBe(0);
    await venue.cancel(order);
    await relay.release();
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'canceled', fills: [] });
    expect(await held()).toBe(WHOLE);
    expect(await allowance()).toBe(0n);
    await stage.anvil.rpc('evm_revert', [snapshot]);
  });

  it('gives both nonces back where the relay refuses it for good', async () => {
    relay.fault = { message: 'insufficient funds for gas' };
    await venue.submit(order);
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'rejected', fills: [] });
    relay.fault = undefined;
    relay.withholds = false;
    const next = stage.order(order as never, { quantity: '1', mempool: 'private' });
    await venue.submit(next);
    expect((await stage.settled(next, venue)).status).toBe('filled');
    expect(await nonce('latest')).toBe(2);
  });

  it('goes again after the relay gave no answer', async () => {
    relay.fault = 'drop';
    expect((await venue.submit(order)).status).toBe('accepted');
    relay.fault = undefined;
    relay.withholds = false;
    await waits(12_000);
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await nonce('latest')).toBe(2);
  });

  it('is canceled on each of its nonces, and what is mined decides', async () => {
    await venue.submit(order);
    await venue.cancel(order);
    expect(relay.taken).toHaveLength(2);
    await relay.release();
    const report = await stage.settled(order, venue);
    const isSold = (await held()) === 6n * 10n ** 18n;
    expect(report.status).toBe(isSold ? 'filled' : 'canceled');
    expect(await nonce('latest')).toBe(2);
  });

  it('is none where another relay takes only single transactions', async () => {
    venue = stage.open({ relays: [flashbots(), { kind: 'mev_blocker', url: other.url }], blockTimeMs: 12_000 });
    relay.withholds = false;
    await venue.submit(order);
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(relay.bundles).toEqual([]);
  });

  it('is none where its owner signs one after another', async () => {
    const account = await stage.account(trader, { kind: 'client' });
    order = stage.order(account, { quantity: '4', mempool: 'private' });
    const { signatureRequest } = await venue.submit(order);
    expect(signatureRequest).toBeDefined();
    const rows = await stage.database.db.system((tx) =>
      tx.query('SELECT mempool FROM chain_transaction WHERE client_order_id = $1 ORDER BY part', [order.clientOrderId]),
    );
    expect(rows).toEqual([{ mempool: 'public' }, { mempool: 'private' }]);
  });
});
