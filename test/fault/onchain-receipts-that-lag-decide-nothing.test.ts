import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWalletClient, http, type Hex } from 'viem';
import { mainnet } from 'viem/chains';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startChainNode, type ChainNode } from '../venues/chainNode.ts';

describe.skipIf(!anvilBinary())('nodes behind a balancer, of which the one with the receipts is far behind', () => {
  let stage: EvmStage;
  let node: ChainNode;
  let venue: OnchainVenue;
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let order: VenueOrder;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    node = await startChainNode(stage.anvil.url);
    venue = stage.open({ rpcUrl: node.url });
    trader = await stage.fund({ WETH: 10 });
    order = stage.order(await stage.account(trader), { quantity: '4' });
    return () => node.close();
  });

  const nothing = { body: { result: null } };
  const lag = () =>
    node.onCall((method) =>
      ['eth_getTransactionReceipt', 'eth_getTransactionByHash'].includes(method)
        ? { effect: 'none', answer: nothing }
        : undefined,
    );
  const truth = () => node.onCall(() => undefined);

  /** The order's first nonce goes to something else: what was sent for it is lost. */
  const overtaken = async (spend: (nonce: number) => Promise<unknown>) => {
    await stage.anvil.rpc('evm_setAutomine', [false]);
    await venue.submit(order);
    await stage.anvil.rpc('anvil_dropAllTransactions');
    await stage.anvil.rpc('evm_setAutomine', [true]);
    await spend(0);
    await stage.anvil.mine(5);
  };
  const transfer = async (nonce: number) => {
    const raw = await trader.signTransaction({
      ...{ type: 'eip1559', chainId: stage.anvil.chainId, nonce, to: trader.address, gas: 21_000n },
      ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n },
    });
    await stage.anvil.rpc<Hex>('eth_sendRawTransaction', [raw]);
  };
  /** The address lets code act for it, in a transaction of another (EIP-7702). */
  const authorise = async (nonce: number) => {
    const account = stage.anvil.accounts[1]!;
    const wallet = createWalletClient({ account, chain: mainnet, transport: http(stage.anvil.url) });
    const contractAddress = stage.market.swapRouter02;
    const signed = await trader.signAuthorization({ contractAddress, chainId: stage.anvil.chainId, nonce });
    await wallet.sendTransaction({ to: account.address, authorizationList: [signed], gas: 200_000n });
  };

  it('a trade that was mined is not taken for canceled, however long its receipt takes, and is told once', async () => {
    await venue.submit(order);
    lag();
    for (let looks = 0; looks < 4; looks++) {
      await stage.anvil.mine(10);
      expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    }
    truth();
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(6n * 10n ** 18n);
  });

  it.each([
    ['a transaction that is not ours', transfer],
    ['an authorisation, without a transaction of its own', authorise],
  ])('what a block shows to be spent on %s is over', async (_, spend) => {
    await overtaken(spend);
    expect(await stage.settled(order, venue)).toMatchObject({
      ...{
        status: 'canceled',
        fills: [],
        reason: expect.stringMatching(/Nonce 0 was used by a transaction that is not ours/),
      },
    });
  });

  it('what no state is left to show waits until one tells', async () => {
    await overtaken(transfer);
    const head = await stage.anvil.public.getBlockNumber({ cacheTime: 0 });
    const pruned = { body: { error: { code: -32000, message: 'missing trie node' } } };
    node.onCall((method, params) => {
      const height = method === 'eth_getTransactionCount' ? Number(params[1]) : NaN;
      return height < head - 2n ? { effect: 'none', answer: pruned } : undefined;
    });
    expect(await venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    truth();
    expect((await stage.settled(order, venue)).status).toBe('canceled');
  });
});
