import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  encodeDeployData,
  encodeFunctionData,
  erc20Abi,
  hashStruct,
  isAddressEqual,
  numberToHex,
  parseAbi,
  parseEventLogs,
  parseSignature,
  size,
  type Abi,
  type Address,
  type Hex,
  type PrivateKeyAccount,
} from 'viem';
import type { Intent, IntentService } from '../../src/execution/aggregators/intents.ts';
import { intentServiceOf } from '../../src/execution/aggregators/select.ts';
import { SWAP_ROUTER_02 } from '../../src/execution/chains/abis.ts';
import type { AggregatorConfig } from '../../src/execution/venuesModel.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { settled, startCow, type CowServer } from '../venues/aggregators/cow.ts';
import { filled, startFusion, type FusionServer } from '../venues/aggregators/fusion.ts';
import { startGasless, type GaslessServer } from '../venues/aggregators/gasless.ts';
import { poolPricing } from '../venues/aggregators/pricing.ts';
import type { EvmChain } from './evmChain.ts';

// Services that have others settle signed orders, on a real EVM: CoW's own settlement contract, whose solver we play, 0x gasless, which
// takes what is sold by the real Permit2, and 1inch's own contracts for Fusion, whose resolver we play. All price on the 0.3 % pool of WETH and USDC.

export interface SettlementMarket {
  settlement: Address;
  cow: CowServer;
  gasless: GaslessServer;
  fusion: FusionServer;
  /** As the operator's file has them. */
  configs: Record<'cow' | 'gasless' | 'fusion', AggregatorConfig>;
  services: Record<'cow' | 'gasless' | 'fusion', IntentService>;
  read<T>(functionName: string, args?: readonly unknown[]): Promise<T>;
  /** Plays solver: sells what CoW's order pays on the pool, and pays out all that it got, in a transaction of its own. Answers what was paid. */
  settle(uid: Hex): Promise<bigint>;
  /** The same without a word of the service's. */
  settleSilently(uid: Hex): Promise<bigint>;
  /** Plays 0x. */
  settleGasless(intent: Intent, signature: Hex): Promise<bigint>;
  /** Plays resolver: pays what the auction asks for in the next block, and tells 1inch. Answers what the owner was paid. */
  settleFusion(hash: Hex): Promise<bigint>;
  /** The same without a word of the service's. */
  settleFusionSilently(hash: Hex, part?: { amount: bigint }): Promise<bigint>;
  /** Of 1inch's router. */
  readRouter<T>(functionName: string, args?: readonly unknown[]): Promise<T>;
  /** Sent by the owner of the order, as only he can. */
  takeBackFusion(trader: PrivateKeyAccount, hash: Hex): Promise<void>;
  approve(trader: PrivateKeyAccount, token: Address, spender: Address, amount: bigint): Promise<void>;
  close(): Promise<void>;
}

interface Permitted {
  nonce: string;
  deadline: string;
  slippageAndActions: object;
}

const ZERO: Address = '0x0000000000000000000000000000000000000000';
const ONE_INCH = new URL('contracts/', import.meta.url);
/** TakerTraitsLib: it is told what it takes, and the extension comes with it. */
const BY_MAKING_AMOUNT = 1n << 255n;
const EXTENSION_LENGTH_AT = 224n;
const API_KEY = 'key-that-nobody-may-see';
const PERMIT2 = parseAbi([
  'struct TokenPermissions { address token; uint256 amount; }',
  'struct Permit { TokenPermissions permitted; uint256 nonce; uint256 deadline; }',
  'struct Details { address to; uint256 requestedAmount; }',
  'function permitWitnessTransferFrom(Permit permit, Details details, address owner, bytes32 witness, string witnessTypeString, bytes signature)',
]);
const WITNESS =
  'SlippageAndActions slippageAndActions)SlippageAndActions(address recipient,address buyToken,uint256 minAmountOut,bytes[] actions)TokenPermissions(address token,uint256 amount)';

