import type { PlannedOrder } from '../hedging/model.ts';
import type { Hedging } from '../hedging/service.ts';
import { isInverseContract } from '../instruments/service.ts';
import { sqlState, type Tx } from '../platform/database.ts';
import { decimalText, exact } from '../platform/decimal.ts';
import type { Ids } from '../platform/ids.ts';
import { runOperation, type OperationDeps, type OperationKind, type Settlement } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem } from '../platform/problem.ts';
import { groupBy, pageOf, pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Trade } from '../ledger/model.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { FilledTrade } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { clientOrderId } from './clientOrderId.ts';
import type { Execution, ExecutionInput, Fill, Order, OrderDetail, OrderTransition } from './model.ts';
import { progressOf } from './orderProgress.ts';
import { assertMove, isSettled, type OrderStatus } from './orderState.ts';
import type { OrderReport, Venue, VenueOrder } from './ports.ts';
import * as store from './store.ts';

export const EXECUTIONS: OperationKind = {
  table: 'execution',
  queue: 'executions',
  event: 'execution',
  unending: true,
};

export interface ExecutionDeps extends OperationDeps {
  ids: Ids;
  hedging: Hedging;
  portfolios: Portfolios;
  ledger: Ledgers;
  venues: Record<Order['venue'], Venue>;
}

/** Between two looks at an order that the venue still works, and how many there are before the job is given back. */
const LOOK_MS = 250;
const LOOKS = 40;

export type Executions = ReturnType<typeof createExecutions>;

/**
 * Turns a plan into orders, once. The orders are written down, under ids that follow from the plan, in the transaction
 * that accepts the execution; each is marked as sent before it is sent; and after any doubt the venue is asked before
 * anything is sent again.
 */
