import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { Fill } from './model.ts';
import { canMove, isSettled, type OrderStatus } from './orderState.ts';
import type { OrderReport } from './ports.ts';

/** An order as far as its reports have come. */
export interface WorkedOrder {
  status: OrderStatus;
  quantity: string;
  /** Whether its quantity counts quote currency, so that coins are what adds up. */
  inverse: boolean;
  fills: Fill[];
}

/** What a report adds to an order. */
export interface Progress {
  /** Fills that were not told before. */
  added: Fill[];
  /** The states that the order goes through, the last one being where it stands; none when nothing has changed. */
  moves: OrderStatus[];
  /** Over all fills. */
  filled: string;
  fee: string;
  /** An order pays its fees in one currency; null without fills. */
  feeCurrency: string | null;
  /** Quantity-weighted; null without fills. */
  averagePrice: string | null;
  reason: string | null;
  overfilled: boolean;
}

/** As many as the interface takes back. */
const PRICE_DECIMALS = 18;

/**
 * What a report of the venue comes to. One that is known already comes to nothing. Whatever the venue traded counts, also
 * beyond what was asked for: it is held.
 */
export function progressOf(order: WorkedOrder, report: OrderReport): Progress {
  const known = new Map(order.fills.map((fill) => [fill.tradeId, fill]));
  const added: Fill[] = [];
  for (const fill of report.fills) {
    if (known.has(fill.tradeId)) continue;
    known.set(fill.tradeId, fill);
    added.push(fill);
  }
  const fills = [...known.values()];
  const filled = sum(fills, ({ quantity }) => quantity);
  const overfilled = filled.gt(order.quantity);
  const overfill = `Overfilled: the venue traded ${decimalText(filled)} of ${decimalText(order.quantity)}`;
  return {
    added,
    moves: movesTo(statusOf(report, filled, order.quantity), order.status, added.length > 0),
    filled: decimalText(filled),
    fee: decimalText(sum(fills, ({ fee }) => fee)),
    feeCurrency: fills[0]?.feeCurrency ?? null,
    averagePrice: averageOf(fills, order.inverse),
    reason: overfilled ? overfill : report.reason,
    overfilled,
  };
}

/**
 * Fills that the venue has yet to tell keep an order open, however done it says that it is; and a rejection of an order that
 * has traded is a cancellation of the rest.
 */
function statusOf({ status }: OrderReport, filled: Exact, quantity: string): OrderStatus {
  const open = status === 'partially_filled' || (status === 'filled' && filled.lt(quantity));
  if (open) return filled.isZero() ? 'accepted' : 'partially_filled';
  return status === 'rejected' && !filled.isZero() ? 'canceled' : status;
}

/** The states between where the order is and where it comes to: an order that was worked has been accepted. */
function movesTo(end: OrderStatus, from: OrderStatus, traded: boolean): OrderStatus[] {
  if (isSettled(from) && !traded) return []; // only a fill can still change it
  if (from === 'pending_cancel' && !traded && !isSettled(end)) return []; // it has not been canceled yet
  const moves: OrderStatus[] = [];
  const step = (to: OrderStatus) => {
    if (canMove(moves.at(-1) ?? from, to)) moves.push(to);
  };
  if (end !== 'rejected' && from !== 'pending_cancel') step('accepted');
  if (traded && end !== 'filled') step('partially_filled');
  if ((moves.at(-1) ?? from) !== end) step(end);
  return moves;
}

function sum<T>(fills: readonly T[], part: (fill: T) => Exact | string): Exact {
  return fills.reduce((total, fill) => total.plus(part(fill)), exact(0));
}

/** Of an inverse contract the coins are what adds up, so its average is harmonic. */
export function averageOf(fills: readonly Pick<Fill, 'quantity' | 'price'>[], inverse: boolean): string | null {
  if (fills.length === 0) return null;
  const quantity = sum(fills, (fill) => fill.quantity);
  const total = sum(fills, (fill) =>
    inverse ? exact(fill.quantity).div(fill.price) : exact(fill.quantity).mul(fill.price),
  );
  return decimalText((inverse ? quantity.div(total) : total.div(quantity)).toDecimalPlaces(PRICE_DECIMALS));
}
