import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encodeDeployData, encodeFunctionData, erc20Abi, type Abi, type Address, type Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Intent, IntentRequest, IntentService } from '../../../src/execution/aggregators/intents.ts';
import { intentServiceOf } from '../../../src/execution/aggregators/select.ts';
import { SWAP_ROUTER_02 } from '../../../src/execution/chains/abis.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { settled, startCow, type CowServer } from '../../venues/aggregators/cow.ts';
import { poolPricing } from '../../venues/aggregators/pricing.ts';

// CoW's own settlement contract on a real EVM: what it finds signed is what we signed, under the name that we gave it.

const ETHER = 10n ** 18n;
const USD = 10n ** 6n;
const ZERO: Address = '0x0000000000000000000000000000000000000000';

function contract(name: string): { abi: Abi; bytecode: Hex } {
  const file = createRequire(import.meta.url).resolve(`@cowprotocol/contracts/lib/contracts/${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as { abi: Abi; bytecode: Hex };
}

describe.skipIf(!anvilBinary())('an order signed for CoW', () => {
  const gpv2 = contract('GPv2Settlement');
  let chain: EvmChain;
  let settlement: Address;
  let server: CowServer;
  let service: IntentService;
  let trader: Awaited<ReturnType<EvmChain['fund']>>;

  const send = (to: Address, abi: Abi, functionName: string, args: readonly unknown[]) =>
    chain.anvil.send(chain.market.owner, { to, data: encodeFunctionData({ abi, functionName, args } as never) });
  const read = <T>(functionName: string, args: readonly unknown[] = []) =>
    chain.anvil.public.readContract({ address: settlement, abi: gpv2.abi, functionName, args }) as Promise<T>;

  beforeAll(async () => {
    chain = await startEvmChain();
    const { anvil, market } = chain;
    const deploy = async ({ abi, bytecode }: { abi: Abi; bytecode: Hex }, args: readonly unknown[]) =>
      (await anvil.send(market.owner, { data: encodeDeployData({ abi, bytecode, args } as never) }))!;
    const allowList = contract('GPv2AllowListAuthentication');
    const authenticator = await deploy(allowList, []);
    await send(authenticator, allowList.abi, 'initializeManager', [market.owner.address]);
    await send(authenticator, allowList.abi, 'addSolver', [market.owner.address]);
    settlement = await deploy(gpv2, [authenticator, ZERO]);
    server = await startCow(poolPricing(anvil, market, 3_000), systemClock, settlement);
    const relayer = await read<Address>('vaultRelayer');
    const config = { name: 'cow', url: server.url, targets: [settlement], spenders: [relayer] } as const;
    service = intentServiceOf({ ...config, targets: [settlement], spenders: [relayer] }, { clock: systemClock })!;
  });
  afterAll(async () => {
    await server.close();
    chain.stop();
  });
  beforeEach(async () => {
    trader = await chain.fund({ WETH: 100, USDC: 100_000 });
  });

  const quoted = (rest: Pick<IntentRequest, 'side' | 'amount' | 'bound' | 'clientOrderId'>): Promise<Intent> => {
    const { WETH, USDC } = chain.market.tokens;
    const request: IntentRequest = {
      ...{ chainId: chain.anvil.chainId, taker: trader.address, gasPrice: 2_000_000_000n, ...rest },
      ...{ sellToken: WETH.address, sellDecimals: 18, buyToken: USDC.address, buyDecimals: 6 },
      validUntil: new Date(systemClock.now().getTime() + 600_000),
    };
    return service.quote(request, AbortSignal.timeout(10_000));
  };

  const approved = async (intent: Intent) => {
    const args = [intent.spender, BigInt(intent.sellAmount)] as const;
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args });
    await chain.anvil.send(trader as never, { to: chain.market.tokens.WETH.address, data });
  };

  /** Plays solver: sells what the order pays on the pool, and pays out all that it got. */
  const settle = async (uid: Hex): Promise<bigint> => {
    const { order, signature } = server.orders.get(uid)!;
    const { market } = chain;
    const sold = BigInt(order.sellAmount);
    const trade = { tokenIn: order.sellToken, tokenOut: order.buyToken, side: 'exact_in', amount: sold } as const;
    const bought = order.kind === 'sell' ? (await server.pricing.price(trade))!.amountOut : BigInt(order.buyAmount);
    const swap = {
      ...{ tokenIn: order.sellToken, tokenOut: order.buyToken, fee: 3_000, recipient: settlement },
      ...{ amountIn: sold, amountOutMinimum: bought, sqrtPriceLimitX96: 0n },
    };
    const approve = { abi: erc20Abi, functionName: 'approve', args: [market.swapRouter02, sold] } as const;
    const within = [
      { target: order.sellToken, value: 0n, callData: encodeFunctionData(approve) },
      {
        ...{ target: market.swapRouter02, value: 0n },
        callData: encodeFunctionData({ abi: SWAP_ROUTER_02, functionName: 'exactInputSingle', args: [swap] }),
      },
    ];
    const executed = {
      ...{ sellTokenIndex: 0n, buyTokenIndex: 1n, receiver: order.receiver, sellAmount: sold },
      ...{ buyAmount: BigInt(order.buyAmount), validTo: order.validTo, appData: order.appData, feeAmount: 0n },
      ...{ flags: order.kind === 'sell' ? 0n : 1n, executedAmount: 0n, signature },
    };
    const tokens = [order.sellToken, order.buyToken];
    await send(settlement, gpv2.abi, 'settle', [tokens, [bought, sold], [executed], [[], within, []]]);
    const block = await chain.anvil.public.getBlock();
    settled(server, uid, bought, block.transactions[0]!);
    return bought;
  };

  it('is settled once, for no less than was signed, and told with its transaction', async () => {
    const intent = await quoted({
      ...{ side: 'exact_in', amount: 10n * ETHER, bound: 29_000n * USD, clientOrderId: 'b1' },
    });
    await approved(intent);
    const signature = await trader.signTypedData(intent.typedData as never);
    await service.submit(intent, signature, AbortSignal.timeout(10_000));
    const before = await chain.held('USDC', trader.address);
    const bought = await settle(intent.uid as Hex);
    expect((await chain.held('USDC', trader.address)) - before).toBe(bought);
    expect(bought).toBeGreaterThanOrEqual(BigInt(intent.buyAmount));
    // The contract has it filled under the name that we gave it before it was sent.
    expect(await read<bigint>('filledAmount', [intent.uid])).toBe(10n * ETHER);
    const report = (await service.lookup(intent, AbortSignal.timeout(10_000)))!;
    expect(report).toMatchObject({ status: 'filled', sold: 10n * ETHER, bought });
    const receipt = await chain.anvil.public.getTransactionReceipt({ hash: report.transactions[0]! });
    expect(receipt).toMatchObject({ status: 'success', to: settlement.toLowerCase() });
    await expect(settle(intent.uid as Hex)).rejects.toThrow('reverted');
  });

  it('whose answer was lost is found and settled under its name, and sent again it is the same', async () => {
    const intent = await quoted({
      ...{ side: 'exact_in', amount: ETHER, bound: 2_900n * USD, clientOrderId: 'b2' },
    });
    await approved(intent);
    const signature = await trader.signTypedData(intent.typedData as never);
    server.fault = { on: 'POST', does: () => ({ status: 504, body: '', raw: '' }) };
    await expect(service.submit(intent, signature, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      name: 'QuoteFailure',
    });
    server.fault = undefined;
    expect(await service.lookup(intent, AbortSignal.timeout(10_000))).toMatchObject({ status: 'open' });
    await service.submit(intent, signature, AbortSignal.timeout(10_000));
    expect([...server.orders.keys()].filter((uid) => uid === intent.uid)).toHaveLength(1);
    await settle(intent.uid as Hex);
    expect(await read<bigint>('filledAmount', [intent.uid])).toBe(ETHER);
  });
});
