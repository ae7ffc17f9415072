import { Decimal } from 'decimal.js';
import { isInverseContract, settlementCurrency } from '../../instruments/service.ts';
import type { Quote } from '../../market/model.ts';
import type { Market } from '../../market/service.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import { decimalText, exact } from '../../platform/decimal.ts';
import { impactBps, notionalAtImpact } from '../../quant/hedging/cost.ts';
import type { Fill } from '../model.ts';
import type { OrderRef, OrderReport, Venue, VenueOrder } from '../ports.ts';
import {
  cancelPaperOrder,
  findPaperOrder,
  insertPaperOrder,
  type NewPaperOrder,
  type PaperOrder,
} from '../paperStore.ts';
import { matchPools } from '../poolMatch.ts';
import { mishapsOf } from '../rehearsal.ts';
import type { Rehearsal } from '../rehearsalModel.ts';

const BPS = 10_000;
const PRICE_DIGITS = 12;

/**
 * Fills orders against the pools that the execution gives, or the quotes of the plan's market snapshot: the displayed size at the touch, the rest at the touch
 * worsened by the impact of the rest, and nothing beyond the limit. What is left is canceled. Keeps its own book, so it
 * answers for an order after any crash, and takes an order once. A rehearsal makes it as slow and unreliable as a real venue.
 */
export function paperVenue(deps: { db: Database; clock: Clock; market: Market }): Venue {
  const { db, clock, market } = deps;

  const find = ({ tenantId, clientOrderId }: OrderRef) =>
    db.tenant(tenantId, (tx) => findPaperOrder(tx, tenantId, clientOrderId));

  const lookup = async (order: OrderRef): Promise<OrderReport | undefined> => toldOf(await find(order), clock.now());

  const reportOf = async (order: VenueOrder): Promise<OrderReport> => {
    const pools = order.rehearsal?.liquidity.find(({ symbol }) => symbol === order.symbol)?.pools;
    if (pools) return matchPools(order, pools, clock.now().toISOString());
    const { underlying, quote } = order.terms;
    const view = (await market.view(order.tenantId, order.marketSnapshotId)).underlying(underlying, quote);
    return match(order, view?.quoteOf(order.terms), clock.now().toISOString());
  };

  /** Answers what it has of the order then: an order that it had before is as it was. */
  const take = (order: VenueOrder, row: NewPaperOrder): Promise<PaperOrder | undefined> =>
    db.tenant(order.tenantId, async (tx) => {
      const [, taken] = await Promise.all([
        insertPaperOrder(tx, order.tenantId, order.clientOrderId, row, clock.now()),
        findPaperOrder(tx, order.tenantId, order.clientOrderId),
      ]);
      return taken;
    });

  const rehearse = async (order: VenueOrder, rehearsal: Rehearsal): Promise<PaperOrder | undefined> => {
    const known = await find(order);
    if (known?.report) return known;
    const { latencyMs, isRejected, outage } = mishapsOf(rehearsal, order.clientOrderId);
    const after = (ms: number) => (ms > 0 ? new Date(clock.now().getTime() + ms) : undefined);
    const report = isRejected ? rejected(order, 'The rehearsal rejects it') : await reportOf(order);
    // An order meets its outage once: submitted again, it arrives.
    const isLost = !known && outage !== undefined && !outage.reaches;
    const worksUntil = isRejected ? undefined : after(latencyMs);
    const outUntil = outage && after(outage.ms);
    return take(order, isLost ? { report: null, outUntil, worksUntil: undefined } : { report, outUntil, worksUntil });
  };

  return {
    async submit(order) {
      const taken = order.rehearsal
        ? await rehearse(order, order.rehearsal)
        : await take(order, { report: await reportOf(order), outUntil: undefined, worksUntil: undefined });
      return toldOf(taken, clock.now())!;
    },
    lookup,
    async cancel(order) {
      const { tenantId, clientOrderId } = order;
      if (await lookup(order))
        // it answers, and knows the order
        await db.tenant(tenantId, (tx) => cancelPaperOrder(tx, tenantId, clientOrderId, clock.now()));
      return lookup(order);
    },
    openOrders: async () => [], // it has no accounts
  };
}

/** What can be learnt of an order now. Throws during its outage. */
function toldOf(row: PaperOrder | undefined, now: Date): OrderReport | undefined {
  if (row?.out_until && new Date(row.out_until) > now) throw new Error('the paper venue does not answer');
  if (!row?.report) return undefined;
  const isWorked = row.works_until !== null && new Date(row.works_until) > now;
  return isWorked ? { ...row.report, status: 'accepted', reason: null, fills: [] } : row.report;
}

