import { MAX_TICK, MIN_TICK } from '../pools/tickPrice.ts';
import type { ConcentratedPool } from '../pools/concentrated.ts';
import { piecewise, type Piece, type PiecewiseExchange } from './exchange.ts';

/**
 * Uniswap v2: G(d) = yγd/(x + γd), γ = 1 − fee.
 *
 * @param reserveIn x > 0; @param reserveOut y > 0; @param fee of what is paid in, 0 <= fee < 1
 */
export function constantProduct(reserveIn: number, reserveOut: number, fee: number): PiecewiseExchange {
  const kept = 1 - fee;
  return piecewise([{ length: Infinity, price: (kept * reserveOut) / reserveIn, bend: kept / reserveIn }]);
}

/** A stretch of √price over which the liquidity stays the same. */
interface Stretch {
  readonly near: number;
  readonly far: number;
  readonly liquidity: number;
}

/** Virtual reserves L/√P and L·√P (Uniswap v3 whitepaper, eq 2.1); where there is no liquidity the price passes at no cost. */
function stretchPieces(stretches: readonly Stretch[], fee: number, zeroForOne: boolean): PiecewiseExchange {
  const kept = 1 - fee;
  const pieces: Piece[] = [];
  for (const { near, far, liquidity } of stretches) {
    if (!(liquidity > 0) || near === far) continue;
    pieces.push(
      zeroForOne
        ? {
            length: (liquidity * (near - far)) / (near * far) / kept,
            price: kept * near * near,
            bend: (kept * near) / liquidity,
          }
        : {
            length: (liquidity * (far - near)) / kept,
            price: kept / near / near,
            bend: kept / near / liquidity,
          },
    );
  }
  return piecewise(pieces);
}

const HALF_LOG_TICK = 0.5 * Math.log1p(1e-4);

/** √1.0001^tick. */
export function rootAtTick(tick: number): number {
  return Math.exp(tick * HALF_LOG_TICK);
}

export interface RealRange {
  readonly tickLower: number;
  readonly tickUpper: number;
  readonly liquidity: number;
}

/**
 * Uniswap v3 ranges; where they overlap, their liquidity adds up. Price is token 1 per token 0.
 *
 * @param rootPrice √price > 0, a real number, not Q64.96; @param zeroForOne whether token 0 is paid in, which lowers the price
 * @param fee of what is paid in, 0 <= fee < 1
 */
export function concentratedRanges(
  rootPrice: number,
  ranges: readonly RealRange[],
  fee: number,
  zeroForOne: boolean,
): PiecewiseExchange {
  const net = new Map<number, number>();
  const add = (tick: number, liquidity: number) => net.set(tick, (net.get(tick) ?? 0) + liquidity);
  for (const { tickLower, tickUpper, liquidity } of ranges) {
    add(tickLower, liquidity);
    add(tickUpper, -liquidity);
  }
  const ticks = [...net.keys()].sort((a, b) => a - b);
  const edges = ticks.map(rootAtTick);
  // Summed anew from the ranges, not from the changes at the ticks, whose rounding would stay as liquidity where there is none.
  const liquidities = ticks.slice(1).map((_, k) => activeBetween(ranges, ticks[k]!));
  return stretchPieces(stretchesFrom(rootPrice, edges, liquidities, zeroForOne), fee, zeroForOne);
}

function activeBetween(ranges: readonly RealRange[], tick: number): number {
  let sum = 0;
  for (const range of ranges) if (range.tickLower <= tick && tick < range.tickUpper) sum += range.liquidity;
  return sum;
}

/** Where the price goes from `rootPrice`, nearest first; liquidities[k] is that between edges k and k + 1. */
function stretchesFrom(
  rootPrice: number,
  edges: readonly number[],
  liquidities: readonly number[],
  zeroForOne: boolean,
): Stretch[] {
  const stretches: Stretch[] = [];
  liquidities.forEach((liquidity, k) => {
    const [low, high] = [edges[k]!, edges[k + 1]!];
    if (zeroForOne && low < rootPrice) stretches.push({ near: Math.min(high, rootPrice), far: low, liquidity });
    if (!zeroForOne && high > rootPrice) stretches.push({ near: Math.max(low, rootPrice), far: high, liquidity });
  });
  return zeroForOne ? stretches.reverse() : stretches;
}

const PIPS = 1_000_000;

/** A Uniswap v3 pool as the chain holds it, in real numbers of base units. */
export function concentratedExchange(pool: ConcentratedPool, zeroForOne: boolean): PiecewiseExchange {
  const edges = [MIN_TICK, ...pool.ticks.map(({ index }) => index), MAX_TICK].map(rootAtTick);
  let sum = 0n;
  const liquidities = [0n, ...pool.ticks.map(({ liquidityNet }) => (sum += liquidityNet))].map(Number);
  const rootPrice = Number(pool.sqrtPriceX96) / 2 ** 96;
  return stretchPieces(stretchesFrom(rootPrice, edges, liquidities, zeroForOne), pool.feePips / PIPS, zeroForOne);
}

/**
 * An order book: each level takes its size at its price.
 *
 * @param levels [price, size], best first: output per unit of input, > 0, and input, > 0
 * @param fee of what is paid out, 0 <= fee < 1
 */
export function orderBook(levels: readonly (readonly [number, number])[], fee: number): PiecewiseExchange {
  return piecewise(levels.map(([price, length]) => ({ length, price: price * (1 - fee), bend: 0 })));
}

/**
 * A venue known by samples only, such as an aggregator: straight lines between them. Samples below the line between their
 * neighbours are left out, so that it is concave; what it pays between two samples is an estimate.
 *
 * @param samples (amountIn, amountOut), amountIn > 0 ascending
 */
export function quotedSamples(samples: readonly (readonly [number, number])[]): PiecewiseExchange {
  const hull: [number, number][] = [[0, 0]];
  for (const [x, y] of samples) {
    while (hull.length > 1) {
      const [ax, ay] = hull.at(-2)!;
      const [bx, by] = hull.at(-1)!;
      if ((by - ay) * (x - bx) > (y - by) * (bx - ax)) break;
      hull.pop();
    }
    hull.push([x, y]);
  }
  const pieces = hull.slice(1).map(([x, y], k) => {
    const length = x - hull[k]![0];
    return { length, price: (y - hull[k]![1]) / length, bend: 0 };
  });
  // More in never pays less out: the rest would not be sent.
  return piecewise(pieces.filter(({ price }) => price > 0));
}
