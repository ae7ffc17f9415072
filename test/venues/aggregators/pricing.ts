import { encodeFunctionData, type Address, type Hex } from 'viem';
import { SWAP_ROUTER_02 } from '../../../src/execution/chains/abis.ts';
import type { Anvil } from '../../support/anvil.ts';
import type { EvmMarket } from '../../support/evmMarket.ts';
import { QUOTER_V2 } from '../../support/routerAbis.ts';

// What the aggregators of ours price on, and the transactions that they answer: all call a router of Uniswap's.

export interface Trade {
  tokenIn: Address;
  tokenOut: Address;
  side: 'exact_in' | 'exact_out';
  amount: bigint;
}

export interface Priced {
  amountIn: bigint;
  amountOut: bigint;
  gas: bigint;
}

/** Where prices come from. Undefined: there is no liquidity. */
export interface Pricing {
  chainId: number;
  router: Address;
  fee: number;
  price(trade: Trade): Promise<Priced | undefined>;
}

/** What an aggregator that cannot be trusted does. */
export interface Tampering {
  target?: Address;
  spender?: Address;
  /** Who the calldata gives the outcome to. */
  recipient?: Address;
  /** Of the calldata. */
  amountIn?: (amount: bigint) => bigint;
  least?: (amount: bigint) => bigint;
  /** What is quoted of what the pool gives: stale, or made up. */
  promise?: (amount: bigint) => bigint;
}

export interface Dealer {
  pricing: Pricing;
  tampering: Tampering;
}

/** A pool with a fixed rate, of whole base units of the other token for 10⁶. */
export function flatPricing(ratePerMillion: bigint): Pricing {
  const UNIT = 10n ** 6n;
  return {
    ...{ chainId: 1, router: '0x00000000000000000000000000000000000000aa', fee: 3_000 },
    async price({ side, amount }) {
      if (side === 'exact_in') return { amountIn: amount, amountOut: (amount * ratePerMillion) / UNIT, gas: 150_000n };
      return { amountIn: (amount * UNIT) / ratePerMillion + 1n, amountOut: amount, gas: 150_000n };
    },
  };
}

/** The concentrated pool of that fee, as its own quoter prices it on the newest block. */
export function poolPricing(anvil: Anvil, market: EvmMarket, fee: number): Pricing {
  return {
    ...{ chainId: anvil.chainId, router: market.swapRouter02, fee },
    async price({ tokenIn, tokenOut, side, amount }) {
      const pair = { tokenIn, tokenOut, fee, sqrtPriceLimitX96: 0n };
      const asked =
        side === 'exact_in'
          ? ({ functionName: 'quoteExactInputSingle', args: [{ ...pair, amountIn: amount }] } as const)
          : ({ functionName: 'quoteExactOutputSingle', args: [{ ...pair, amount }] } as const);
      const quoted = await anvil.public
        .simulateContract({ address: market.quoter, abi: QUOTER, ...asked } as never)
        .catch(() => undefined);
      if (!quoted) return undefined;
      const [moved, , , gas] = quoted.result as unknown as [bigint, bigint, number, bigint];
      const amounts = side === 'exact_in' ? [amount, moved] : [moved, amount];
      return { amountIn: amounts[0]!, amountOut: amounts[1]!, gas: gas + 60_000n };
    },
  };
}

const QUOTER = [
  ...QUOTER_V2,
  {
    ...{ type: 'function', name: 'quoteExactOutputSingle', stateMutability: 'nonpayable' },
    inputs: [
      {
        ...{ type: 'tuple', name: 'params' },
        components: [
          { type: 'address', name: 'tokenIn' },
          { type: 'address', name: 'tokenOut' },
          { type: 'uint256', name: 'amount' },
          { type: 'uint24', name: 'fee' },
          { type: 'uint160', name: 'sqrtPriceLimitX96' },
        ],
      },
    ],
    outputs: [{ type: 'uint256' }, { type: 'uint160' }, { type: 'uint32' }, { type: 'uint256' }],
  },
] as const;

/** What the aggregator says that it gets, after what it does to it. */
export async function priced({ pricing, tampering }: Dealer, trade: Trade): Promise<Priced | undefined> {
  const found = await pricing.price(trade);
  if (!found || !tampering.promise) return found;
  return trade.side === 'exact_in'
    ? { ...found, amountOut: tampering.promise(found.amountOut) }
    : { ...found, amountIn: tampering.promise(found.amountIn) };
}

export function targetOf({ pricing, tampering }: Dealer): Address {
  return tampering.target ?? pricing.router;
}

export function spenderOf({ pricing, tampering }: Dealer): Address {
  return tampering.spender ?? pricing.router;
}

/** The router's calldata. Of an exact input `bound` is the least that comes out, of an exact output the most that goes in. */
export function calldataOf({ pricing, tampering }: Dealer, trade: Trade, bound: bigint, taker: Address): Hex {
  const { tokenIn, tokenOut, side, amount } = trade;
  const { recipient = taker, amountIn = same, least = same } = tampering;
  const common = { tokenIn, tokenOut, fee: pricing.fee, recipient, sqrtPriceLimitX96: 0n };
  if (side === 'exact_in') {
    const swap = { ...common, amountIn: amountIn(amount), amountOutMinimum: least(bound) };
    return encodeFunctionData({ abi: SWAP_ROUTER_02, functionName: 'exactInputSingle', args: [swap] });
  }
  const swap = { ...common, amountOut: least(amount), amountInMaximum: amountIn(bound) };
  return encodeFunctionData({ abi: SWAP_ROUTER_02, functionName: 'exactOutputSingle', args: [swap] });
}

function same(amount: bigint): bigint {
  return amount;
}
