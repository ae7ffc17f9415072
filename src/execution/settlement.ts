import type { Logger } from 'pino';
import type { PlannedOrder, PlanResult } from '../hedging/model.ts';
import { isInverseContract, settlementCurrency } from '../instruments/service.ts';
import type { Trade } from '../ledger/model.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { MarketView } from '../market/service.ts';
import type { Tx } from '../platform/database.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { Settlement } from '../platform/operation.ts';
import { groupBy } from '../platform/pagination.ts';
import type { FilledTrade } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { NettedLeg } from './crossingModel.ts';
import type { ExecutionResult, Fill, Order } from './model.ts';
import { averageOf } from './orderProgress.ts';
import { filledOf, windowMsOf } from './schedule.ts';
import type { ScheduleEnd } from './scheduleModel.ts';
import { shortfallOf, type WorkedLeg } from './shortfall.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';

export interface SettlementDeps {
  portfolios: Portfolios;
  ledger: Ledgers;
  log: Logger;
}

/** The end of an execution: its fills become positions, and the world is told, in the transaction that ends it. */
export async function settle(
  deps: SettlementDeps,
  tx: Tx,
  row: store.ExecutionRow,
  asOf: Date,
  market: MarketView | undefined,
  plan: PlanResult | null,
  scheduleEnd: ScheduleEnd | null,
): Promise<Settlement> {
  const [current, orders] = await Promise.all([
    store.lockExecution(tx, row.tenant_id, row.id),
    orderStore.ordersOf(tx, [row.id]),
  ]);
  const booked = row.mode === 'dry_run' ? null : await book(deps, tx, row, orders, asOf, market);
  const portfolioVersion = booked ?? current!.booked_version;
  const legs = legsOf(row, orders);
  const result: ExecutionResult = {
    outcome: outcomeOf(row, legs),
    portfolioVersion,
    scheduleEnd,
    netting: windowMsOf(row) === undefined ? null : legs.flatMap((leg) => nettedOf(leg) ?? []),
    shortfall: legs.flatMap((leg) => shortfallOf(workedLeg(deps.log, leg, market)) ?? []),
  };
  const data = {
    ...{ id: row.id, hedgePlanId: row.hedge_plan_id, portfolioId: row.portfolio_id, mode: row.mode },
    ...result,
    // Of a schedule each slice has told its own.
    ...(row.legs ? { legs: legs.map(toldLeg) } : { orders: orders.map(orderStore.orderOf).map(told) }),
    greeks: greeksAround(plan, legs),
  };
  const rebalance = portfolioVersion === null ? [] : [{ type: 'rebalance.completed', subject: row.portfolio_id, data }];
  return { result, events: [{ type: `execution.${result.outcome}`, data }, ...rebalance] };
}

/**
 * Puts what the orders traded, and is not there yet, into the portfolio and the ledger; answers the version that holds it, null when there
 * was nothing. Whatever is booked is written down with it, so that doing it twice does it once.
 */
export async function book(
  deps: SettlementDeps,
  tx: Tx,
  row: store.ExecutionRow,
  orders: orderStore.OrderRow[],
  asOf: Date,
  market: MarketView | undefined,
): Promise<number | null> {
  const unbooked = await Promise.all(orders.map(({ id }) => orderStore.unbookedFills(tx, id)));
  const traded = orders.flatMap((order, i) => {
    const fills = unbooked[i]!;
    return fills.length > 0 ? { order, fills, trade: tradeOf(order, fills) } : [];
  });
  if (traded.length === 0) return null;
  const version = await deps.portfolios.applyFills(tx, row.tenant_id, row.portfolio_id, asOf, merged(traded));
  const posted = traded.map((each) => ledgerTrade(deps.log, each, version, market));
  await Promise.all([
    deps.ledger.post(tx, row.tenant_id, row.portfolio_id, posted),
    ...traded.map(({ order, fills }) => orderStore.saveBooked(tx, order.id, fills.length)),
  ]);
  return version;
}

/** One trade for each instrument, however many orders were for it. */
function merged(traded: { order: orderStore.OrderRow; fills: Fill[] }[]): FilledTrade[] {
  const bySymbol = [...groupBy(traded, ({ order }) => order.symbol).values()];
  return bySymbol.map((group) =>
    tradeOf(
      group[0]!.order,
      group.flatMap(({ fills }) => fills),
    ),
  );
}

/** What was to be traded of an instrument, and what its orders came to. */
interface Leg {
  terms: PlannedOrder;
  filled: Exact;
  averagePrice: string | null;
  orders: orderStore.OrderRow[];
}

function legsOf(row: store.ExecutionRow, orders: readonly orderStore.OrderRow[]): Leg[] {
  return (row.legs ?? orders.map(({ terms }) => terms)).map((terms) => {
    const own = orders.filter(({ leg }) => leg === terms.leg);
    const traded = own.flatMap(({ filled_quantity: quantity, average_price: price }) =>
      price === null ? [] : { quantity, price },
    );
    const averagePrice = averageOf(traded, isInverseContract(terms.terms));
    return { terms, filled: filledOf(own), averagePrice, orders: own };
  });
}