function rejected({ clientOrderId }: VenueOrder, reason: string): OrderReport {
  return { venueOrderId: `paper-${clientOrderId}`, status: 'rejected', reason, fills: [] };
}

/** What the quotes give for the order. Pure. */
export function match(order: VenueOrder, quote: Quote | undefined, at: string): OrderReport {
  const venueOrderId = `paper-${order.clientOrderId}`;
  if (!quote) return rejected(order, `There is no market in ${order.symbol}`);
  const slices = slicesOf(order, quote);
  const fills = slices.map((slice, i) => fillOf(order, slice, `${venueOrderId}-${i + 1}`, at, i === 0));
  const filled = fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
  if (filled.eq(order.quantity)) return { venueOrderId, status: 'filled', reason: null, fills };
  return { venueOrderId, status: 'canceled', reason: 'No more could be filled within the limit', fills };
}

interface Slice {
  quantity: Decimal;
  price: Decimal;
}

function slicesOf(order: VenueOrder, quote: Quote): Slice[] {
  const sign = order.side === 'buy' ? 1 : -1;
  const touch = touchOf(order, quote);
  if (touch.minus(order.limitPrice).mul(sign).gt(0)) return []; // the touch is beyond the limit already
  const wanted = toLots(exact(order.quantity).mul(order.participation), order.lotSize);
  const displayed = order.side === 'buy' ? quote.askSize : quote.bidSize;
  const first = displayed === undefined ? exact(0) : toLots(lesser(wanted, exact(displayed)), order.lotSize);
  const rest = lesser(wanted.minus(first), toLots(restWithinLimit(order, touch), order.lotSize));
  const worsened = touch.mul(
    exact(impactBps(order.costModel, notionalOf(order, rest, touch)))
      .div(BPS)
      .mul(sign)
      .plus(1),
  );
  const restPrice = roundWithinLimit(worsened, order, sign);
  return [
    { quantity: first, price: touch },
    { quantity: rest, price: restPrice },
  ].filter(({ quantity }) => quantity.gt(0));
}

function touchOf(order: VenueOrder, quote: Quote): Decimal {
  const quoted = order.side === 'buy' ? quote.ask : quote.bid;
  if (quoted !== undefined) return exact(quoted);
  const half = exact(order.costModel.halfSpreadBps).div(BPS);
  return exact(quote.mark).mul(order.side === 'buy' ? half.plus(1) : exact(1).minus(half));
}

/** The quantity whose impact takes the price just to the limit. */
function restWithinLimit(order: VenueOrder, touch: Decimal): Decimal {
  const room = exact(order.limitPrice).minus(touch).abs().div(touch).mul(BPS).toNumber();
  const notional = notionalAtImpact(order.costModel, room);
  if (!Number.isFinite(notional)) return exact(order.quantity);
  return isInverseContract(order.terms) ? exact(notional) : exact(notional).div(touch);
}

function notionalOf(order: VenueOrder, quantity: Decimal, price: Decimal): number {
  return (isInverseContract(order.terms) ? quantity : quantity.mul(price)).toNumber();
}

/** Against the order, so that rounding never makes a price better than the touch, but not beyond its limit. */
function roundWithinLimit(price: Decimal, order: VenueOrder, sign: number): Decimal {
  const rounded = price.toSignificantDigits(PRICE_DIGITS, sign > 0 ? Decimal.ROUND_UP : Decimal.ROUND_DOWN);
  return rounded.minus(order.limitPrice).mul(sign).gt(0) ? exact(order.limitPrice) : rounded;
}

function toLots(quantity: Decimal, lotSize: string): Decimal {
  return quantity.div(lotSize).floor().mul(lotSize);
}

function lesser(a: Decimal, b: Decimal): Decimal {
  return a.lt(b) ? a : b;
}

const FEE_DECIMALS = 12;

/** Inverse contracts pay their fee in coin, the others in the quote currency. What an order costs whatever its size comes with its first fill. */
function fillOf(order: VenueOrder, { quantity, price }: Slice, tradeId: string, at: string, first: boolean): Fill {
  const notional = isInverseContract(order.terms) ? quantity.div(price) : quantity.mul(price);
  const fixed = first ? exact(order.costModel.fixedCost).div(isInverseContract(order.terms) ? price : 1) : exact(0);
  const fee = notional.mul(order.costModel.feeBps).div(BPS).plus(fixed).toDecimalPlaces(FEE_DECIMALS);
  return {
    tradeId,
    quantity: decimalText(quantity),
    price: decimalText(price),
    fee: decimalText(fee),
    feeCurrency: settlementCurrency(order.terms),
    at,
  };
}
