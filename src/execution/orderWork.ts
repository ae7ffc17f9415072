import type { Logger } from 'pino';
import type { PlannedOrder } from '../hedging/model.ts';
import { isInverseContract } from '../instruments/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import { Parked } from '../platform/operation.ts';
import type { Control } from './control.ts';
import { deltaBefore, type Judging, type Situation } from './judging.ts';
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
/** A venue that is too busy to take an order is asked so often, a moment apart, before the job is given back. */
const TRIES = 10;
const BUSY_MS = 1_000;

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
  control: Control;
  judging: Judging;
  venues: Venues;
}

export type OrderWork = ReturnType<typeof createOrderWork>;

/**
 * Brings orders to their end. Each is written down as sent before it is sent, in the transaction that judges it; after any doubt the
 * venue is asked before anything is sent again.
 */
export function createOrderWork(deps: OrderWorkDeps) {
  const { db, clock, log, market, control, judging, venues } = deps;

  const record = async (
    tx: Tx,
    order: orderStore.OrderRow,
    from: OrderStatus,
    to: OrderStatus,
    report: OrderReport | undefined,
  ): Promise<void> => {
    assertMove(from, to);
    const now = clock.now();
    const move = { orderId: order.id, from, to, reason: report?.reason ?? null };
    await Promise.all([
      orderStore.saveOrder(tx, order.id, to, report, now),
      orderStore.insertTransitions(tx, order.tenant_id, [move], now),
    ]);
  };

  /**
   * An order that was marked as sent and never reached the venue is not sent where it may no longer be, and those that were to follow it are
   * not either where it was the first: a hedge in part may be worse than none.
   */
  const withdrawn = (situation: Situation, order: orderStore.OrderRow): Promise<boolean> =>
    db.tenant(order.tenant_id, async (tx) => {
      const denial = await judging.denialNow(tx, situation, order);
      if (!denial) return false;
      const reason = `It had not reached the venue, and may no longer be sent: ${denial.detail}`;
      const report = { venueOrderId: '', status: 'canceled', reason, fills: [] } satisfies OrderReport;
      await record(tx, order, 'submitted', 'canceled', report);
      const alike = situation.orders.filter(({ slice }) => slice === order.slice);
      if (alike.every(({ leg }) => leg >= order.leg)) await judging.denyOthers(tx, order, denial, alike);
      return true;
    });

  /** Takes over what the venue reports, in one transaction, and answers the order's status. */
  const apply = (order: orderStore.OrderRow, report: OrderReport): Promise<OrderStatus> =>
    db.tenant(order.tenant_id, async (tx) => {
      const [row, told] = await Promise.all([orderStore.lockOrder(tx, order.id), orderStore.fillsOf(tx, [order.id])]);
      const fills = told.map(({ fill }) => fill);
      const progress = progressOf({ ...row, inverse: isInverseContract(order.terms.terms), fills }, report);
      const said = { ...report, reason: progress.reason };
      let { status } = row;
      // Statements run in the order of the calls.
      const writes: Promise<void>[] = [];
      for (const to of progress.moves) {
        writes.push(record(tx, order, status, to, to === progress.moves.at(-1) ? said : undefined));
        status = to;
      }
      const isNews =
        (report.signatureRequest ?? row.signature_request) || (!isSettled(status) && row.reason !== said.reason);
      if (progress.moves.length === 0 && (isNews || progress.added.length > 0))
        writes.push(orderStore.saveOrder(tx, order.id, status, said, clock.now()));
      if (progress.added.length > 0)
        writes.push(
          orderStore.insertFills(tx, order.tenant_id, order.id, progress.added),
          orderStore.saveFilled(tx, order.id, progress),
        );
      await Promise.all(writes);
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

  /** An error of `submit`, but that the venue was too busy, is an unknown outcome: look before giving up, and give up without a verdict. */
  const submit = async (venue: Venue, order: VenueOrder, tries = 1): Promise<OrderReport> => {
    try {
      return await venue.submit(order);
    } catch (error) {
      if (venue.isBusy?.(error) && tries < TRIES) {
        await clock.sleep(BUSY_MS);
        return submit(venue, order, tries + 1);
      }
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

    /** Brings an order to its end, from where judging has found it; `initialized` means that it was marked as sent just now. */
    async work(situation: Situation, order: orderStore.OrderRow, found: OrderStatus): Promise<void> {
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
function venueOrder({ execution, plan, latest, orders }: Situation, order: orderStore.OrderRow): VenueOrder {
  const { lotSize, referencePrice, limitPrice, costModel }: PlannedOrder = order.terms;
  const { participation, mempool, venue, limits, paper } = execution.request;
  const windowMs = order.venue === 'internal' ? windowMsOf(execution) : undefined;
  return {
    ...refOf(order),
    ...{ lotSize, referencePrice, limitPrice, costModel, participation, mempool },
    marketSnapshotId: (execution.legs && latest?.id) ?? plan.marketSnapshotId,
    validUntil: validUntil(execution, order.slice),
    ...(paper && { rehearsal: paper }),
    ...(windowMs !== undefined && {
      crossing: {
        ...{ venue, windowMs, maxQuoteAgeSeconds: limits?.maxQuoteAgeSeconds },
        ...{ delta: order.terms.delta, deltaBefore: deltaBefore(plan, orders, order) },
      },
    }),
  };
}

/** An order that the venue has accepted is never sent again, even when the venue no longer knows it. */
function forgotten(order: orderStore.OrderRow): Error {
  return new Error(`the venue does not know order ${order.client_order_id}, which it had accepted`);
}

function endedShort(status: OrderStatus): boolean {
  return status === 'canceled' || status === 'expired';
}
