import type { ConcentratedPool } from '../../quant/pools/concentrated.ts';
import { tickAtSqrtPrice } from '../../quant/pools/tickPrice.ts';
import { sandwich } from '../../quant/routing/sandwich.ts';
import type { Mempool } from '../ports.ts';
import type { ChainConfig } from '../venuesModel.ts';
import type { Candidate } from './candidates.ts';
import { same } from './poolReader.ts';
import { reservesOf, type Hop } from './route.ts';
import { Unworkable, type Wanted } from './wanted.ts';

/** A year's volatility that waiting is priced at; crypto majors, rounded up. */
const ANNUAL_VOL = 0.8;
const SECONDS_PER_YEAR = 31_536_000;
/** Blocks that a relay needs more than the public pool: not every builder listens to it. */
const MORE_BLOCKS = 1;
const PIPS = 1_000_000;
const TICK_BASE = 1.0001;

/** Quote units, why one way was taken. */
export interface MempoolChoice {
  mempool: Exclude<Mempool, 'auto'>;
  why: { asked: Mempool; sandwichLoss: number; delayCost: number };
}

/** Quote units: what was expected. */
export interface ChosenSwap {
  candidate: Candidate;
  expected: bigint;
}

/** What part of the order a sandwich could pay for, by what is paid in or out; what is not traded on pools that are known counts. */
function exposedShare({ side, bound }: Wanted, { candidate, expected }: ChosenSwap): number {
  const moved = Number(expected);
  const slippage = side === 'exact_in' ? 1 - Number(bound) / moved : 1 - moved / Number(bound);
  const safe = candidate.pools
    .filter(({ hops }) => !hops.some((hop) => isExposed(hop, Math.max(slippage, 0))))
    .reduce((sum, { amountIn, amountOut }) => sum + Number(side === 'exact_in' ? amountOut : amountIn), 0);
  return Math.max(1 - safe / moved, 0);
}

/**
 * A concentrated pool is taken for one of constant product with the least liquidity that there is as far as the order would let the price
 * go: the thinner the pool, the sooner a sandwich pays. A Curve pool is taken to be exposed.
 */
function isExposed({ pool, tokenIn, amountIn }: Hop, slippage: number): boolean {
  if (pool.type === 'curve') return true;
  const zeroForOne = same(pool.tokens[0], tokenIn);
  const thinnest =
    pool.type === 'uniswap_v2'
      ? pool
      : { ...pool, pool: { ...pool.pool, liquidity: leastLiquidity(pool.pool, zeroForOne, slippage) } };
  const [x, y] = reservesOf(thinnest);
  const fee = (pool.type === 'uniswap_v2' ? pool.feePips : pool.pool.feePips) / PIPS;
  const [reserveIn, reserveOut] = zeroForOne ? [x, y] : [y, x];
  if (!(reserveIn > 0)) return true;
  return sandwich({ reserveIn, reserveOut, fee, amountIn: Number(amountIn), slippage }).lossBound > 0;
}

function leastLiquidity({ ticks, ...pool }: ConcentratedPool, zeroForOne: boolean, slippage: number): bigint {
  const tick = tickAtSqrtPrice(pool.sqrtPriceX96);
  const reach = Math.ceil(-Math.log1p(-slippage) / Math.log(TICK_BASE));
  const crossed = zeroForOne
    ? ticks.filter(({ index }) => index <= tick && index >= tick - reach).toReversed()
    : ticks.filter(({ index }) => index > tick && index <= tick + reach);
  let { liquidity } = pool;
  let least = liquidity;
  for (const { liquidityNet } of crossed) {
    liquidity += zeroForOne ? -liquidityNet : liquidityNet;
    if (liquidity < least) least = liquidity;
  }
  return least;
}

/**
 * How a transaction reaches the chain. `auto` is private where a sandwich could take more than the delay of the relay costs. A sandwich
 * can push the price no farther than the order's bound, where the transaction reverts: it takes at most what was expected less the
 * bound, and nothing in pools whose fees eat what it could gain.
 *
 * @throws Unworkable private, and no relay is configured
 */
export function chooseMempool(asked: Mempool, config: ChainConfig, wanted: Wanted, chosen: ChosenSwap): MempoolChoice {
  const hasRelay = config.relays.length > 0;
  if (asked === 'private' && !hasRelay) throw new Unworkable(`No private relay is configured for ${config.name}`);
  const slack = chosen.expected - wanted.bound;
  const most = Math.max(Number(wanted.side === 'exact_in' ? slack : -slack), 0);
  const sandwichLoss = most * exposedShare(wanted, chosen);
  const delayCost = waitingCost(Number(chosen.expected), (config.blockTimeMs / 1_000) * MORE_BLOCKS);
  const auto = hasRelay && sandwichLoss > delayCost ? 'private' : 'public';
  return { mempool: asked === 'auto' ? auto : asked, why: { asked, sandwichLoss, delayCost } };
}

/** Of the notional, for τ: what a driftless price runs away on average, E max(σ√τ Z, 0) = σ√(τ/2π). */
export function waitingCost(notional: number, seconds: number): number {
  return notional * ANNUAL_VOL * Math.sqrt(seconds / SECONDS_PER_YEAR / (2 * Math.PI));
}
