import { isInverseContract } from '../instruments/service.ts';
import type { PlannedOrder } from '../hedging/model.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { Shortfall } from './model.ts';

/** A leg, or an order, as it ended. */
export interface WorkedLeg {
  leg: number;
  terms: PlannedOrder;
  quantity: string;
  filled: string;
  /** null without fills. */
  averagePrice: string | null;
  /** In the underlying's currency or its quote currency. */
  fees: readonly { fee: string; feeCurrency: string }[];
}

const BPS = 10_000;
const DECIMALS = 12;

/**
 * What trading a leg cost against the price that it was decided at: Perold (1988), The Implementation Shortfall, without the
 * opportunity cost of what was not traded, whose quantity is told instead. In the quote currency, or in coin for inverse contracts and
 * options, which is what their prices and fees are in. Nothing for an order without fills.
 */
export function shortfallOf({ leg, terms, quantity, filled, averagePrice, fees }: WorkedLeg): Shortfall | undefined {
  if (averagePrice === null || exact(filled).isZero()) return undefined;
  const inverse = isInverseContract(terms.terms);
  const sign = terms.side === 'buy' ? 1 : -1;
  const value = (price: string): Exact => (inverse ? exact(filled).div(price) : exact(filled).mul(price));
  const arrival = value(terms.referencePrice);
  // Of an inverse contract more coins are paid at a lower price.
  const slippage = value(averagePrice)
    .minus(arrival)
    .mul(inverse ? -sign : sign);
  const half = arrival.mul(terms.costModel.halfSpreadBps).div(BPS);
  const spread = slippage.lt(half) ? slippage : half;
  const paid = fees.reduce((sum, { fee, feeCurrency }) => {
    const inCurrency = feeCurrency === terms.priceUnit || (inverse && feeCurrency === terms.underlying);
    return sum.plus(inCurrency ? fee : exact(fee).mul(inverse ? exact(1).div(averagePrice) : averagePrice));
  }, exact(0));
  const total = slippage.plus(paid);
  const { estimatedCost } = terms;
  const planned = exact(estimatedCost.total).div(inverse ? terms.referencePrice : 1);
  const isComparable = inverse || terms.priceUnit === estimatedCost.currency;
  const share = exact(filled).div(quantity);
  return {
    leg,
    symbol: terms.symbol,
    currency: inverse ? terms.underlying : terms.priceUnit,
    arrivalPrice: terms.referencePrice,
    averagePrice,
    filledNotional: text(arrival),
    spread: text(spread),
    impact: text(slippage.minus(spread)),
    fee: text(paid),
    total: text(total),
    bps: total.div(arrival).mul(BPS).toNumber(),
    expectedBps: isComparable ? planned.mul(share).div(arrival).mul(BPS).toNumber() : null,
    unfilled: decimalText(exact(quantity).minus(filled)),
  };
}

function text(value: Exact): string {
  return decimalText(value.toDecimalPlaces(DECIMALS));
}
