import { isInverseContract } from '../instruments/service.ts';
import type { PlannedOrder } from '../hedging/model.ts';
import type { Quote } from '../market/model.ts';
import { MOST_SKEW_MS } from '../platform/clock.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import type { Denial, DenialCode, Limits, TradingState } from './limitsModel.ts';

/** What is known at the moment an order is about to be sent. */
export interface Moment {
  now: Date;
  state: TradingState;
  limits: Limits;
  /** Not to be sent after this instant. */
  validUntil: Date;
  /** Whether the client has called the execution off. */
  calledOff: boolean;
  /** The latest snapshot's quote of what is traded; undefined where it has none. */
  quote: Quote | undefined;
  quotedAt: Date | undefined;
  /** Sent within the window before this order, in its quote currency; undefined where no price tells. */
  windowNotional: Exact | undefined;
  /** Whether an overfilled order on the portfolio waits for a person. */
  isQuarantined: boolean;
  /** Held of what is traded, signed. */
  position: Exact;
  /** Net delta of the book in the order's underlying before this order, the plan's earlier ones done; undefined where the plan does not tell. */
  delta: number | undefined;
}

const BPS = 10_000;
export const DEFAULT_WINDOW_SECONDS = 86_400;

/** In the quote currency, at the limit price: what the order may come to. What is priced in coin needs the price of the coin; undefined without it. */
export function notionalOf(
  order: Pick<PlannedOrder, 'terms' | 'quantity' | 'limitPrice'>,
  coin: number | undefined,
): Exact | undefined {
  if (isInverseContract(order.terms)) return exact(order.quantity);
  const inCoin = order.terms.kind === 'option' && order.terms.settlement === 'inverse';
  const amount = exact(order.quantity).mul(order.limitPrice);
  if (!inCoin) return amount;
  return coin === undefined ? undefined : amount.mul(coin);
}

/** The first reason not to send the order, or undefined. Pure. */
export function denialOf(order: PlannedOrder, moment: Moment, notional: Exact | undefined): Denial | undefined {
  return (
    stateDenial(order, moment) ??
    sizeDenial(order, moment, notional) ??
    marketDenial(order, moment) ??
    positionDenial(order, moment)
  );
}

function deny(code: DenialCode, detail: string): Denial {
  return { code, detail };
}

function stateDenial(
  order: PlannedOrder,
  { state, calledOff, isQuarantined, now, validUntil, delta }: Moment,
): Denial | undefined {
  if (calledOff) return deny('canceled', 'The execution was called off before the order was sent');
  if (isQuarantined) return deny('quarantined', 'An order on the portfolio was overfilled; acknowledge it first');
  if (state === 'halted') return deny('trading_halted', 'Trading is halted');
  if (state === 'reducing' && !reduces(order.delta, delta))
    return deny('trading_state_reducing', 'Only orders that make the delta smaller are sent now');
  if (now > validUntil) return deny('expired', `The order was not to be sent after ${validUntil.toISOString()}`);
  return undefined;
}

/** Whether the delta is smaller once so much is added; of a delta that is not known nothing is. */
export function reduces(added: number, before: number | undefined): boolean {
  return before !== undefined && Math.abs(before + added) < Math.abs(before);
}

function sizeDenial(
  order: PlannedOrder,
  { limits, windowNotional }: Moment,
  notional: Exact | undefined,
): Denial | undefined {
  const { maxOrderNotional, maxWindowNotional, windowSeconds = DEFAULT_WINDOW_SECONDS } = limits;
  if (maxOrderNotional === undefined && maxWindowNotional === undefined) return undefined;
  if (notional === undefined || windowNotional === undefined)
    return deny('no_market', `No market snapshot tells what ${order.symbol}, or what was sent before it, comes to`);
  if (maxOrderNotional !== undefined && notional.gt(maxOrderNotional))
    return deny('notional_exceeds_max_per_order', `${decimalText(notional)} is above ${maxOrderNotional}`);
  const total = windowNotional.plus(notional);
  if (maxWindowNotional !== undefined && total.gt(maxWindowNotional))
    return deny(
      'notional_exceeds_max_per_window',
      `${decimalText(total)} within ${windowSeconds} s would be above ${maxWindowNotional}`,
    );
  return undefined;
}

