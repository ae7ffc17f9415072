import type { Address, Hex } from 'viem';
import type { QuotePermit } from '../aggregators/port.ts';
import type { ChainConfig } from '../venuesModel.ts';
import type { Need } from './allowances.ts';
import { same, type PoolState } from './poolReader.ts';
import type { RefusedQuote, TakenQuote } from './quotes.ts';
import { routeThrough, type PoolPart, type Route, type Side } from './route.ts';
import { swapCalls, type SwapCall } from './swapCalls.ts';
import { boundFor, type Wanted } from './wanted.ts';

/** One way to work the whole order: calls one after another, each a transaction. */
export interface Candidate {
  /** With a permit the data is whole only once it is signed. */
  calls: { to: Address; data: Hex; permit?: QuotePermit }[];
  needs: Need[];
  pools: PoolPart[];
  aggregator: string | null;
  /** Quote units received, or paid. */
  moved: bigint;
  /** Estimated, of all transactions but the approvals. */
  gas: bigint;
}

export interface Candidates {
  candidates: Candidate[];
  refused: RefusedQuote[];
  /** Through the pools alone. */
  reference: Candidate | undefined;
  /** Quote units of the best way regardless of the limit. */
  best: bigint | undefined;
}

const BPS = 10_000;
const TRANSACTION_GAS = 21_000n;

/** Quote units after gas: received, or paid with the sign turned. */
export function worthOf(side: Side, moved: bigint, gas: bigint, gasCost: number): number {
  return Number(side === 'exact_in' ? moved : -moved) - Number(gas) * gasCost;
}

/** All ways within the limit: through the pools, by each quote for the whole, and by each quote for a part with the pools for the rest. */
export function candidatesOf(
  wanted: Wanted,
  pools: readonly PoolState[],
  quotes: readonly TakenQuote[],
  config: ChainConfig,
  gasCost: number,
): Candidates {
  const { side, amount, bound } = wanted;
  const routeOf = (part: bigint) => routeThrough(pools, wanted.tokenIn, wanted.tokenOut, part, side, gasCost);
  const whole = routeOf(amount);
  const refused: RefusedQuote[] = [];
  const alone = whole && pooled(whole, wanted, bound, config);
  const found: Candidate[] = alone ? [alone] : [];
  for (const taken of quotes) {
    const { amount: asked } = taken.request;
    const reference = asked === amount ? whole : routeOf(asked);
    const shortfall = reference ? shortfallBps(side, movedBy(side, reference), quoted(side, taken)) : 0;
    if (shortfall > config.maxShortfallBps) {
      const detail = `It is ${shortfall.toFixed(1)} bp worse than our own route; ${config.maxShortfallBps} bp are allowed`;
      refused.push({ aggregator: taken.aggregator, code: 'worse_than_reference', detail });
      continue;
    }
    if (asked === amount) {
      found.push(byQuote(side, taken));
      continue;
    }
    const rest = routeOf(amount - asked);
    if (rest)
      found.push(
        joined(pooled(rest, wanted, boundFor(amount - asked, amount, bound, side), config), byQuote(side, taken)),
      );
  }
  const isWithin = ({ moved }: Candidate) => (side === 'exact_in' ? moved >= bound : moved <= bound);
  const better = (a: bigint, b: bigint) => ((side === 'exact_in' ? a > b : a < b) ? a : b);
  const moves = found.map(({ moved }) => moved);
  return {
    candidates: found.filter(isWithin),
    refused,
    reference: alone,
    best: moves.length > 0 ? moves.reduce(better) : undefined,
  };
}

function movedBy(side: Side, { amountIn, amountOut }: Pick<Route, 'amountIn' | 'amountOut'>): bigint {
  return side === 'exact_in' ? amountOut : amountIn;
}

function quoted(side: Side, { quote }: TakenQuote): bigint {
  return movedBy(side, quote);
}

/** How much worse than the reference. */
export function shortfallBps(side: Side, reference: bigint, offered: bigint): number {
  const short = side === 'exact_in' ? reference - offered : offered - reference;
  return (Number(short) / Number(reference)) * BPS;
}

function pooled(route: Route, wanted: Wanted, bound: bigint, config: ChainConfig): Candidate {
  const calls = swapCalls(route, { ...wanted, bound }, config.contracts);
  return {
    ...{ calls, needs: calls.map(needOf), pools: route.parts, aggregator: null },
    ...{ moved: movedBy(wanted.side, route), gas: route.gas + BigInt(calls.length) * TRANSACTION_GAS },
  };
}

function needOf({ to, spender, viaPermit2, spends }: SwapCall): Need {
  return viaPermit2 ? { spender: to, amount: spends, through: spender } : { spender, amount: spends };
}

function byQuote(side: Side, taken: TakenQuote): Candidate {
  const { quote, aggregator } = taken;
  return {
    calls: [{ to: quote.to, data: quote.data, ...(quote.permit && { permit: quote.permit }) }],
    needs: [{ spender: quote.spender, amount: quote.maxAmountIn }],
    ...{ pools: [], aggregator, moved: quoted(side, taken), gas: quote.gas },
  };
}

function joined(pools: Candidate, quote: Candidate): Candidate {
  const needs = [...pools.needs];
  for (const need of quote.needs) {
    const at = needs.findIndex(({ spender, through }) => !through && same(spender, need.spender));
    if (at < 0) needs.push(need);
    else needs[at] = { ...needs[at]!, amount: needs[at]!.amount + need.amount };
  }
  return {
    ...{ calls: [...pools.calls, ...quote.calls], needs, pools: pools.pools, aggregator: quote.aggregator },
    ...{ moved: pools.moved + quote.moved, gas: pools.gas + quote.gas },
  };
}