export function createExecutions(deps: ExecutionDeps) {
  const { db, clock, ids, wake, log, hedging, portfolios, ledger, venues } = deps;

  const load = async (tenantId: string, by: { id?: string; hedgePlanId?: string }): Promise<Execution | undefined> =>
    db.tenant(tenantId, async (tx) => {
      const row = await store.findExecution(tx, tenantId, by);
      return row && store.executionOf(row, await store.ordersOf(tx, [row.id]));
    });

  const get = async (tenantId: string, id: string): Promise<Execution> => {
    const execution = await load(tenantId, { id });
    if (!execution) throw notFound('execution', id);
    return execution;
  };

  /** Brings one order to its end, from wherever an earlier attempt left it. */
  const work = async (
    execution: store.ExecutionRow,
    order: store.OrderRow,
    marketSnapshotId: string,
  ): Promise<void> => {
    const found = await markSubmitted(order);
    if (isSettled(found)) return;
    const venue = venues[order.venue];
    // Another attempt sent it, or died trying: the venue knows.
    const known = found === 'initialized' ? undefined : await venue.lookup(order.tenant_id, order.client_order_id);
    if (!known && found !== 'initialized' && found !== 'submitted') throw forgotten(order);
    await follow(venue, order, known ?? (await submit(venue, venueOrder(execution, order, marketSnapshotId))));
  };

  /**
   * Looks at an order until the venue has ended it. Orders are immediate or cancel, so that is soon; one that takes longer
   * gives its worker free, and the job comes again. One that ended short is looked at once more: a fill may have crossed
   * the cancellation on the wire.
   */
  const follow = async (venue: Venue, order: store.OrderRow, report: OrderReport): Promise<void> => {
    const look = async (): Promise<OrderStatus> => {
      await clock.sleep(LOOK_MS);
      const known = await venue.lookup(order.tenant_id, order.client_order_id);
      if (!known) throw forgotten(order);
      return apply(order, known);
    };
    let status = await apply(order, report);
    let confirmed = false;
    for (let looks = 0; !isSettled(status) || (endedShort(status) && !confirmed); looks++) {
      if (looks === LOOKS) throw new Error(`the venue still works order ${order.client_order_id}`);
      confirmed = isSettled(status);
      status = await look();
    }
  };

  /** An error of `submit` is an unknown outcome: look before giving up, and give up without a verdict. */
  const submit = async (venue: Venue, order: VenueOrder): Promise<OrderReport> => {
    try {
      return await venue.submit(order);
    } catch (error) {
      const known = await venue.lookup(order.tenantId, order.clientOrderId);
      if (known) return known;
      throw error; // the job comes again, and begins by looking the order up
    }
  };

  /** Writes down that the order is about to be sent, unless that was written before; answers the status found. */
  const markSubmitted = (order: store.OrderRow): Promise<OrderStatus> =>
    db.tenant(order.tenant_id, async (tx) => {
      const { status } = await store.lockOrder(tx, order.id);
      if (status === 'initialized') await record(tx, order, status, 'submitted', undefined);
      return status;
    });

  const record = async (
    tx: Tx,
    order: store.OrderRow,
    from: OrderStatus,
    to: OrderStatus,
    report: OrderReport | undefined,
  ): Promise<void> => {
    assertMove(from, to);
    const now = clock.now();
    await store.saveOrder(tx, order.id, to, report, now);
    await store.insertTransition(tx, order.tenant_id, order.id, { from, to, reason: report?.reason ?? null }, now);
  };

  /** Takes over what the venue reports, in one transaction, and answers the order's status. */
  const apply = (order: store.OrderRow, report: OrderReport): Promise<OrderStatus> =>
    db.tenant(order.tenant_id, async (tx) => {
      const row = await store.lockOrder(tx, order.id);
      const fills = (await store.fillsOf(tx, [order.id])).map(({ fill }) => fill);
      const progress = progressOf({ ...row, inverse: isInverseContract(order.terms.terms), fills }, report);
      const told = { ...report, reason: progress.reason };
      let { status } = row;
      for (const to of progress.moves) {
        await record(tx, order, status, to, to === progress.moves.at(-1) ? told : undefined);
        status = to;
      }
      if (progress.added.length === 0) return status;
      await store.insertFills(tx, order.tenant_id, order.id, progress.added);
      await store.saveFilled(tx, order.id, progress);
      await store.saveOrder(tx, order.id, status, told, clock.now());
      if (progress.overfilled)
        log.error(
          { order: order.id, quantity: row.quantity, filled: progress.filled },
          'the venue overfilled an order',
        );
      return status;
    });

  return {
    get,

    async ofPlans(tenantId: string, hedgePlanIds: readonly string[]): Promise<Execution[]> {
      return db.tenant(tenantId, async (tx) => {
        const rows = await store.findExecutionsOfPlans(tx, tenantId, hedgePlanIds);
        const orders = await store.ordersOf(
          tx,
          rows.map((row) => row.id),
        );
        return rows.map((row) => store.executionOf(row, orders));
      });
    },

    async order(tenantId: string, id: string): Promise<OrderDetail> {
      return db.tenant(tenantId, async (tx) => {
        const [row, fills, transitions] = await Promise.all([
          store.findOrder(tx, tenantId, id),
          store.fillsOf(tx, [id]),
          store.transitionsOf(tx, [id]),
        ]);
        if (!row) throw notFound('order', id);
        return {
          ...store.orderOf(row),
          fills: fills.map(({ fill }) => fill),
          transitions: transitions.map(({ transition }) => transition),
        };
      });
    },

    /** A page of the orders on each portfolio, in the order of the portfolios. */
    async ordersOfMany(tenantId: string, portfolioIds: readonly string[], page: PageRequest): Promise<Page<Order>[]> {
      const rows = await db.tenant(tenantId, (tx) =>
        store.listOrdersOf(tx, tenantId, [...new Set(portfolioIds)], page),
      );
      const pages = pagesOf(
        rows,
        portfolioIds,
        (row) => row.portfolio_id,
        page.limit,
        (row) => row.id,
      );
      return pages.map(({ items, nextCursor }) => ({ items: items.map(store.orderOf), nextCursor }));
    },

    /** The fills of each order, in the order of the orders. */
    async fills(tenantId: string, orderIds: readonly string[]): Promise<Fill[][]> {
      const found = groupBy(await db.tenant(tenantId, (tx) => store.fillsOf(tx, orderIds)), ({ orderId }) => orderId);
      return orderIds.map((id) => (found.get(id) ?? []).map(({ fill }) => fill));
    },

    /** The transitions of each order, in the order of the orders. */
    async transitions(tenantId: string, orderIds: readonly string[]): Promise<OrderTransition[][]> {
      const found = groupBy(
        await db.tenant(tenantId, (tx) => store.transitionsOf(tx, orderIds)),
        ({ orderId }) => orderId,
      );
      return orderIds.map((id) => (found.get(id) ?? []).map(({ transition }) => transition));
    },

    async orders(tenantId: string, portfolioId: string | undefined, page: PageRequest): Promise<Page<Order>> {
      const rows = await db.tenant(tenantId, (tx) => store.listOrders(tx, tenantId, portfolioId, page));
      return pageOf(rows.map(store.orderOf), page.limit, (order) => order.id);
    },

    /**
     * Accepts the plan for execution. Asked again for the same plan it answers the execution that there is. Refuses a
     * plan whose portfolio has changed since, and a second execution on a portfolio while one is in flight: both would
     * hedge what is hedged already.
     */
    async execute(tenantId: string, id: string, hedgePlanId: string, input: ExecutionInput): Promise<Execution> {
      const existing = await load(tenantId, { hedgePlanId });
      if (existing) return existing;
      const plan = await hedging.get(tenantId, hedgePlanId);
      if (!plan.result) throw new Problem('conflict', `The plan cannot be executed: it is ${plan.status}`);
      const { orders, noTrade } = plan.result;
      if (orders.length === 0)
        throw new Problem('conflict', `The plan has no orders: ${noTrade?.detail ?? 'nothing is to be traded'}`);
      const now = clock.now();
      const accept = async (tx: Tx): Promise<void> => {
        const current = await portfolios.lock(tx, tenantId, plan.portfolioId);
        const request = { id, hedgePlanId, portfolioId: plan.portfolioId, request: input };
        const row = await store.insertExecution(tx, tenantId, request, now);
        if (!row) return; // a twin was faster
        if (current !== plan.portfolioVersion) {
          throw new Problem(
            'plan_superseded',
            `The plan is for version ${plan.portfolioVersion}; the portfolio is at version ${current}. Make a new plan`,
          );
        }
        for (const planned of orders) {
          const order = {
            id: ids.next(),
            executionId: id,
            clientOrderId: clientOrderId(hedgePlanId, planned.leg),
            venue: input.venue,
            planned,
          };
          await store.insertOrder(tx, tenantId, order, now);
        }
        await enqueue(tx, now, { tenantId, queue: EXECUTIONS.queue, subjects: [id] });
      };
      await db.tenant(tenantId, accept).catch((error: unknown) => {
        const constraint = sqlState(error)?.constraint;
        if (constraint === 'execution_pkey') throw new Problem('conflict', 'The id of this execution is taken');
        if (constraint !== 'execution_in_flight') throw error;
        throw new Problem(
          'execution_in_flight',
          'Another execution on this portfolio has not ended; its fills would not be seen',
        );
      });
      wake.call('outbox');
      return (await load(tenantId, { hedgePlanId }))!;
    },

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.ExecutionRow>(deps, EXECUTIONS, job, last, async ({ row, progress }) => {
        const plan = await hedging.get(row.tenant_id, row.hedge_plan_id);
        const orders = await db.tenant(row.tenant_id, (tx) => store.ordersOf(tx, [row.id]));
        for (const [i, order] of orders.entries()) {
          await work(row, order, plan.marketSnapshotId);
          if (i + 1 < orders.length) await progress((i + 1) / orders.length);
        }
        const asOf = new Date(plan.result?.valuationTime ?? row.created_at);
        return (tx) => settle(tx, row, asOf);
      }),
  };

  /** The end: the fills become positions, and the world is told, in the transaction that ends the execution. */
  async function settle(tx: Tx, row: store.ExecutionRow, asOf: Date): Promise<Settlement> {
    const orders = await store.ordersOf(tx, [row.id]);
    const trades = orders.flatMap(tradeOf);
    const portfolioVersion =
      trades.length > 0 ? await portfolios.applyFills(tx, row.tenant_id, row.portfolio_id, asOf, trades) : null;
    if (portfolioVersion !== null) {
      const posted = orders.flatMap((order) =>
        tradeOf(order).map((trade) => ledgerTrade(order, trade, portfolioVersion)),
      );
      await ledger.post(tx, row.tenant_id, row.portfolio_id, posted);
    }
    const outcome =
      trades.length === 0 ? 'failed' : orders.every(({ status }) => status === 'filled') ? 'completed' : 'partial';
    const data = {
      id: row.id,
      hedgePlanId: row.hedge_plan_id,
      portfolioId: row.portfolio_id,
      portfolioVersion,
      outcome,
      orders: orders.map(store.orderOf).map(told),
    };
    const rebalance = trades.length > 0 ? [{ type: 'rebalance.completed', subject: row.portfolio_id, data }] : [];
    return { result: { outcome, portfolioVersion }, events: [{ type: `execution.${outcome}`, data }, ...rebalance] };
  }
}

