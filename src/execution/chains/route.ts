import type { Address } from 'viem';
import { swap } from '../../quant/pools/concentrated.ts';
import { sqrtPriceAtTick } from '../../quant/pools/tickPrice.ts';
import { concentratedVenue, constantProductVenue, stableSwapVenue } from '../../quant/routing/chainVenues.ts';
import { venuesInSeries, type PiecewiseVenue } from '../../quant/routing/inSeries.ts';
import { splitUnits, type UnitVenue } from '../../quant/routing/wholeUnits.ts';
import { same, type PoolState } from './poolReader.ts';

/** One pool of a way. Base units. */
export interface Hop {
  pool: PoolState;
  tokenIn: Address;
  tokenOut: Address;
  amountIn: bigint;
  amountOut: bigint;
}

/** What one pool does of an order, or pools one after another. Base units. */
export interface PoolPart {
  hops: Hop[];
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

/** Ways over a third token that compete with the direct ones; each pool is on one of them. */
const MOST_PATHS = 8;

/**
 * The best way through the pools, all gas counted, exact to the last unit at the block of the states.
 *
 * An exact output must not be exceeded by a single unit. Concentrated pools hold to it. A router asks a constant-product pool for the
 * least input and takes all that it pays, which is worth up to a unit of the input more: such pools are used where the others do not
 * hold enough, and then asked for that much less. Curve has no exact output at all. Ways over a third token stay within one kind of
 * Uniswap's pools, as its routers do, and for an exact output within v3.
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
  const direct = pools
    .filter((pool) => indexOf(pool, tokenIn) >= 0 && indexOf(pool, tokenOut) >= 0)
    .map((pool) => [{ pool, tokenIn, tokenOut }]);
  const paths = pathsOver(pools, tokenIn, tokenOut, side).map((path) => laneOf(path, gasCost));
  const lanes = [...direct.map((path) => laneOf(path, gasCost)), ...apart(paths, amount, side)];
  const over = (types: readonly PoolState['type'][]) =>
    solve(
      lanes.filter(({ path }) => path.every(({ pool }) => types.includes(pool.type))),
      amount,
      side,
    );
  if (side === 'exact_in') return over(['uniswap_v2', 'uniswap_v3', 'curve']);
  const exactly = over(['uniswap_v3']);
  if (exactly) return exactly;
  const roughly = over(['uniswap_v2', 'uniswap_v3']);
  return roughly && routeOf(roughly.parts.map(askedForLess));
}

type Path = Pick<Hop, 'pool' | 'tokenIn' | 'tokenOut'>[];

interface Lane {
  path: Path;
  venue: UnitVenue;
}

/** Two pools of one kind, with a third token between them. */
function pathsOver(pools: readonly PoolState[], tokenIn: Address, tokenOut: Address, side: Side): Path[] {
  const usable = pools.filter(({ type }) => type === 'uniswap_v3' || (type === 'uniswap_v2' && side === 'exact_in'));
  const holds = (pool: PoolState, ...tokens: Address[]) => tokens.every((token) => indexOf(pool, token) >= 0);
  return usable
    .filter((first) => holds(first, tokenIn) && !holds(first, tokenOut))
    .flatMap((first) => {
      const middle = first.tokens.find((held) => !same(held, tokenIn))!;
      const onward = usable.filter((pool) => pool.type === first.type && holds(pool, middle, tokenOut));
      return onward.map((second) => [
        { pool: first, tokenIn, tokenOut: middle },
        { pool: second, tokenIn: middle, tokenOut },
      ]);
    });
}

function laneOf(path: Path, gasCost: number): Lane {
  const venues = path.map(({ pool, tokenIn, tokenOut }) =>
    venueOf(pool, tokenIn, tokenOut, SWAP_GAS[pool.type] * gasCost),
  );
  return {
    path,
    venue: venues.reduce((first, second) => venuesInSeries(first as PiecewiseVenue, second as PiecewiseVenue)),
  };
}

/** The best of them that share no pool: what one of them does would change what the other is paid. */
function apart(lanes: readonly Lane[], amount: bigint, side: Side): Lane[] {
  const promised = ({ venue: { exchange } }: Lane) =>
    side === 'exact_in' ? exchange.outputOf(Number(amount)) : -exchange.inputFor(Number(amount));
  const ranked = lanes.map((lane) => ({ lane, worth: promised(lane) })).sort((a, b) => b.worth - a.worth);
  const chosen: Lane[] = [];
  const isFree = ({ path }: Lane) =>
    !path.some(({ pool }) => chosen.some((other) => other.path.some((hop) => hop.pool === pool)));
  for (const { lane } of ranked) if (chosen.length < MOST_PATHS && isFree(lane)) chosen.push(lane);
  return chosen;
}

function solve(lanes: readonly Lane[], amount: bigint, side: Side): Route | undefined {
  if (lanes.length === 0) return undefined;
  const split = splitUnits(
    lanes.map(({ venue }) => venue),
    amount,
    side,
  );
  if (!split || split.left > 0n) return undefined;
  const parts = split.parts.map(({ venue, amountIn, amountOut }) =>
    partOf(lanes[venue]!.path, side === 'exact_in' ? amountIn : amountOut, side),
  );
  if (!parts.every((part) => part.amountIn > 0n && part.amountOut > 0n && part.hops.every(isKnown))) return undefined;
  return routeOf(parts);
}

/** With what each pool is paid and pays. */
function partOf(path: Path, amount: bigint, side: Side): PoolPart {
  const hops: Hop[] = [];
  let left = amount;
  for (const hop of side === 'exact_in' ? path : path.toReversed()) {
    const { pays, costs } = venueOf(hop.pool, hop.tokenIn, hop.tokenOut, 0);
    const other = side === 'exact_in' ? pays(left) : costs(left);
    const [amountIn, amountOut] = side === 'exact_in' ? [left, other] : [other, left];
    if (side === 'exact_in') hops.push({ ...hop, amountIn, amountOut });
    else hops.unshift({ ...hop, amountIn, amountOut });
    left = other;
  }
  return { hops, amountIn: hops[0]!.amountIn, amountOut: hops.at(-1)!.amountOut };
}

function routeOf(parts: PoolPart[]): Route {
  const gas = parts.flatMap(({ hops }) => hops).reduce((sum, { pool }) => sum + SWAP_GAS[pool.type], 0);
  return {
    parts,
    amountIn: parts.reduce((sum, { amountIn }) => sum + amountIn, 0n),
    amountOut: parts.reduce((sum, { amountOut }) => sum + amountOut, 0n),
    gas: BigInt(gas),
  };
}

/** By what two units of the input buy: twice what rounding can give, for the price may move before it is mined. */
function askedForLess(part: PoolPart): PoolPart {
  const [hop] = part.hops as [Hop];
  if (hop.pool.type !== 'uniswap_v2') return part;
  const { pays, costs } = venueOf(hop.pool, hop.tokenIn, hop.tokenOut, 0);
  const asked = part.amountOut - pays(2n) - 1n;
  if (asked <= 0n) return part;
  const amounts = { amountIn: costs(asked), amountOut: asked };
  return { hops: [{ ...hop, ...amounts }], ...amounts };
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
function isKnown({ pool, tokenIn, amountIn }: Hop): boolean {
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