function marketDenial(order: PlannedOrder, { limits, quote, quotedAt, now }: Moment): Denial | undefined {
  const { collarBps, maxQuoteAgeSeconds, maxDepthShare } = limits;
  const asks = [collarBps, maxQuoteAgeSeconds, maxDepthShare].some((limit) => limit !== undefined);
  if (!asks) return undefined;
  if (!quote || !quotedAt) return deny('no_market', `No market snapshot quotes ${order.symbol}`);
  const age = (now.getTime() - quotedAt.getTime()) / 1_000;
  if (maxQuoteAgeSeconds !== undefined && age * 1_000 < -MOST_SKEW_MS)
    return deny('quote_stale', `The latest quote is ${Math.round(-age)} s ahead of our clock`);
  if (maxQuoteAgeSeconds !== undefined && age > maxQuoteAgeSeconds)
    return deny(
      'quote_stale',
      `The latest quote is ${Math.round(age)} s old; at most ${maxQuoteAgeSeconds} s are allowed`,
    );
  const sign = order.side === 'buy' ? 1 : -1;
  const beyond = exact(order.limitPrice).div(quote.mark).minus(1).mul(sign).mul(BPS);
  if (collarBps !== undefined && beyond.gt(collarBps))
    return deny(
      'price_collar',
      `The limit is ${beyond.toFixed(1)} bp beyond the mark ${quote.mark}; ${collarBps} bp are allowed`,
    );
  const displayed = order.side === 'buy' ? quote.askSize : quote.bidSize;
  if (
    maxDepthShare !== undefined &&
    displayed !== undefined &&
    exact(order.quantity).gt(exact(displayed).mul(maxDepthShare))
  )
    return deny('depth_share', `${order.quantity} is more than ${maxDepthShare} of the ${displayed} displayed`);
  return undefined;
}

function positionDenial(order: PlannedOrder, { limits, position }: Moment): Denial | undefined {
  if (!limits.reduceOnly) return undefined;
  const traded = exact(order.quantity).mul(order.side === 'buy' ? 1 : -1);
  const shrinks = traded.mul(position).isNegative() && traded.abs().lte(position.abs());
  return shrinks
    ? undefined
    : deny('reduce_only_would_increase_position', `The position in ${order.symbol} is ${decimalText(position)}`);
}

/** Of an order that reaches no market: how large it is moves none. */
export function crossingLimits({ collarBps, maxQuoteAgeSeconds, reduceOnly }: Limits): Limits {
  return { collarBps, maxQuoteAgeSeconds, reduceOnly };
}

/** The stricter of each limit. */
export function stricter(a: Limits, b: Limits): Limits {
  const least = (x: number | undefined, y: number | undefined) =>
    x === undefined ? y : y === undefined ? x : Math.min(x, y);
  const windowed = a.maxWindowNotional === undefined ? b : b.maxWindowNotional === undefined ? a : undefined;
  const limits: { [K in keyof Limits]: Limits[K] } = {
    maxOrderNotional: least(a.maxOrderNotional, b.maxOrderNotional),
    maxWindowNotional: least(a.maxWindowNotional, b.maxWindowNotional),
    // Of two windows the longer with the smaller sum is at least as strict as either.
    windowSeconds: windowed
      ? windowed.windowSeconds
      : Math.max(a.windowSeconds ?? DEFAULT_WINDOW_SECONDS, b.windowSeconds ?? DEFAULT_WINDOW_SECONDS),
    collarBps: least(a.collarBps, b.collarBps),
    maxQuoteAgeSeconds: least(a.maxQuoteAgeSeconds, b.maxQuoteAgeSeconds),
    maxDepthShare: least(a.maxDepthShare, b.maxDepthShare),
    reduceOnly: a.reduceOnly || b.reduceOnly || undefined,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

const STRICTNESS: Record<TradingState, number> = { active: 0, reducing: 1, halted: 2 };

/** The stricter of two states. */
export function stricterState(a: TradingState, b: TradingState): TradingState {
  return isLaxer(a, b) ? b : a;
}

export function isLaxer(a: TradingState, b: TradingState): boolean {
  return STRICTNESS[a] < STRICTNESS[b];
}
