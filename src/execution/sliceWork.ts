import type { Logger } from 'pino';
import type { HedgePlan, PlannedOrder } from '../hedging/model.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { MarketView } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import { Parked } from '../platform/operation.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import { newOrders } from './newOrders.ts';
import type { Situation } from './judging.ts';
import type { OrderWork } from './orderWork.ts';
import { partOf, progressOf, slicesAhead, startOf, type Slice } from './schedule.ts';
import type { ScheduleEnd } from './scheduleModel.ts';
import { book, told } from './settlement.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';

export interface SliceWorkDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  log: Logger;
  portfolios: Portfolios;
  ledger: Ledgers;
  control: Control;
  orderWork: OrderWork;
  /** Judges orders and brings them to their end, side by side with those that wait for a signature. */
  workAll(situation: Situation, orders: orderStore.OrderRow[]): Promise<void>;
}

/** An execution with a schedule or netting: its row has legs. */
type Scheduled = store.ExecutionRow & { legs: PlannedOrder[] };

/**
 * Brings an execution forward slice by slice. What it has to do next follows from its rows alone: a slice whose orders are written down
 * is worked to its end and booked, and only then the next one is written down, when it is due. Whatever dies goes on from there.
 */
export function createSliceWork(deps: SliceWorkDeps) {
  const { db, clock, ids, wake, log, portfolios, ledger, control, orderWork, workAll } = deps;

  /** The execution, locked, if this attempt still has it; otherwise another one does its work. */
  const mine = async (
    tx: Tx,
    { id, tenant_id: tenantId, attempt }: store.ExecutionRow,
  ): Promise<store.ExecutionRow> => {
    const row = await store.lockExecution(tx, tenantId, id);
    if (row?.attempt !== attempt || row.status !== 'running') throw new Parked();
    return row;
  };

  const look = (row: Scheduled) =>
    db.tenant(row.tenant_id, async (tx) => {
      const current = (await mine(tx, row)) as Scheduled;
      const orders = await orderStore.ordersOf(tx, [row.id]);
      const state = await control.readState(tx, row.tenant_id);
      const isQuarantined = (await orderStore.quarantined(tx, [row.portfolio_id])).size > 0;
      return { current, orders, state, isQuarantined };
    });

  /** Why nothing more is to be sent, or undefined. */
  const endOf = (
    { current, orders, state, isQuarantined }: Awaited<ReturnType<typeof look>>,
    next: Slice | undefined,
  ): ScheduleEnd | undefined => {
    if (current.mode === 'dry_run') return orders.length > 0 ? 'finished' : undefined;
    const isDenied = orders.some(({ status }) => status === 'denied');
    if (!next && !isDenied) return 'finished';
    if (current.cancel_requested_at !== null) return 'called_off';
    if (state === 'halted') return 'halted';
    if (isQuarantined) return 'quarantined';
    return isDenied ? 'denied' : undefined;
  };

  const waitFor = async (row: Scheduled, due: Date): Promise<never> => {
    await db.tenant(row.tenant_id, (tx) => store.saveWaitingUntil(tx, row, 'schedule', due));
    throw new Parked();
  };

  const begin = (row: Scheduled, { slice, legs }: Slice): Promise<void> =>
    db.tenant(row.tenant_id, async (tx) => {
      const current = await mine(tx, row);
      const parts = legs.map(({ planned, quantity }) => partOf(planned, quantity));
      const now = clock.now();
      const orders = newOrders(ids, { execution: current, slice, legs: parts }, now);
      await Promise.all([orderStore.insertOrders(tx, row.tenant_id, orders, now), store.clearWaiting(tx, row.id)]);
    });

  /** What the slice traded becomes positions before the next one is sent; answers the progress. */
  const finish = async (row: Scheduled, slice: number, asOf: Date, market: MarketView): Promise<number> => {
    const share = await db.tenant(row.tenant_id, async (tx) => {
      const current = await mine(tx, row);
      const orders = await orderStore.ordersOf(tx, [row.id]);
      const done = progressOf(row.legs, orders);
      const version = await book({ portfolios, ledger, log }, tx, current, orders, asOf, market);
      await store.saveSliceDone(tx, row.id, slice, version);
      const data = {
        ...{ id: row.id, hedgePlanId: row.hedge_plan_id, portfolioId: row.portfolio_id, slice },
        ...{ portfolioVersion: version ?? current.booked_version, progress: done },
        orders: orders
          .filter((order) => order.slice === slice)
          .map(orderStore.orderOf)
          .map(told),
      };
      const event = { tenantId: row.tenant_id, type: 'execution.slice_completed', subject: row.id, data };
      await appendEvent(tx, clock.now(), event);
      return done;
    });
    wake.call('events');
    return share;
  };

  /** Works the orders that are written down and not done with; answers the progress. */
  const advance = async (
    { current, orders }: Awaited<ReturnType<typeof look>>,
    plan: HedgePlan,
    priced: MarketView,
  ): Promise<number> => {
    const latest = await orderWork.latestView(current.tenant_id);
    const begun = orders.filter(({ slice }) => slice > current.slice_done);
    const situation = { execution: current, plan, latest, orders };
    await workAll(situation, begun);
    if (current.mode === 'dry_run') return 0;
    return finish(current, begun[0]!.slice, asOfOf(plan, current, latest), latest ?? priced);
  };

  return {
    /** Answers why it ended. Throws `Parked` until the next slice is due, and where another attempt has taken over. */
    async work(
      row: store.ExecutionRow,
      plan: HedgePlan,
      priced: MarketView,
      progress: (share: number) => Promise<void>,
    ): Promise<ScheduleEnd> {
      for (;;) {
        const seen = await look(row as Scheduled);
        const { current, orders } = seen;
        if (orders.some(({ slice }) => slice > current.slice_done)) {
          const share = await advance(seen, plan, priced);
          if (current.mode === 'dry_run') return 'finished';
          await progress(share);
          continue;
        }
        const elapsedMs = clock.now().getTime() - startOf(current);
        const [next] = slicesAhead(current, current.legs, orders, elapsedMs);
        const end = endOf(seen, next);
        if (end || !next) return end ?? 'finished';
        if (next.offsetMs > elapsedMs && current.mode !== 'dry_run')
          await waitFor(current, new Date(startOf(current) + next.offsetMs));
        await begin(current, next);
      }
    },
  };
}

/** Time is the market's: a slice is dated by the snapshot that it was sent on, where that is younger than the plan's. */
export function asOfOf({ result }: HedgePlan, row: store.ExecutionRow, latest: MarketView | undefined): Date {
  const planned = new Date(result?.valuationTime ?? row.created_at);
  return row.legs && latest && latest.asOf > planned ? latest.asOf : planned;
}