function venueOrder(execution: store.ExecutionRow, order: store.OrderRow, marketSnapshotId: string): VenueOrder {
  const { symbol, terms, side, quantity, lotSize, referencePrice, limitPrice, costModel }: PlannedOrder = order.terms;
  return {
    tenantId: order.tenant_id,
    clientOrderId: order.client_order_id,
    participation: execution.request.participation,
    ...{ symbol, terms, side, quantity, lotSize, referencePrice, limitPrice, costModel, marketSnapshotId },
  };
}

/** An order that the venue has accepted is never sent again, even when the venue no longer knows it. */
function forgotten(order: store.OrderRow): Error {
  return new Error(`the venue does not know order ${order.client_order_id}, which it had accepted`);
}

function endedShort(status: OrderStatus): boolean {
  return status === 'canceled' || status === 'expired';
}

const TOLD = [
  ...(['id', 'clientOrderId', 'symbol', 'side', 'quantity', 'filledQuantity'] as const),
  ...(['averagePrice', 'fee', 'feeCurrency', 'status', 'reason'] as const),
];

/** What an event tells of an order: webhooks are to stay small. */
function told(order: Order): object {
  return Object.fromEntries(TOLD.map((name) => [name, order[name]]));
}

function ledgerTrade(order: store.OrderRow, trade: FilledTrade, portfolioVersion: number): Trade {
  const { feeCurrency, fee } = store.orderOf(order);
  const { referencePrice, costModel } = order.terms;
  return {
    ...{ orderId: order.id, portfolioVersion, instrument: trade.instrument, quantity: trade.quantity },
    ...{ price: trade.averagePrice, referencePrice, halfSpreadBps: costModel.halfSpreadBps, fee, feeCurrency },
  };
}

function tradeOf(order: store.OrderRow): FilledTrade[] {
  const filled = exact(order.filled_quantity);
  if (filled.isZero() || order.average_price === null) return [];
  const { symbol, terms, side } = order.terms;
  return [
    {
      instrument: { symbol, terms },
      quantity: decimalText(side === 'buy' ? filled : filled.neg()),
      averagePrice: order.average_price,
    },
  ];
}