function contract(name: string): { abi: Abi; bytecode: Hex } {
  const file = createRequire(import.meta.url).resolve(`@cowprotocol/contracts/lib/contracts/${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as { abi: Abi; bytecode: Hex };
}

function oneinchContract(name: string): { abi: Abi; bytecode: Hex } {
  return JSON.parse(readFileSync(new URL(`${name}.json`, ONE_INCH), 'utf8')) as { abi: Abi; bytecode: Hex };
}

export async function deploySettlement({ anvil, market }: EvmChain, clock: Clock): Promise<SettlementMarket> {
  const gpv2 = contract('GPv2Settlement');
  const allowList = contract('GPv2AllowListAuthentication');
  const deploy = async ({ abi, bytecode }: { abi: Abi; bytecode: Hex }, args: readonly unknown[]) =>
    (await anvil.send(market.owner, { data: encodeDeployData({ abi, bytecode, args } as never) }))!;
  const send = (to: Address, abi: Abi, functionName: string, args: readonly unknown[]) =>
    anvil.send(market.owner, { to, data: encodeFunctionData({ abi, functionName, args } as never) });
  const authenticator = await deploy(allowList, []);
  await send(authenticator, allowList.abi, 'initializeManager', [market.owner.address]);
  await send(authenticator, allowList.abi, 'addSolver', [market.owner.address]);
  const settlement = await deploy(gpv2, [authenticator, ZERO]);
  const read: SettlementMarket['read'] = (functionName, args = []) =>
    anvil.public.readContract({ address: settlement, abi: gpv2.abi, functionName, args }) as never;
  const relayer = await read<Address>('vaultRelayer');
  const routerArtifact = oneinchContract('AggregationRouter');
  const router = await deploy(routerArtifact, [market.tokens.WETH.address]);
  const { address: accessToken } = market.tokens.WBTC; // whom the order does not list may fill it with one of these
  const fusionSettlement = await deploy(oneinchContract('SimpleSettlement'), [
    ...[router, accessToken, market.tokens.WETH.address, market.owner.address],
  ]);
  const pricing = poolPricing(anvil, market, 3_000);
  const [cow, gasless, fusion] = await Promise.all([
    startCow(pricing, clock, settlement),
    startGasless({ ...pricing, router: settlement }, API_KEY),
    startFusion(pricing, clock, {
      ...{ apiKey: API_KEY, settlement: fusionSettlement, router, resolvers: [market.owner.address] },
    }),
  ]);
  const configs = {
    cow: { name: 'cow' as const, url: cow.url, targets: [settlement], spenders: [relayer] },
    gasless: {
      ...{ name: 'zeroex' as const, flavour: 'gasless' as const, url: gasless.url, apiKey: API_KEY },
      ...{ targets: [settlement], spenders: [market.permit2] },
    },
    fusion: {
      ...{ name: 'oneinch' as const, flavour: 'fusion' as const, url: fusion.url, apiKey: API_KEY },
      ...{ targets: [fusionSettlement], spenders: [router] },
    },
  };
  const lastHash = async () => (await anvil.public.getBlock()).transactions[0]!;

  const settleSilently = async (uid: Hex): Promise<bigint> => {
    const { order, signature } = cow.orders.get(uid)!;
    const sold = BigInt(order.sellAmount);
    const trade = { tokenIn: order.sellToken, tokenOut: order.buyToken, side: 'exact_in', amount: sold } as const;
    const bought = order.kind === 'sell' ? (await pricing.price(trade))!.amountOut : BigInt(order.buyAmount);
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
    return bought;
  };

  const settleFusionSilently: SettlementMarket['settleFusionSilently'] = async (hash, part) => {
    const { order, extension, signature } = fusion.orders.get(hash)!;
    const { r, s, yParity } = parseSignature(signature);
    const vs = (BigInt(yParity) << 255n) | BigInt(s);
    const struct = Object.fromEntries(Object.entries(order).map(([name, value]) => [name, BigInt(value)]));
    const traits = BY_MAKING_AMOUNT | (BigInt(size(extension)) << EXTENSION_LENGTH_AT);
    const args = [
      struct,
      r,
      numberToHex(vs, { size: 32 }),
      part?.amount ?? BigInt(order.makingAmount),
      traits,
      extension,
    ];
    await send(order.takerAsset, erc20Abi as Abi, 'approve', [router, 2n ** 255n]);
    await send(router, routerArtifact.abi, 'fillOrderArgs', args);
    const receipt = await anvil.public.getTransactionReceipt({ hash: await lastHash() });
    const transfers = parseEventLogs({ abi: erc20Abi, eventName: 'Transfer', logs: receipt.logs });
    return transfers.findLast(({ args: { to } }) => isAddressEqual(to, order.maker))!.args.value;
  };

  return {
    ...{ settlement, cow, gasless, fusion, configs, read, settleSilently, settleFusionSilently },
    services: {
      cow: intentServiceOf(configs.cow, { clock })!,
      gasless: intentServiceOf(configs.gasless, { clock })!,
      fusion: intentServiceOf(configs.fusion, { clock })!,
    },
    readRouter: (functionName, args = []) =>
      anvil.public.readContract({ address: router, abi: routerArtifact.abi, functionName, args }) as never,
    async takeBackFusion(trader, hash) {
      const args = [BigInt(fusion.orders.get(hash)!.order.makerTraits), hash];
      const data = encodeFunctionData({ abi: routerArtifact.abi, functionName: 'cancelOrder', args });
      await anvil.send(trader as never, { to: router, data });
    },
    async settleFusion(hash) {
      const bought = await settleFusionSilently(hash);
      filled(fusion, hash, bought, await lastHash());
      return bought;
    },
    async settle(uid) {
      const bought = await settleSilently(uid);
      settled(cow, uid, bought, await lastHash());
      return bought;
    },
    async settleGasless({ typedData, owner, sellToken, sellAmount, buyToken, quoted, uid }, signature) {
      const { types, message } = typedData as unknown as { types: object; message: Permitted };
      const data = message.slippageAndActions;
      const witness = hashStruct({ data, primaryType: 'SlippageAndActions', types } as never);
      const permit = {
        permitted: { token: sellToken, amount: BigInt(sellAmount) },
        ...{ nonce: BigInt(message.nonce), deadline: BigInt(message.deadline) },
      };
      const details = { to: market.owner.address, requestedAmount: BigInt(sellAmount) };
      const bought = BigInt(quoted.buyAmount);
      const take = { abi: PERMIT2, functionName: 'permitWitnessTransferFrom' } as const;
      const pay = { abi: erc20Abi, functionName: 'transferFrom', args: [market.owner.address, owner, bought] } as const;
      await send(buyToken, erc20Abi as Abi, 'approve', [settlement, bought]);
      const calls = [
        {
          ...{ target: market.permit2, value: 0n },
          callData: encodeFunctionData({ ...take, args: [permit, details, owner, witness, WITNESS, signature] }),
        },
        { target: buyToken, value: 0n, callData: encodeFunctionData(pay) },
      ];
      await send(settlement, gpv2.abi, 'settle', [[], [], [], [[], calls, []]]);
      const transactions = [{ hash: await lastHash(), timestamp: 1 }];
      gasless.trades.set(uid as Hex, { status: 'confirmed', transactions });
      return bought;
    },
    async approve(trader, token, spender, amount) {
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender, amount] });
      await anvil.send(trader as never, { to: token, data });
    },
    async close() {
      await Promise.all([cow.close(), gasless.close(), fusion.close()]);
    },
  };
}
