import type { Logger } from 'pino';
import type { HedgePlan, PlannedOrder } from '../hedging/model.ts';
import { isInverseContract } from '../instruments/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import { exact, type Exact } from '../platform/decimal.ts';
import { Parked } from '../platform/operation.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import { readLimits } from './controlStore.ts';
import { crossingLimits, DEFAULT_WINDOW_SECONDS, denialOf, notionalOf, stricter, type Moment } from './limits.ts';
import type { Denial } from './limitsModel.ts';
import type { Order } from './model.ts';
import { progressOf } from './orderProgress.ts';
import { assertMove, isSettled, type OrderStatus } from './orderState.ts';
import type { OrderRef, OrderReport, Venue, VenueOrder, Venues } from './ports.ts';
import { validUntil, windowMsOf } from './schedule.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';

/** Between two looks at an order that the venue still works, and how many there are before the job is given back. */
const LOOK_MS = 250;
const LOOKS = 40;

/** The order waits in its venue's book, and nothing need be asked of it before `until`. */
export class Resting extends Parked {
  readonly until: Date;

  constructor(until: Date) {
    super();
    this.until = until;
  }
}

export interface OrderWorkDeps {
  db: Database;
  clock: Clock;
  log: Logger;
  market: Market;
  portfolios: Portfolios;
  control: Control;
  venues: Venues;
}

export type OrderWork = ReturnType<typeof createOrderWork>;

/**
 * Brings orders to their end. Each is written down as sent before it is sent, in the transaction that checks its limits; after any
 * doubt the venue is asked before anything is sent again.
 */
