import { Decimal } from 'decimal.js';
import { decodeSymbol } from '../instruments/service.ts';
import { decimalText, exact } from '../platform/decimal.ts';
import { Problem, type Fault } from '../platform/problem.ts';
import { splitOrder, type Split, type Venue } from '../quant/routing/split.ts';
import type { Fill } from './model.ts';
import type { OrderReport, VenueOrder } from './ports.ts';
import type { Rehearsal } from './rehearsalModel.ts';
import type { RoutePool } from './routeModel.ts';
import { venuesOf } from './routeSolve.ts';

const PRICE_DIGITS = 12;
const QUANTITY_DECIMALS = 12;

/** What is wrong with the pools that a rehearsal is to trade against, by pointers into it. */
export function liquidityFaults({ liquidity }: Rehearsal): Fault[] {
  return liquidity.flatMap(({ symbol, pools }, i) => {
    const decoded = decodeSymbol(symbol);
    const isSpot = decoded.ok && decoded.instrument.terms.kind === 'spot';
    const notSpot = { pointer: `/liquidity/${i}/symbol`, code: 'not_spot', detail: `Pools trade spot, not ${symbol}` };
    return [...(isSpot ? [] : [notSpot]), ...poolFaults(pools, `/liquidity/${i}/pools`)];
  });
}

function poolFaults(pools: readonly RoutePool[], at: string): Fault[] {
  try {
    venuesOf(pools, at);
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [...error.faults];
  }
}

/**
 * What pools and order books fill of a spot order: split where it nets most, until the next unit would cost more than the limit, and
 * in lots. What is left is canceled. Pure.
 */
export function matchPools(order: VenueOrder, pools: readonly RoutePool[], at: string): OrderReport {
  const venueOrderId = `paper-${order.clientOrderId}`;
  const venues = venuesOf(pools);
  const quantity = quantityWithin(order, venues);
  const side = order.side === 'sell' ? 'exact_in' : 'exact_out';
  const split = quantity.gt(0) ? splitOrder(venues, quantity.toNumber(), side) : undefined;
  const fills = split ? fillsOf(order, pools, split, quantity, at) : [];
  const filled = fills.reduce((sum, fill) => sum.plus(fill.quantity), exact(0));
  if (filled.eq(order.quantity)) return { venueOrderId, status: 'filled', reason: null, fills };
  return { venueOrderId, status: 'canceled', reason: 'No more could be filled within the limit', fills };
}

/** Of the underlying, what the venues trade at no worse a price than the limit, at most what is wanted. */
function quantityWithin({ side, quantity, participation, limitPrice, lotSize }: VenueOrder, venues: readonly Venue[]) {
  const least = side === 'sell' ? Number(limitPrice) : 1 / Number(limitPrice); // output per unit of input
  const room = venues.reduce((sum, { exchange }) => {
    const amountIn = exchange.amountAt(least, true);
    return sum + (side === 'sell' ? amountIn : exchange.outputOf(amountIn));
  }, 0);
  return Decimal.min(exact(quantity).mul(participation), room).div(lotSize).floor().mul(lotSize);
}

/** A fill of each pool; the last one has what rounding leaves. Where fixed costs keep pools out, the others may be used beyond the limit: not so. */
function fillsOf(
  { side, limitPrice, clientOrderId, terms }: VenueOrder,
  pools: readonly RoutePool[],
  { amountsIn, amountsOut }: Split,
  quantity: Decimal,
  at: string,
): Fill[] {
  const used = [...amountsIn.keys()].filter((i) => amountsIn[i]! > 0);
  const traded = (i: number) =>
    exact(side === 'sell' ? amountsIn[i]! : amountsOut[i]!).toDecimalPlaces(QUANTITY_DECIMALS);
  const others = used.slice(0, -1).reduce((sum, i) => sum.plus(traded(i)), exact(0));
  const [isWorse, against] = side === 'sell' ? ['lt' as const, Decimal.ROUND_DOWN] : ['gt' as const, Decimal.ROUND_UP];
  return used.flatMap((i, place) => {
    const paid = side === 'sell' ? amountsOut[i]! / amountsIn[i]! : amountsIn[i]! / amountsOut[i]!;
    if (exact(paid)[isWorse](limitPrice)) return [];
    const rounded = exact(paid).toSignificantDigits(PRICE_DIGITS, against);
    return {
      tradeId: `paper-${clientOrderId}-${i + 1}`,
      quantity: decimalText(place + 1 < used.length ? traded(i) : quantity.minus(others)),
      price: decimalText(rounded[isWorse](limitPrice) ? exact(limitPrice) : rounded),
      fee: decimalText(exact(pools[i]!.fixedCost)),
      ...{ feeCurrency: terms.quote, at },
    };
  });
}