function outcomeOf(row: store.ExecutionRow, legs: readonly Leg[]): ExecutionResult['outcome'] {
  if (row.mode === 'dry_run') return 'rehearsed';
  if (legs.every(({ filled, terms }) => filled.gte(terms.quantity))) return 'completed';
  return legs.some(({ filled }) => !filled.isZero()) ? 'partial' : 'failed';
}

/** What crossing a part of a leg has saved; a fixed cost is saved only where nothing was left for the venue. Nothing where none was crossed. */
function nettedOf({ terms, orders }: Leg): NettedLeg | undefined {
  const crossed = orders.find(({ venue }) => venue === 'internal');
  if (!crossed?.average_price) return undefined;
  const share = exact(crossed.filled_quantity).div(terms.quantity);
  const { currency, fee, spread, impact, fixed } = terms.estimatedCost;
  const saved = exact(fee)
    .plus(spread)
    .plus(impact)
    .mul(share)
    .plus(share.gte(1) ? fixed : 0);
  return {
    ...{ leg: terms.leg, symbol: terms.symbol, crossed: decimalText(crossed.filled_quantity) },
    ...{ price: decimalText(crossed.average_price), saved: decimalText(saved), currency },
  };
}

/** Of the book in each underlying, as the plan had them before and as they are with what has traded; null where only a full fill would tell. */
function greeksAround(plan: PlanResult | null, legs: readonly Leg[]): object[] {
  return (plan?.underlyings ?? []).map(({ underlying, quote, greeks: { before, after } }) => {
    const own = legs.filter(({ terms }) => terms.underlying === underlying && terms.quote === quote);
    if (own.every(({ filled, terms }) => filled.gte(terms.quantity))) return { underlying, quote, before, after };
    const traded = own.reduce((sum, { terms, filled }) => sum + terms.delta * filled.div(terms.quantity).toNumber(), 0);
    const unknown = Object.fromEntries(Object.keys(after).map((name) => [name, null]));
    return { underlying, quote, before, after: { ...unknown, delta: before.delta + traded } };
  });
}

const TOLD = [
  ...(['id', 'clientOrderId', 'symbol', 'side', 'quantity', 'filledQuantity'] as const),
  ...(['averagePrice', 'fee', 'feeCurrency', 'status', 'denial', 'reason'] as const),
];

/** What an event tells of an order: webhooks are to stay small. */
export function told(order: Order): object {
  return Object.fromEntries(TOLD.map((name) => [name, order[name]]));
}

function toldLeg({ terms: { leg, symbol, side, quantity }, filled, averagePrice, orders }: Leg): object {
  return { leg, symbol, side, quantity, filledQuantity: decimalText(filled), averagePrice, orders: orders.length };
}

function tradeOf({ terms: planned }: orderStore.OrderRow, fills: readonly Fill[]): FilledTrade {
  const { symbol, terms, side } = planned;
  const quantity = fills.reduce((sum, fill) => sum.plus(fill.quantity), exact(0));
  return {
    instrument: { symbol, terms },
    quantity: decimalText(side === 'buy' ? quantity : quantity.neg()),
    averagePrice: averageOf(fills, isInverseContract(terms))!,
  };
}

function ledgerTrade(
  log: Logger,
  { order, fills, trade }: { order: orderStore.OrderRow; fills: readonly Fill[]; trade: FilledTrade },
  portfolioVersion: number,
  market: MarketView | undefined,
): Trade {
  const { referencePrice, costModel } = order.terms;
  const fee = decimalText(fills.reduce((sum, fill) => sum.plus(fill.fee), exact(0)));
  return {
    ...{ orderId: order.id, portfolioVersion, instrument: trade.instrument, quantity: trade.quantity },
    ...{ price: trade.averagePrice, referencePrice, halfSpreadBps: costModel.halfSpreadBps },
    ...feeInBook(log, order, { fee, feeCurrency: fills[0]!.feeCurrency }, market),
  };
}

/**
 * Fees in a third currency, such as gas, in the quote currency at the price of the time. What no market prices stays as it is: whoever
 * reports on it says that its worth is not known.
 */
function feeInBook(
  log: Logger,
  order: orderStore.OrderRow,
  { fee, feeCurrency }: Pick<Fill, 'fee' | 'feeCurrency'>,
  market: MarketView | undefined,
) {
  const { underlying, quote, terms } = order.terms;
  if ([underlying, quote, settlementCurrency(terms)].includes(feeCurrency)) return { fee, feeCurrency };
  const price = market?.underlying(feeCurrency, quote)?.spot.mark;
  if (price !== undefined) return { fee: decimalText(exact(fee).mul(price)), feeCurrency: quote };
  if (!exact(fee).isZero()) log.warn({ order: order.id, fee, feeCurrency }, 'no market tells what this fee is worth');
  return { fee, feeCurrency };
}

function workedLeg(
  log: Logger,
  { terms, filled, averagePrice, orders }: Leg,
  market: MarketView | undefined,
): WorkedLeg {
  const fees = orders.map((order) => {
    const { fee, feeCurrency } = orderStore.orderOf(order);
    return feeInBook(log, order, { fee, feeCurrency }, market);
  });
  const coin = market?.underlying(terms.underlying, terms.quote)?.spot.mark;
  return { leg: terms.leg, terms, quantity: terms.quantity, filled: decimalText(filled), averagePrice, fees, coin };
}