export function createOrderWork(deps: OrderWorkDeps) {
  const { db, clock, log, market, portfolios, control, venues } = deps;

  const record = async (
    tx: Tx,
    order: orderStore.OrderRow,
    from: OrderStatus,
    to: OrderStatus,
    report: OrderReport | undefined,
  ): Promise<void> => {
    assertMove(from, to);
    const now = clock.now();
    await orderStore.saveOrder(tx, order.id, to, report, now);
    await orderStore.insertTransition(tx, order.tenant_id, order.id, { from, to, reason: report?.reason ?? null }, now);
  };

  const deny = async (tx: Tx, order: orderStore.OrderRow, denial: Denial): Promise<void> => {
    const now = clock.now();
    assertMove(order.status, 'denied');
    await orderStore.denyOrder(tx, order.id, denial, now);
    const move = { from: order.status, to: 'denied' as const, reason: denial.detail };
    await orderStore.insertTransition(tx, order.tenant_id, order.id, move, now);
  };

  /** Why the order must not be sent now, or undefined; what it rests on cannot change before `tx` ends. */
  const judge = async (
    tx: Tx,
    { execution, plan, latest, orders }: Situation,
    order: orderStore.OrderRow,
    /** Of the same execution, to be sent before it, and not sent yet. */
    ahead: readonly PlannedOrder[] = [],
  ): Promise<Denial | undefined> => {
    const state = await control.lockState(tx, order.tenant_id);
    const inForce = stricter(await readLimits(tx, order.tenant_id), execution.request.limits ?? {});
    const limits = order.venue === 'internal' ? crossingLimits(inForce) : inForce;
    const current = await store.lockExecution(tx, order.tenant_id, execution.id);
    const planned = order.terms;
    const view = latest?.underlying(planned.underlying, planned.quote);
    const version = await portfolios.lock(tx, order.tenant_id, execution.portfolio_id);
    const moment: Moment = {
      ...{ now: clock.now(), state, limits, validUntil: validUntil(execution, order.slice) },
      calledOff: current?.cancel_requested_at != null,
      quote: view?.quoteOf(planned.terms),
      quotedAt: latest?.asOf,
      windowNotional: await sentWithin(tx, order, limits.windowSeconds ?? DEFAULT_WINDOW_SECONDS, latest, ahead),
      isQuarantined: await orderStore.isQuarantined(tx, execution.portfolio_id),
      position: exact(await portfolios.held(tx, execution.portfolio_id, version, planned.symbol)),
      delta: deltaBefore(plan, orders, order),
    };
    return denialOf(planned, moment, notionalOf(planned, view?.spot.mark));
  };

  /** Undefined where no price tells what something of it comes to. */
  const sentWithin = async (
    tx: Tx,
    order: orderStore.OrderRow,
    seconds: number,
    latest: MarketView | undefined,
    ahead: readonly PlannedOrder[],
  ): Promise<Exact | undefined> => {
    const since = new Date(clock.now().getTime() - seconds * 1_000);
    const sent = await orderStore.sentSince(tx, order.tenant_id, since, order.id);
    return [...sent, ...ahead]
      .filter(({ quote }) => quote === order.terms.quote)
      .map((each) => notionalOf(each, latest?.underlying(each.underlying, each.quote)?.spot.mark))
      .reduce<Exact | undefined>((sum, each) => (each === undefined ? undefined : sum?.plus(each)), exact(0));
  };

  /** Denies every order of an execution when one of them may not be sent: a hedge in part may be worse than none. */
  const judgeAll = (situation: Situation, orders: orderStore.OrderRow[]): Promise<void> =>
    db.tenant(situation.execution.tenant_id, async (tx) => {
      const rows: orderStore.OrderRow[] = [];
      for (const { id } of orders) rows.push(await orderStore.lockOrder(tx, id));
      if (rows.some(({ status }) => status !== 'initialized')) return; // it had begun
      const denials = new Map<string, Denial>();
      for (const [i, row] of rows.entries()) {
        const ahead = rows.slice(0, i).map(({ terms }) => terms);
        const denial = await judge(tx, situation, row, ahead);
        if (denial) denials.set(row.id, denial);
      }
      const first = rows.find(({ id }) => denials.has(id));
      if (!first) return;
      const other: Denial = {
        code: 'other_order_denied',
        detail: `The order on ${first.symbol} was denied: ${denials.get(first.id)!.detail}`,
      };
      for (const row of rows) await deny(tx, row, denials.get(row.id) ?? other);
    });

  /** Writes down that the order is about to be sent, unless that was written before or it is denied; answers the status found. */
  const markSubmitted = (situation: Situation, order: orderStore.OrderRow): Promise<OrderStatus> =>
    db.tenant(order.tenant_id, async (tx) => {
      const row = await orderStore.lockOrder(tx, order.id);
      if (row.status !== 'initialized') return row.status;
      const denial = await judge(tx, situation, row);
      if (denial) {
        await deny(tx, row, denial);
        return 'denied';
      }
      await record(tx, row, row.status, 'submitted', undefined);
      return row.status;
    });

  /** An order that was marked as sent and never reached the venue is not sent where it may no longer be. */
  const withdrawn = (situation: Situation, order: orderStore.OrderRow): Promise<boolean> =>
    db.tenant(order.tenant_id, async (tx) => {
      const row = await orderStore.lockOrder(tx, order.id);
      const denial = row.status === 'submitted' ? await judge(tx, situation, row) : undefined;
      if (!denial) return false;
      const reason = `It had not reached the venue, and may no longer be sent: ${denial.detail}`;
      const report = { venueOrderId: '', status: 'canceled', reason, fills: [] } satisfies OrderReport;
      await record(tx, row, row.status, 'canceled', report);
      return true;
    });

  /** Takes over what the venue reports, in one transaction, and answers the order's status. */
  const apply = (order: orderStore.OrderRow, report: OrderReport): Promise<OrderStatus> =>
    db.tenant(order.tenant_id, async (tx) => {
      const row = await orderStore.lockOrder(tx, order.id);
      const fills = (await orderStore.fillsOf(tx, [order.id])).map(({ fill }) => fill);
      const progress = progressOf({ ...row, inverse: isInverseContract(order.terms.terms), fills }, report);
      const told = { ...report, reason: progress.reason };
      let { status } = row;
      for (const to of progress.moves) {
        await record(tx, order, status, to, to === progress.moves.at(-1) ? told : undefined);
        status = to;
      }
      const isNews = report.signatureRequest || (!isSettled(status) && row.reason !== told.reason);
      if (isNews && progress.moves.length === 0) await orderStore.saveOrder(tx, order.id, status, told, clock.now());
      if (progress.added.length === 0) return status;
      await orderStore.insertFills(tx, order.tenant_id, order.id, progress.added);
      await orderStore.saveFilled(tx, order.id, progress);
      await orderStore.saveOrder(tx, order.id, status, told, clock.now());
      if (progress.overfilled) await quarantine(tx, order, progress.filled);
      return status;
    });

  /** What was traded beyond the order is held and counted, and nothing more is traded on the book before a person has looked. */
  const quarantine = async (tx: Tx, order: orderStore.OrderRow, filled: string): Promise<void> => {
    const { tenant_id: tenantId, id, quantity } = order;
    log.error({ order: id, quantity, filled }, 'the venue overfilled an order');
    await orderStore.saveOverfilled(tx, id);
    const data = { id, clientOrderId: order.client_order_id, symbol: order.symbol, quantity, filledQuantity: filled };
    await appendEvent(tx, clock.now(), { tenantId, type: 'order.overfilled', subject: id, data });
  };

  /** An error of `submit` is an unknown outcome: look before giving up, and give up without a verdict. */
  const submit = async (venue: Venue, order: VenueOrder): Promise<OrderReport> => {
    try {
      return await venue.submit(order);
    } catch (error) {
      const known = await venue.lookup(order);
      if (known) return known;
      throw error; // the job comes again, and begins by looking the order up
    }
  };

  /** Whether what is open has to be canceled: the client said so, or trading was halted. */
  const isCalledOff = (order: orderStore.OrderRow): Promise<boolean> =>
    db.tenant(order.tenant_id, async (tx) => {
      const execution = await store.findExecution(tx, order.tenant_id, { id: order.execution_id });
      if (execution?.cancel_requested_at != null) return true;
      return (await control.readState(tx, order.tenant_id)) === 'halted';
    });

  const markPendingCancel = (order: orderStore.OrderRow): Promise<void> =>
    db.tenant(order.tenant_id, async (tx) => {
      const { status } = await orderStore.lockOrder(tx, order.id);
      if (!isSettled(status) && status !== 'pending_cancel')
        await record(tx, order, status, 'pending_cancel', undefined);
    });

  /**
   * Looks at an order until the venue has ended it. Orders are immediate or cancel, so that is soon; one that takes longer
   * gives its worker free, and the job comes again. One that ended short is looked at once more: a fill may have crossed
   * the cancellation on the wire.
   */
  const follow = async (
    venue: Venue,
    order: orderStore.OrderRow,
    ref: OrderRef,
    report: OrderReport,
  ): Promise<void> => {
    const look = async (): Promise<OrderReport> => {
      const calledOff = await isCalledOff(order);
      if (calledOff) await markPendingCancel(order);
      const known = calledOff ? await venue.cancel(ref) : await venue.lookup(ref);
      if (!known) throw forgotten(order);
      return known;
    };
    let told = report;
    let status = await apply(order, told);
    let confirmed = false;
    for (let looks = 0; !isSettled(status) || (endedShort(status) && !confirmed); looks++) {
      if (told.signatureRequest && !(await isCalledOff(order))) throw new Parked();
      if (!isSettled(status) && told.restsUntil && told.restsUntil > clock.now() && !(await isCalledOff(order)))
        throw new Resting(told.restsUntil);
      if (looks === LOOKS) throw new Error(`the venue still works order ${order.client_order_id}`);
      confirmed = isSettled(status);
      await clock.sleep(LOOK_MS);
      told = await look();
      status = await apply(order, told);
    }
  };

  /** The prices that an order is judged by when it is sent: the latest there are. */
  const latestView = async (tenantId: string): Promise<MarketView | undefined> => {
    const id = await market.latestId(tenantId);
    return id === undefined ? undefined : market.view(tenantId, id);
  };

  return {
    apply,
    latestView,
    judgeAll,

    /** Brings one order to its end, from wherever an earlier attempt left it. */
    async work(situation: Situation, order: orderStore.OrderRow): Promise<void> {
      const found = await markSubmitted(situation, order);
      if (isSettled(found)) return;
      const venue = venueOf(venues, order.venue);
      const asked = { ...venueOrder(situation, order), isCalledOff: () => isCalledOff(order) };
      // Another attempt sent it, or died trying: the venue knows.
      const known = found === 'initialized' ? undefined : await venue.lookup(asked);
      if (!known && found !== 'initialized' && found !== 'submitted') throw forgotten(order);
      if (!known && found === 'submitted' && (await withdrawn(situation, order))) return;
      await follow(venue, order, asked, known ?? (await submit(venue, asked)));
    },

    /** Looks at an order that has ended once more, and takes over what came late. */
    async revisit(order: orderStore.OrderRow): Promise<void> {
      const known = await venueOf(venues, order.venue).lookup(refOf(order));
      if (known && known.fills.length > 0) await apply(order, known);
    },
  };
}

