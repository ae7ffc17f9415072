import type { Instrument, InstrumentTerms } from '../instruments/model.ts';
import type { tradingRules } from '../instruments/service.ts';
import { isInverse, isInverseContract } from '../instruments/service.ts';
import type { Quote } from '../market/model.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { CostModel } from '../quant/hedging/cost.ts';
import type { EstimatedCost } from './costModel.ts';
import type { PlannedOrder } from './model.ts';

type Rules = ReturnType<typeof tradingRules>;

export interface OrderTerms {
  readonly instrument: Instrument;
  /** Signed, on the lot grid. */
  readonly quantity: Exact;
  readonly quote: Quote;
  readonly rules: Rules;
  readonly costModel: CostModel;
  readonly collarBps: number;
  /** Of one unit. */
  readonly unitDelta: number;
  /** From the notional in the quote currency, or the quantity where that is what costs follow from. */
  cost(notional: number): EstimatedCost;
}

/** Digits rather than decimals: some coins are quoted in hundred-thousandths of a cent. */
const REFERENCE_DIGITS = 12;

/** An order as a plan holds it; its leg is that of its place in the plan. */
export function orderOf(given: OrderTerms): PlannedOrder {
  const { instrument, quantity, quote, rules, costModel, collarBps } = given;
  const { terms } = instrument;
  const side = quantity.isNegative() ? 'sell' : 'buy';
  const reference = referenceOf(quote);
  const inverse = isInverseContract(terms);
  const notional = inverse ? quantity.abs() : quantity.abs().mul(reference);
  const anchor = terms.kind === 'option' ? touchOf(quote, side, reference) : reference;
  return {
    leg: 0,
    underlying: terms.underlying,
    quote: terms.quote,
    symbol: instrument.symbol,
    terms,
    side,
    quantity: decimalText(quantity.abs()),
    quantityUnit: inverse ? terms.quote : terms.underlying,
    lotSize: decimalText(rules.lotSize),
    referencePrice: decimalText(reference),
    limitPrice: decimalText(limitPrice(anchor, side, collarBps, tickAt(rules, anchor))),
    priceUnit: priceUnitOf(terms),
    timeInForce: 'immediate_or_cancel',
    delta: given.unitDelta * quantity.toNumber(),
    costModel,
    estimatedCost: given.cost(notional.toNumber()),
  };
}

function priceUnitOf(terms: InstrumentTerms): string {
  return terms.kind === 'option' && isInverse(terms) ? terms.underlying : terms.quote;
}

function referenceOf({ bid, ask, mark }: Quote): Exact {
  const middle = bid !== undefined && ask !== undefined ? exact(bid).plus(ask).div(2) : exact(mark);
  return middle.toSignificantDigits(REFERENCE_DIGITS);
}

/** Half the spread of an option is often more than any collar: what it is worth trading at is the other side's price. */
function touchOf({ bid, ask }: Quote, side: 'buy' | 'sell', reference: Exact): Exact {
  const touch = side === 'buy' ? ask : bid;
  return touch === undefined ? reference : exact(touch).toSignificantDigits(REFERENCE_DIGITS);
}

function tickAt({ tickSize, coarseTick }: Rules, price: Exact): string {
  return coarseTick && price.gt(coarseTick.above) ? coarseTick.tickSize : tickSize;
}

/** Rounded towards the price that the collar is about, so that it is never overstepped. */
function limitPrice(anchor: Exact, side: 'buy' | 'sell', collarBps: number, tickSize: string): Exact {
  const collar = exact(collarBps).div(10_000);
  const limit = anchor.mul(side === 'buy' ? collar.plus(1) : exact(1).minus(collar)).div(tickSize);
  return (side === 'buy' ? limit.floor() : limit.ceil()).mul(tickSize);
}

/** Whether the limit leaves the order a side of the market: a tick wider than the collar can round it past the reference. */
export function isWithinReach({ side, limitPrice: limit, referencePrice }: PlannedOrder): boolean {
  const price = exact(limit);
  return price.gt(0) && (side === 'buy' ? price.gte(referencePrice) : price.lte(referencePrice));
}

const MONEY_DECIMALS = 6;

/** As text; what is left out is nothing. */
export function moneyOf(
  currency: string,
  cost: { fee: number; spread: number; impact: number; fixed: number; funding?: number; total: number },
): EstimatedCost {
  const money = (value: number) => decimalText(exact(value).toDecimalPlaces(MONEY_DECIMALS));
  const { fee, spread, impact, fixed, funding = 0, total } = cost;
  return {
    currency,
    ...{ fee: money(fee), spread: money(spread), impact: money(impact), fixed: money(fixed), funding: money(funding) },
    total: money(total),
  };
}

/** Of several orders, by currency. */
export function totalCosts(orders: readonly PlannedOrder[]): EstimatedCost[] {
  return [...new Set(orders.map(({ quote }) => quote))].map((currency) => {
    const same = orders.filter(({ quote }) => quote === currency).map(({ estimatedCost }) => estimatedCost);
    if (same.length === 1) return same[0]!;
    const sum = (part: Exclude<keyof EstimatedCost, 'currency'>) =>
      decimalText(same.reduce((total, cost) => total.plus(cost[part]), exact(0)));
    return {
      currency,
      ...{ fee: sum('fee'), spread: sum('spread'), impact: sum('impact'), fixed: sum('fixed') },
      ...{ funding: sum('funding'), total: sum('total') },
    };
  });
}
