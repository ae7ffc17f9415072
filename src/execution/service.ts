import type { Hedging } from '../hedging/service.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { Market } from '../market/service.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { Parked, runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { notFound, Problem } from '../platform/problem.ts';
import { groupBy, pageOf, pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { createAcceptance, type Asker } from './acceptance.ts';
import type { Control } from './control.ts';
import type { ApprovalInput, Execution, ExecutionInput, Fill, Order, OrderDetail, OrderTransition } from './model.ts';
import { isSettled } from './orderState.ts';
import { createOrderWork, refOf, validUntil, type Situation } from './orderWork.ts';
import type { AcceptSignature, Venues } from './ports.ts';
import { createReconciliation } from './reconciliation.ts';
import { settle } from './settlement.ts';
import * as store from './store.ts';
import type { VenueAccounts } from './venueAccountService.ts';

export const EXECUTIONS: OperationKind = {
  table: 'execution',
  queue: 'executions',
  event: 'execution',
  unending: true,
};

export interface ExecutionDeps extends OperationDeps {
  ids: Ids;
  market: Market;
  hedging: Hedging;
  portfolios: Portfolios;
  ledger: Ledgers;
  control: Control;
  accounts: VenueAccounts;
  venues: Venues;
  /** Takes what the client has signed to the venue that asked for it. */
  acceptSignature: AcceptSignature;
}

export type Executions = ReturnType<typeof createExecutions>;

/**
 * Turns a plan into orders, once. The orders are written down, under ids that follow from the plan, in the transaction
 * that accepts the execution; each is marked as sent before it is sent; and after any doubt the venue is asked before
 * anything is sent again.
 */
export function createExecutions(deps: ExecutionDeps) {
  const { db, clock, wake, log, market, hedging, portfolios, ledger } = deps;
  const acceptance = createAcceptance({ ...deps, queue: EXECUTIONS.queue });
  const orderWork = createOrderWork(deps);
  const reconciliation = createReconciliation({ ...deps, orderWork });

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

  const getOrder = async (tenantId: string, id: string): Promise<OrderDetail> =>
    db.tenant(tenantId, async (tx) => {
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

  /** What an execution has to be ended with before it may send anything: a yes, and an account whose orders are known. */
  const prepare = async (row: store.ExecutionRow): Promise<void> => {
    if (row.mode === 'approve' && row.approved_at === null) throw new Parked();
    if (row.account_id !== null) await reconciliation.ensure({ tenantId: row.tenant_id, accountId: row.account_id });
  };

  /** An order that waits for the client's signature must not hold up the others of its execution. */
  const workAll = async (
    situation: Situation,
    orders: store.OrderRow[],
    progress: (share: number) => Promise<void>,
  ): Promise<void> => {
    let parked: Parked | undefined;
    for (const [i, order] of orders.entries()) {
      try {
        await orderWork.work(situation, order);
      } catch (error) {
        if (!(error instanceof Parked)) throw error;
        parked = error;
      }
      if (i + 1 < orders.length) await progress((i + 1) / orders.length);
    }
    if (!parked) return;
    const { execution } = situation;
    await db.tenant(execution.tenant_id, (tx) =>
      store.saveWaiting(tx, execution.id, 'signature', validUntil(execution)),
    );
    throw parked;
  };

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

    order: getOrder,

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

    /** Accepts the plan for execution. Asked again for the same plan it answers the execution that there is. */
    async execute(asker: Asker, id: string, hedgePlanId: string, input: ExecutionInput): Promise<Execution> {
      const { tenantId } = asker;
      const by = input.mode === 'dry_run' ? { id } : { hedgePlanId };
      const existing = await load(tenantId, by);
      if (existing) return existing;
      await acceptance.accept(asker, id, await hedging.get(tenantId, hedgePlanId), input);
      return (await load(tenantId, by))!;
    },

    async approve(principal: Principal, id: string, input: ApprovalInput): Promise<Execution> {
      await acceptance.approve(principal, id, input);
      return get(principal.tenantId, id);
    },

    async cancel(tenantId: string, id: string): Promise<Execution> {
      await acceptance.cancel(tenantId, id);
      return get(tenantId, id);
    },

    async acknowledge(tenantId: string, orderId: string): Promise<OrderDetail> {
      await acceptance.acknowledge(tenantId, orderId);
      return getOrder(tenantId, orderId);
    },

    /** Takes what the client has signed, and lets the execution go on. */
    async sign(tenantId: string, orderId: string, signed: string): Promise<OrderDetail> {
      const row = await db.tenant(tenantId, (tx) => store.findOrder(tx, tenantId, orderId));
      if (!row) throw notFound('order', orderId);
      if (isSettled(row.status) || !row.signature_request)
        throw new Problem('conflict', 'The order does not wait for a signature');
      await deps.acceptSignature(refOf(row), signed);
      await db.tenant(tenantId, (tx) => store.goOn(tx, tenantId, row.execution_id, EXECUTIONS.queue, clock.now()));
      wake.call('outbox');
      return getOrder(tenantId, orderId);
    },

    faults: acceptance.faults,
    expire: acceptance.expire,
    reconcile: reconciliation.reconcileDue,
    externalOrders: reconciliation.externalOrders,

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.ExecutionRow>(deps, EXECUTIONS, job, last, async ({ row, progress }) => {
        await prepare(row);
        const [plan, latest] = await Promise.all([
          hedging.get(row.tenant_id, row.hedge_plan_id),
          orderWork.latestView(row.tenant_id),
        ]);
        const situation = { execution: row, plan, latest };
        const orders = await db.tenant(row.tenant_id, (tx) => store.ordersOf(tx, [row.id]));
        await orderWork.judgeAll(situation, orders);
        if (row.mode !== 'dry_run') await workAll(situation, orders, progress);
        const asOf = new Date(plan.result?.valuationTime ?? row.created_at);
        const priced = await market.view(row.tenant_id, plan.marketSnapshotId);
        return (tx) => settle({ portfolios, ledger, log }, tx, row, asOf, priced, plan.result);
      }),
  };
}
