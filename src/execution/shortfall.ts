import { isInverseContract } from '../instruments/service.ts';
import type { PlannedOrder } from '../hedging/model.ts';
import type { UnpricedFee } from '../ledger/model.ts';
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
  fees: readonly { fee: string; feeCurrency: string }[];
  /** Of the underlying in its quote currency, where the market tells it. */
  coin: number | undefined;
}

const BPS = 10_000;
const DECIMALS = 12;

/**
 * What trading a leg cost against the price that it was decided at: Perold (1988), The Implementation Shortfall, without the
 * opportunity cost of what was not traded, whose quantity is told instead. In the quote currency, or in coin for inverse contracts and
 * options, which is what their prices and fees are in. Nothing for an order without fills.
 */
export function shortfallOf(worked: WorkedLeg): Shortfall | undefined {
  const { leg, terms, quantity, filled, averagePrice } = worked;
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
  const { paid, unpricedFees } = feesOf(worked, averagePrice);
  const total = slippage.plus(paid);
  const { estimatedCost } = terms;
  const planned = exact(estimatedCost.total).div(inverse ? terms.referencePrice : 1);
  const isComparable = inverse || terms.priceUnit === estimatedCost.currency;
  const share = exact(filled).div(quantity);
  return {
    leg,
    symbol: terms.symbol,
    currency: currencyOf(terms),
    arrivalPrice: terms.referencePrice,
    averagePrice,
    filledNotional: text(arrival),
    spread: text(spread),
    impact: text(slippage.minus(spread)),
    fee: text(paid),
    unpricedFees,
    total: text(total),
    bps: total.div(arrival).mul(BPS).toNumber(),
    expectedBps: isComparable ? planned.mul(share).div(arrival).mul(BPS).toNumber() : null,
    unfilled: decimalText(exact(quantity).minus(filled)),
  };
}

/** What prices, and with them the parts of the shortfall, are in. */
function currencyOf({ terms, underlying, priceUnit }: PlannedOrder): string {
  return isInverseContract(terms) ? underlying : priceUnit;
}

/**
 * In the currency of the leg, and those that no market prices. What the coin is worth is what it was traded at, but of an option, whose
 * price is a premium.
 */
function feesOf({ terms, fees, coin }: WorkedLeg, averagePrice: string): { paid: Exact; unpricedFees: UnpricedFee[] } {
  const price = terms.terms.kind === 'option' ? coin : averagePrice;
  const currency = currencyOf(terms);
  let paid = exact(0);
  const unpricedFees: UnpricedFee[] = [];
  for (const { fee, feeCurrency } of fees) {
    if (exact(fee).isZero()) continue;
    if (feeCurrency === currency) paid = paid.plus(fee);
    else if (feeCurrency === terms.underlying && price !== undefined) paid = paid.plus(exact(fee).mul(price));
    else if (feeCurrency === terms.quote && price !== undefined) paid = paid.plus(exact(fee).div(price));
    else unpricedFees.push({ amount: decimalText(fee), currency: feeCurrency });
  }
  return { paid, unpricedFees };
}

function text(value: Exact): string {
  return decimalText(value.toDecimalPlaces(DECIMALS));
}