/** What an execution rests on. */
export interface Situation {
  execution: store.ExecutionRow;
  plan: HedgePlan;
  /** The latest market snapshot; undefined where there is none. */
  latest: MarketView | undefined;
  /** All orders of the execution, as they were when this was looked at. */
  orders: readonly orderStore.OrderRow[];
}

/** Of the book in the order's underlying: with what earlier slices have traded, and once the earlier orders of its own slice are done. */
function deltaBefore(
  { result }: HedgePlan,
  orders: readonly orderStore.OrderRow[],
  order: orderStore.OrderRow,
): number | undefined {
  const { underlying, quote } = order.terms;
  const isAlike = (each: { underlying: string; quote: string }) =>
    each.underlying === underlying && each.quote === quote;
  const before = result?.underlyings.find(isAlike)?.greeks.before.delta;
  if (before === undefined) return undefined;
  const addedBy = ({ leg, slice, terms, quantity, filled_quantity: filled }: orderStore.OrderRow): number => {
    if (slice === order.slice) return leg < order.leg ? terms.delta : 0;
    return slice < order.slice ? terms.delta * exact(filled).div(quantity).toNumber() : 0;
  };
  return orders.filter(({ terms }) => isAlike(terms)).reduce((delta, each) => delta + addedBy(each), before);
}

