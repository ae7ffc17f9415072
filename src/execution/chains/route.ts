import type { Address } from 'viem';
import { swap } from '../../quant/pools/concentrated.ts';
import { sqrtPriceAtTick } from '../../quant/pools/tickPrice.ts';
import { concentratedVenue, constantProductVenue, stableSwapVenue } from '../../quant/routing/chainVenues.ts';
import { splitUnits, type UnitVenue } from '../../quant/routing/wholeUnits.ts';
import { same, type PoolState } from './poolReader.ts';

/** What one pool does of an order. Base units. */
export interface PoolPart {
  pool: PoolState;
  amountIn: bigint;
  amountOut: bigint;
}

export interface Route {
  parts: PoolPart[];
  amountIn: bigint;
  amountOut: bigint;
  /** Estimated, of all parts. */
  gas: bigint;
}

export type Side = 'exact_in' | 'exact_out';

/** Gas of a swap beside the fixed 21,000 of a transaction: measured on the contracts, with tick crossings to spare. */
const SWAP_GAS = { uniswap_v2: 95_000, uniswap_v3: 130_000, curve: 190_000 } as const;

/**
 * The best way through the pools, all gas counted, exact to the last unit at the block of the states.
 *
 * An exact output must not be exceeded by a single unit. Concentrated pools hold to it. A router asks a constant-product pool for the
 * least input and takes all that it pays, which is worth up to a unit of the input more: such pools are used where the others do not
 * hold enough, and then asked for that much less. Curve has no exact output at all.
 *
 * @param amount base units of `tokenIn` (exact_in) or of `tokenOut` (exact_out), > 0
 * @param gasCost of one unit of gas, in base units of the token that the order does not fix
 * @returns undefined when the pools cannot take so much
 */
export function routeThrough(
  pools: readonly PoolState[],
  tokenIn: Address,
  tokenOut: Address,
  amount: bigint,
  side: Side,
  gasCost: number,
): Route | undefined {
  const over = (usable: readonly PoolState[]) => solve(usable, tokenIn, tokenOut, amount, side, gasCost);
  if (side === 'exact_in') return over(pools);
  const exactly = over(pools.filter(({ type }) => type === 'uniswap_v3'));
  if (exactly) return exactly;
  const roughly = over(pools.filter(({ type }) => type !== 'curve'));
  return roughly && routeOf(roughly.parts.map((part) => askedForLess(part, tokenIn, tokenOut)));
}

function solve(
  pools: readonly PoolState[],
  tokenIn: Address,
  tokenOut: Address,
  amount: bigint,
  side: Side,
  gasCost: number,
): Route | undefined {
  const venues = pools.map((pool) => venueOf(pool, tokenIn, tokenOut, SWAP_GAS[pool.type] * gasCost));
  if (venues.length === 0) return undefined;
  const split = splitUnits(venues, amount, side);
  if (!split || split.left > 0n) return undefined;
  const parts = split.parts.map(({ venue, amountIn, amountOut }) => ({ pool: pools[venue]!, amountIn, amountOut }));
  if (!parts.every((part) => part.amountIn > 0n && part.amountOut > 0n && isKnown(part, tokenIn))) return undefined;
  return routeOf(parts);
}

function routeOf(parts: PoolPart[]): Route {
  return {
    parts,
    amountIn: parts.reduce((sum, { amountIn }) => sum + amountIn, 0n),
    amountOut: parts.reduce((sum, { amountOut }) => sum + amountOut, 0n),
    gas: BigInt(parts.reduce((sum, { pool }) => sum + SWAP_GAS[pool.type], 0)),
  };
}

/** By what two units of the input buy: twice what rounding can give, for the price may move before it is mined. */
function askedForLess(part: PoolPart, tokenIn: Address, tokenOut: Address): PoolPart {
  const { pool, amountOut } = part;
  if (pool.type !== 'uniswap_v2') return part;
  const { pays, costs } = venueOf(pool, tokenIn, tokenOut, 0);
  const asked = amountOut - pays(2n) - 1n;
  return asked > 0n ? { pool, amountIn: costs(asked), amountOut: asked } : part;
}

function venueOf(pool: PoolState, tokenIn: Address, tokenOut: Address, fixedCost: number): UnitVenue {
  const zeroForOne = same(pool.tokens[0]!, tokenIn);
  if (pool.type === 'uniswap_v2') {
    const [a, b] = pool.reserves;
    const [reserveIn, reserveOut] = zeroForOne ? [a, b] : [b, a];
    return constantProductVenue({ reserveIn, reserveOut, feePips: pool.feePips }, fixedCost);
  }
  if (pool.type === 'uniswap_v3') return concentratedVenue(pool.pool, zeroForOne, fixedCost);
  return stableSwapVenue(pool, indexOf(pool, tokenIn), indexOf(pool, tokenOut), fixedCost);
}

export function indexOf(pool: PoolState, token: Address): number {
  return pool.tokens.findIndex((held) => same(held, token));
}

/** Whether the price stays where the ticks of the pool were read: beyond, the quote would be a guess. */
function isKnown({ pool, amountIn }: PoolPart, tokenIn: Address): boolean {
  if (pool.type !== 'uniswap_v3') return true;
  const { sqrtPriceX96 } = swap(pool.pool, same(pool.tokens[0], tokenIn), amountIn);
  return sqrtPriceX96 > sqrtPriceAtTick(pool.known.from) && sqrtPriceX96 < sqrtPriceAtTick(pool.known.to);
}

/** Base units of `tokenOut` for one of `tokenIn` in the deepest pool of the two, before fees; undefined when there is none. */
export function spotPrice(pools: readonly PoolState[], tokenIn: Address, tokenOut: Address): number | undefined {
  const prices = pools.flatMap((pool) => {
    if (pool.type === 'curve' || indexOf(pool, tokenIn) < 0 || indexOf(pool, tokenOut) < 0) return [];
    const [x, y] = reservesOf(pool);
    return same(pool.tokens[0], tokenIn) ? [{ depth: y, price: y / x }] : [{ depth: x, price: x / y }];
  });
  const best = prices.reduce<(typeof prices)[number] | undefined>(
    (a, b) => (a && a.depth >= b.depth ? a : b),
    undefined,
  );
  return best?.price;
}

/** Of a concentrated pool its virtual ones, L/√P and L·√P (Uniswap v3 whitepaper, eq 2.1). */
export function reservesOf(pool: Exclude<PoolState, { type: 'curve' }>): [number, number] {
  if (pool.type === 'uniswap_v2') return [Number(pool.reserves[0]), Number(pool.reserves[1])];
  const root = Number(pool.pool.sqrtPriceX96) / 2 ** 96;
  return [Number(pool.pool.liquidity) / root, Number(pool.pool.liquidity) * root];
}
