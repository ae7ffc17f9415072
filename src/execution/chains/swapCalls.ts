import { encodeAbiParameters, encodeFunctionData, encodePacked, type Address, type Hex } from 'viem';
import type { ChainConfig } from '../venuesModel.ts';
import {
  CURVE_POOL,
  SWAP_ROUTER_02,
  UNIVERSAL_COMMANDS,
  UNIVERSAL_ROUTER,
  UNIVERSAL_V2_SWAP,
  UNIVERSAL_V3_SWAP,
} from './abis.ts';
import type { PoolState } from './poolReader.ts';
import { indexOf, type Hop, type PoolPart, type Route, type Side } from './route.ts';

/** A call that swaps. Amounts in base units. */
export interface SwapCall {
  to: Address;
  data: Hex;
  /** Who has to be allowed to take `spends` of the token paid in. */
  spender: Address;
  /** Through Permit2, which has to allow the one that is called in turn. */
  viaPermit2: boolean;
  /** The most that it takes. */
  spends: bigint;
}

export interface SwapTerms {
  side: Side;
  tokenIn: Address;
  tokenOut: Address;
  /** Least to be received in all, or most to be paid. */
  bound: bigint;
  /** Who pays and receives. */
  account: Address;
  validUntil: Date;
}

interface BoundedPart extends PoolPart {
  bound: bigint;
}

/** Pools that can be traded with the contracts that there are: those of Uniswap need a router. */
export function tradable(pools: readonly PoolState[], contracts: ChainConfig['contracts']): PoolState[] {
  const hasRouter = contracts.swapRouter02 || (contracts.universalRouter && contracts.permit2);
  return pools.filter(({ type }) => type === 'curve' || hasRouter);
}

/** The calls of a route: all Uniswap pools in one, each Curve pool in one of its own, which has no router. */
export function swapCalls(route: Route, terms: SwapTerms, contracts: ChainConfig['contracts']): SwapCall[] {
  const parts = bounded(route, terms);
  const routed = parts.filter(({ hops: [first] }) => first!.pool.type !== 'curve');
  const direct = parts.filter((part) => !routed.includes(part)).map((part) => curveCall(part, terms));
  if (routed.length === 0) return direct;
  const router = contracts.swapRouter02
    ? routerCall(routed, terms, contracts.swapRouter02 as Address)
    : universalCall(routed, terms, contracts.universalRouter as Address, contracts.permit2 as Address);
  return [router, ...direct];
}

/** The bound of the whole, shared so that every part may miss its quote by as much: together they hold to it. */
function bounded({ parts, amountIn, amountOut }: Route, { side, bound }: SwapTerms): BoundedPart[] {
  return parts.map((part) => ({
    ...part,
    bound: side === 'exact_in' ? ceilOf(part.amountOut * bound, amountOut) : (part.amountIn * bound) / amountIn,
  }));
}