/** Throws where the operator has taken the venue away: nothing can be told of an order there. */
export function venueOf(venues: Venues, name: Order['venue']): Venue {
  const venue = venues[name];
  if (!venue) throw new Error(`the venue ${name} is not set up here`);
  return venue;
}

export function refOf(order: orderStore.OrderRow): OrderRef {
  const { symbol, terms, side, quantity }: PlannedOrder = order.terms;
  return {
    ...{ tenantId: order.tenant_id, accountId: order.account_id, clientOrderId: order.client_order_id },
    ...{ symbol, terms, side, quantity },
  };
}

/** A slice is worked on the market of its own time. */
function venueOrder({ execution, plan, latest }: Situation, order: orderStore.OrderRow): VenueOrder {
  const { lotSize, referencePrice, limitPrice, costModel }: PlannedOrder = order.terms;
  const { participation, mempool, venue, limits, paper } = execution.request;
  const windowMs = order.venue === 'internal' ? windowMsOf(execution) : undefined;
  return {
    ...refOf(order),
    ...{ lotSize, referencePrice, limitPrice, costModel, participation, mempool },
    marketSnapshotId: (execution.legs && latest?.id) ?? plan.marketSnapshotId,
    validUntil: validUntil(execution, order.slice),
    ...(paper && { rehearsal: paper }),
    ...(windowMs !== undefined && { crossing: { venue, windowMs, maxQuoteAgeSeconds: limits?.maxQuoteAgeSeconds } }),
  };
}

/** An order that the venue has accepted is never sent again, even when the venue no longer knows it. */
function forgotten(order: orderStore.OrderRow): Error {
  return new Error(`the venue does not know order ${order.client_order_id}, which it had accepted`);
}

function endedShort(status: OrderStatus): boolean {
  return status === 'canceled' || status === 'expired';
}
