import { swap, type ConcentratedPool } from '../pools/concentrated.ts';
import * as constantProductPool from '../pools/constantProduct.ts';
import { RATE_UNIT, ratesOf, stableSwapQuote, type StableSwapPool } from '../pools/stableSwap.ts';
import type { Exchange } from './exchange.ts';
import type { PiecewiseVenue } from './inSeries.ts';
import { stableSwap } from './stableSwapExchange.ts';
import { concentratedExchange, constantProduct } from './venues.ts';
import type { UnitVenue } from './wholeUnits.ts';

const PIPS = 1_000_000;
const CURVE_FEE_UNIT = 1e10;

export interface ConstantProductPool {
  readonly reserveIn: bigint;
  readonly reserveOut: bigint;
  readonly feePips: number;
}

export function constantProductVenue(pool: ConstantProductPool, fixedCost = 0): PiecewiseVenue {
  const { reserveIn, reserveOut, feePips } = pool;
  return {
    exchange: constantProduct(Number(reserveIn), Number(reserveOut), feePips / PIPS),
    fixedCost,
    pays: (amountIn) => constantProductPool.amountOut(amountIn, reserveIn, reserveOut, feePips),
    costs: (amountOut) => constantProductPool.amountIn(amountOut, reserveIn, reserveOut, feePips),
  };
}

/** Uniswap v3, and v4 without hooks. */
export function concentratedVenue(pool: ConcentratedPool, zeroForOne: boolean, fixedCost = 0): PiecewiseVenue {
  const swapped = (amount: bigint) => {
    const { amount0, amount1 } = swap(pool, zeroForOne, amount);
    return zeroForOne ? { paid: amount0, got: -amount1 } : { paid: amount1, got: -amount0 };
  };
  return {
    exchange: concentratedExchange(pool, zeroForOne),
    fixedCost,
    pays: (amountIn) => swapped(amountIn).got,
    costs(amountOut) {
      const { paid, got } = swapped(-amountOut);
      if (got < amountOut) throw new RangeError('the pool does not hold so much');
      return paid;
    },
  };
}

export function stableSwapVenue(pool: StableSwapPool, i: number, j: number, fixedCost = 0): UnitVenue {
  const units = ratesOf(pool).map((rate) => Number(rate) / Number(RATE_UNIT));
  const balances = pool.balances.map((balance, k) => Number(balance) * units[k]!);
  const ann = Number(pool.amplification) * balances.length;
  const inAccount = stableSwap(balances, ann, Number(pool.fee) / CURVE_FEE_UNIT, i, j);
  const exchange = inUnits(inAccount, units[i]!, units[j]!);
  const pays = (amountIn: bigint) => stableSwapQuote(pool, i, j, amountIn);
  return { exchange, fixedCost, pays, costs: (amountOut) => leastInput(pays, exchange, amountOut) };
}

/** G(a·d)/b: the same exchange where one of its units of input is 1/a of what is counted, and of output 1/b. */
function inUnits(exchange: Exchange, a: number, b: number): Exchange {
  const ratio = b / a;
  return {
    mostIn: exchange.mostIn / a,
    mostOut: exchange.mostOut / b,
    outputOf: (amountIn) => exchange.outputOf(amountIn * a) / b,
    inputFor: (amountOut) => exchange.inputFor(amountOut * b) / a,
    priceAt: (amountIn) => exchange.priceAt(amountIn * a) / ratio,
    amountAt: (price, inclusive) => exchange.amountAt(price * ratio, inclusive) / a,
    slopeAt: (price) => (exchange.slopeAt(price * ratio) * ratio) / a,
    kinksBefore: (amountIn) => exchange.kinksBefore(amountIn * a).map((price) => price / ratio),
  };
}

/** The contract has no quote for an exact output: the least input that pays it, sought around the real-valued one. */
function leastInput(pays: (amountIn: bigint) => bigint, exchange: Exchange, amountOut: bigint): bigint {
  const estimate = exchange.inputFor(Number(amountOut));
  if (!Number.isFinite(estimate)) throw new RangeError('the pool does not hold so much');
  let high = BigInt(Math.ceil(estimate)) + 1n;
  let low = 0n;
  for (let step = high / 1_000_000_000n + 1n; pays(high) < amountOut; step *= 4n) [low, high] = [high, high + step];
  for (let step = high / 1_000_000_000n + 1n; high - step > low; step *= 4n) {
    if (pays(high - step) < amountOut) low = high - step;
    else high -= step;
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (pays(middle) < amountOut) low = middle;
    else high = middle;
  }
  return high;
}