function ceilOf(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

function spentBy(parts: readonly BoundedPart[], side: Side): bigint {
  return parts.reduce((sum, { amountIn, bound }) => sum + (side === 'exact_in' ? amountIn : bound), 0n);
}

function secondsOf(at: Date): bigint {
  return BigInt(Math.floor(at.getTime() / 1_000));
}

function routerCall(parts: readonly BoundedPart[], terms: SwapTerms, router: Address): SwapCall {
  const calls = parts.map((part) => routerSwap(part, terms));
  const data = encodeFunctionData({
    ...{ abi: SWAP_ROUTER_02, functionName: 'multicall', args: [secondsOf(terms.validUntil), calls] },
  });
  return { to: router, data, spender: router, viaPermit2: false, spends: spentBy(parts, terms.side) };
}

function routerSwap({ hops, amountIn, amountOut, bound }: BoundedPart, terms: SwapTerms): Hex {
  const { side, tokenIn, tokenOut, account } = terms;
  const abi = SWAP_ROUTER_02;
  const [{ pool }] = hops as [Hop];
  if (pool.type === 'uniswap_v3' && hops.length === 1) {
    const common = { tokenIn, tokenOut, fee: pool.pool.feePips, recipient: account, sqrtPriceLimitX96: 0n };
    if (side === 'exact_in') {
      const swap = { ...common, amountIn, amountOutMinimum: bound };
      return encodeFunctionData({ abi, functionName: 'exactInputSingle', args: [swap] });
    }
    const swap = { ...common, amountOut, amountInMaximum: bound };
    return encodeFunctionData({ abi, functionName: 'exactOutputSingle', args: [swap] });
  }
  if (pool.type === 'uniswap_v3') {
    const common = { path: concentratedPath(hops, side), recipient: account };
    if (side === 'exact_in') {
      const swap = { ...common, amountIn, amountOutMinimum: bound };
      return encodeFunctionData({ abi, functionName: 'exactInput', args: [swap] });
    }
    const swap = { ...common, amountOut, amountInMaximum: bound };
    return encodeFunctionData({ abi, functionName: 'exactOutput', args: [swap] });
  }
  const path = tokensOf(hops);
  return side === 'exact_in'
    ? encodeFunctionData({ abi, functionName: 'swapExactTokensForTokens', args: [amountIn, bound, path, account] })
    : encodeFunctionData({ abi, functionName: 'swapTokensForExactTokens', args: [amountOut, bound, path, account] });
}

function tokensOf(hops: readonly Hop[]): Address[] {
  return [hops[0]!.tokenIn, ...hops.map(({ tokenOut }) => tokenOut)];
}

/** Token, fee, token, …; that of an exact output runs from its end. */
function concentratedPath(hops: readonly Hop[], side: Side): Hex {
  const steps = side === 'exact_in' ? hops : hops.toReversed();
  const [from, to] = side === 'exact_in' ? (['tokenIn', 'tokenOut'] as const) : (['tokenOut', 'tokenIn'] as const);
  return steps.reduce<Hex>((path, hop) => {
    const fee = hop.pool.type === 'uniswap_v3' ? hop.pool.pool.feePips : 0;
    return encodePacked(['bytes', 'uint24', 'address'], [path, fee, hop[to]]);
  }, steps[0]![from]);
}

function universalCall(parts: readonly BoundedPart[], terms: SwapTerms, router: Address, permit2: Address): SwapCall {
  const commands: Hex = `0x${parts.map(({ hops: [first] }) => commandOf(first!.pool, terms.side)).join('')}`;
  const inputs = parts.map((part) => universalInput(part, terms));
  const data = encodeFunctionData({
    ...{ abi: UNIVERSAL_ROUTER, functionName: 'execute', args: [commands, inputs, secondsOf(terms.validUntil)] },
  });
  return { to: router, data, spender: permit2, viaPermit2: true, spends: spentBy(parts, terms.side) };
}

function commandOf({ type }: PoolState, side: Side): string {
  return type === 'curve' ? '' : UNIVERSAL_COMMANDS[type][side];
}

function universalInput({ hops, amountIn, amountOut, bound }: BoundedPart, { side, account }: SwapTerms): Hex {
  const amount = side === 'exact_in' ? amountIn : amountOut;
  if (hops[0]!.pool.type !== 'uniswap_v3')
    return encodeAbiParameters(UNIVERSAL_V2_SWAP, [account, amount, bound, tokensOf(hops), true]);
  return encodeAbiParameters(UNIVERSAL_V3_SWAP, [account, amount, bound, concentratedPath(hops, side), true]);
}

function curveCall({ hops: [hop], amountIn, bound }: BoundedPart, { tokenIn, tokenOut }: SwapTerms): SwapCall {
  const { pool } = hop!;
  const coins = [BigInt(indexOf(pool, tokenIn)), BigInt(indexOf(pool, tokenOut))] as const;
  const data = encodeFunctionData({ abi: CURVE_POOL, functionName: 'exchange', args: [...coins, amountIn, bound] });
  return { to: pool.address, data, spender: pool.address, viaPermit2: false, spends: amountIn };
}
