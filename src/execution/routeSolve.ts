import { Problem, rejectFaults, type Fault } from '../platform/problem.ts';
import type { Exchange } from '../quant/routing/exchange.ts';
import { bestSingle, splitOrder, type Single, type Split, type Venue } from '../quant/routing/split.ts';
import { stableSwap } from '../quant/routing/stableSwapExchange.ts';
import { concentratedRanges, constantProduct, orderBook } from '../quant/routing/venues.ts';
import type { Route, RouteInput, RoutePool } from './routeModel.ts';

const BPS = 10_000;

function exchangeOf(pool: RoutePool): Exchange {
  switch (pool.type) {
    case 'constant_product':
      return constantProduct(pool.reserveIn, pool.reserveOut, pool.fee);
    case 'stable_swap':
      return stableSwap(pool.balances, pool.ann, pool.fee, pool.tokenIn, pool.tokenOut);
    case 'concentrated':
      return concentratedRanges(pool.sqrtPrice, pool.ranges, pool.fee, pool.zeroForOne);
    case 'order_book':
      return orderBook(pool.levels, pool.fee);
  }
}

/** Pools that are none, such as balances without an invariant, are told under `at`. @throws Problem */
export function venuesOf(pools: readonly RoutePool[], at = '/pools'): Venue[] {
  const faults: Fault[] = [];
  const venues = pools.flatMap((pool, i): Venue[] => {
    try {
      return [{ exchange: exchangeOf(pool), fixedCost: pool.fixedCost }];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      faults.push({ pointer: `${at}/${i}/balances`, code: 'out_of_range', detail: error.message });
      return [];
    }
  });
  rejectFaults(faults);
  return venues;
}

/**
 * The split of an amount over pools that nets most.
 *
 * @throws Problem 422 when the pools cannot take the amount together
 */
export function solveRoute({ amountIn, pools }: RouteInput): Route {
  const venues = venuesOf(pools);
  const split = splitOrder(venues, amountIn);
  if (!split) {
    const most = venues.reduce((sum, { exchange }) => sum + exchange.mostIn, 0);
    const detail = `The pools together take ${most}`;
    const faults = [{ pointer: '/amountIn', code: 'exceeds_capacity', detail }];
    throw new Problem('validation_failed', 'The pools cannot take the whole amount', { faults });
  }
  return routeOf(pools, venues, split, bestSingle(venues, amountIn));
}

function routeOf(pools: readonly RoutePool[], venues: readonly Venue[], split: Split, single?: Single): Route {
  const allocations = pools.map(({ type, fixedCost }, pool) => {
    const [amountIn, amountOut] = [split.amountsIn[pool]!, split.amountsOut[pool]!];
    const { exchange } = venues[pool]!;
    const marginalPrice = exchange.mostIn > 0 ? exchange.priceAt(amountIn) : null;
    const netAmountOut = amountOut - (amountIn > 0 ? fixedCost : 0);
    return { pool, type, amountIn, amountOut, netAmountOut, marginalPrice };
  });
  return {
    ...{ amountIn: split.amountIn, allocations, amountOut: split.amountOut, netAmountOut: split.worth },
    marginalPrice: split.price,
    bestSingle: single ? { pool: single.venue, amountOut: single.amountOut, netAmountOut: single.worth } : null,
    gainBps: single && single.worth > 0 ? BPS * (split.worth / single.worth - 1) : null,
    gapBps: split.worth === 0 ? 0 : BPS * Math.abs(split.bound / split.worth - 1),
  };
}
