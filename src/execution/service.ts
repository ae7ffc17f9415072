import type { HedgePlan } from '../hedging/model.ts';
import type { Hedging } from '../hedging/service.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { Market } from '../market/service.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import type { Tx } from '../platform/database.ts';
import {
  Parked,
  runOperation,
  workOperation,
  type OperationDeps,
  type OperationKind,
  type Settlement,
} from '../platform/operation.ts';
import { Busy } from '../platform/exclusive.ts';
import { enqueue, hasten, withdraw } from '../platform/outbox.ts';
import { inLine } from '../platform/priority.ts';
import { notFound, Problem } from '../platform/problem.ts';
import { groupBy, pageOf, pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { BEGUN_MS, createAcceptance, type Asker } from './acceptance.ts';
import { createBeginning, type Begun, type Judged } from './beginning.ts';
import type { Control } from './control.ts';
import type { Crossing } from './crossingModel.ts';
import { listCrossings } from './crossingStore.ts';
import type { ApprovalInput, Execution, ExecutionInput, Fill, Order, OrderDetail, OrderTransition } from './model.ts';
import { isSettled } from './orderState.ts';
import { createInterventions } from './interventions.ts';
import { createJudging, type Situation } from './judging.ts';
import { createOrderWork, refOf, Resting } from './orderWork.ts';
import type { AcceptSignature, Venues } from './ports.ts';
import { createReconciliation } from './reconciliation.ts';
import { validUntil } from './schedule.ts';
import { createScorecards } from './scorecardService.ts';
import { settle } from './settlement.ts';
import { asOfOf, createSliceWork } from './sliceWork.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';
import type { VenueAccounts } from './venueAccountService.ts';

export type { Begun, Prepared } from './beginning.ts';

export const EXECUTIONS: OperationKind = {
  table: 'execution',
  queue: 'executions',
  event: 'execution',
  unending: true,
};

/** An order that was marked as sent is sent within this, or is judged again. */
const SOON_MS = 100;
/** Executions that are worked without the queue, at a time. */
const BEGUN = 256;

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
  const { queue } = EXECUTIONS;
  const acceptance = createAcceptance({ ...deps, queue });
  const interventions = createInterventions({ ...deps, queue });
  const judging = createJudging(deps);
  const orderWork = createOrderWork({ ...deps, judging });
  const reconciliation = createReconciliation({ ...deps, orderWork });
  const beginning = createBeginning({ ...deps, acceptance, judging, reconciliation });
  const line = inLine(BEGUN);
  const begun = new Set<Promise<void>>();
  let isStopping = false;

  const load = async (tenantId: string, by: { id?: string; hedgePlanId?: string }): Promise<Execution | undefined> =>
    db.tenant(tenantId, async (tx) => {
      const row = await store.findExecution(tx, tenantId, by);
      return row && store.executionOf(row, await orderStore.ordersOf(tx, [row.id]));
    });

  const get = async (tenantId: string, id: string): Promise<Execution> => {
    const execution = await load(tenantId, { id });
    if (!execution) throw notFound('execution', id);
    return execution;
  };

  const getOrder = async (tenantId: string, id: string): Promise<OrderDetail> =>
    db.tenant(tenantId, async (tx) => {
      const [row, fills, transitions] = await Promise.all([
        orderStore.findOrder(tx, tenantId, id),
        orderStore.fillsOf(tx, [id]),
        orderStore.transitionsOf(tx, [id]),
      ]);
      if (!row) throw notFound('order', id);
      return {
        ...orderStore.orderOf(row),
        fills: fills.map(({ fill }) => fill),
        transitions: transitions.map(({ transition }) => transition),
      };
    });

  /**
   * Judges the orders of an execution, or of a slice of it, and brings them to their end. Nothing is sent from an account whose open orders
   * are not known; what is denied needs no account. An order that waits for the client's signature must not hold up the others.
   */
  const workAll = async (
    situation: Situation,
    orders: orderStore.OrderRow[],
    progress?: (share: number) => Promise<void>,
    judged?: Judged,
  ): Promise<void> => {
    const { tenant_id: tenantId, account_id: accountId, mode } = situation.execution;
    if (mode === 'dry_run') return void (await judging.judge(situation, orders, false));
    const account = accountId === null ? undefined : { tenantId, accountId };
    const isKnown = judged !== undefined || !account || (await reconciliation.isKnown(account));
    const found = judged?.found ?? (await judging.judge(situation, orders, isKnown));
    if (found.every(isSettled)) return;
    if (!isKnown) await reconciliation.reconcile(account);
    let parked: Parked | undefined;
    for (const [i, order] of orders.entries()) {
      try {
        const [begun] = i === 0 && isKnown ? found : await judging.judge(situation, [order], true);
        await orderWork.work(situation, order, begun!);
      } catch (error) {
        // Once one waits, the others have their next turn when that goes on.
        if (error instanceof Parked) parked = laterOf(parked, error);
        else if (!parked) throw error;
      }
      if (i + 1 < orders.length) await progress?.((i + 1) / orders.length);
    }
    if (!parked) return;
    const until = parked instanceof Resting ? parked.until : undefined;
    const { execution } = situation;
    await db.tenant(tenantId, (tx) =>
      until
        ? store.saveWaitingUntil(tx, execution, 'netting', until)
        : store.saveWaiting(tx, execution.id, 'signature', validUntil(execution, orders[0]!.slice)),
    );
    throw parked;
  };

  /** What could trade, and was called off, halted or has run out of time, is not sent, signed or not. */
  const requireWanted = (order: orderStore.OrderRow): Promise<void> =>
    db.tenant(order.tenant_id, async (tx) => {
      const state = await deps.control.lockState(tx, order.tenant_id);
      const execution = (await store.lockExecution(tx, order.tenant_id, order.execution_id))!;
      if (state === 'halted') throw new Problem('trading_halted', 'Trading is halted');
      if (execution.cancel_requested_at !== null) throw new Problem('conflict', 'The execution was called off');
      if (clock.now() > validUntil(execution, order.slice))
        throw new Problem('conflict', 'The order was not to be sent any more');
    });

  const sliceWork = createSliceWork({ ...deps, orderWork, workAll });

  /** All orders at once. */
  const workWhole = async (
    execution: store.ExecutionRow,
    plan: HedgePlan,
    progress: (share: number) => Promise<void>,
    begun?: Begun,
  ): Promise<void> => {
    const { tenant_id: tenantId, id } = execution;
    // Nobody else has had it since; but what takes long between the mark and the venue is asked again whether it may be sent.
    const judged =
      begun?.judged && clock.now().getTime() - begun.judged.at.getTime() < SOON_MS ? begun.judged : undefined;
    const [latest, orders] = await Promise.all([
      judged?.latest ?? orderWork.latestView(tenantId),
      begun?.orders ?? db.tenant(tenantId, (tx) => orderStore.ordersOf(tx, [id])),
    ]);
    await workAll({ execution, plan, latest, orders }, orders, progress, judged);
  };

  return {
    get,

    async ofPlans(tenantId: string, hedgePlanIds: readonly string[]): Promise<Execution[]> {
      return db.tenant(tenantId, async (tx) => {
        const rows = await store.findExecutionsOfPlans(tx, tenantId, hedgePlanIds);
        const orders = await orderStore.ordersOf(
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
        orderStore.listOrdersOf(tx, tenantId, [...new Set(portfolioIds)], page),
      );
      const pages = pagesOf(
        rows,
        portfolioIds,
        (row) => row.portfolio_id,
        page.limit,
        (row) => row.id,
      );
      return pages.map(({ items, nextCursor }) => ({ items: items.map(orderStore.orderOf), nextCursor }));
    },

    /** The fills of each order, in the order of the orders. */
    async fills(tenantId: string, orderIds: readonly string[]): Promise<Fill[][]> {
      const found = groupBy(
        await db.tenant(tenantId, (tx) => orderStore.fillsOf(tx, orderIds)),
        ({ orderId }) => orderId,
      );
      return orderIds.map((id) => (found.get(id) ?? []).map(({ fill }) => fill));
    },

    /** The transitions of each order, in the order of the orders. */
    async transitions(tenantId: string, orderIds: readonly string[]): Promise<OrderTransition[][]> {
      const found = groupBy(
        await db.tenant(tenantId, (tx) => orderStore.transitionsOf(tx, orderIds)),
        ({ orderId }) => orderId,
      );
      return orderIds.map((id) => (found.get(id) ?? []).map(({ transition }) => transition));
    },

    async orders(tenantId: string, portfolioId: string | undefined, page: PageRequest): Promise<Page<Order>> {
      const rows = await db.tenant(tenantId, (tx) => orderStore.listOrders(tx, tenantId, portfolioId, page));
      return pageOf(rows.map(orderStore.orderOf), page.limit, (order) => order.id);
    },

    scorecards: createScorecards(deps),

    /** What netting has crossed. */
    async crossings(tenantId: string, page: PageRequest): Promise<Page<Crossing>> {
      const rows = await db.tenant(tenantId, (tx) => listCrossings(tx, tenantId, page));
      return pageOf(rows, page.limit, ({ id }) => id);
    },

    /** Accepts the plan for execution. Asked again for the same plan it answers the execution that there is. */
    async execute(asker: Asker, id: string, hedgePlanId: string, input: ExecutionInput): Promise<Execution> {
      const { tenantId } = asker;
      const by = input.mode === 'dry_run' ? { id } : { hedgePlanId };
      const [existing, plan] = await Promise.all([load(tenantId, by), hedging.get(tenantId, hedgePlanId)]);
      if (existing) return existing;
      await acceptance.accept({ asker, id, plan, input });
      return (await load(tenantId, by))!;
    },

    /** What its caller is to `begin` in a transaction of its own. */
    prepare: beginning.prepare,
    begin: beginning.begin,

    /** Has an execution to itself before it is written, so that nobody takes it up before who begins it; answers what lets go of it. */
    hold: (id: string): Promise<() => void> =>
      new Promise((held, failed) => {
        exclusively(id, () => new Promise<void>((letGo) => held(letGo))).catch(failed);
      }),

    /** Works what was begun at once, without the queue, which has what is left if this process dies, and lets go of it in the end. */
    start(begun: Begun, letGo: () => void): void {
      if (begun.execution.mode === 'approve') letGo();
      else start(begun, letGo);
    },

    /** Begins nothing more, and answers when what was begun has ended. */
    async settled(): Promise<void> {
      isStopping = true;
      await Promise.all(begun);
    },

    async approve(principal: Principal, id: string, input: ApprovalInput): Promise<Execution> {
      await interventions.approve(principal, id, input);
      return get(principal.tenantId, id);
    },

    async cancel(tenantId: string, id: string): Promise<Execution> {
      await interventions.cancel(tenantId, id);
      return get(tenantId, id);
    },

    async acknowledge(tenantId: string, orderId: string): Promise<OrderDetail> {
      await interventions.acknowledge(tenantId, orderId);
      return getOrder(tenantId, orderId);
    },

    /** Takes what the client has signed, and lets the execution go on. */
    async sign(tenantId: string, orderId: string, signed: string): Promise<OrderDetail> {
      const row = await db.tenant(tenantId, (tx) => orderStore.findOrder(tx, tenantId, orderId));
      if (!row) throw notFound('order', orderId);
      if (isSettled(row.status) || !row.signature_request)
        throw new Problem('conflict', 'The order does not wait for a signature');
      await deps.acceptSignature(refOf(row), signed, () => requireWanted(row));
      await db.tenant(tenantId, (tx) => store.goOn(tx, tenantId, row.execution_id, queue, clock.now()));
      wake.call('outbox');
      return getOrder(tenantId, orderId);
    },

    faults: acceptance.faults,
    expire: interventions.expire,
    reconcile: reconciliation.reconcileDue,
    externalOrders: reconciliation.externalOrders,

    /** The job. It waits for nobody who is at the execution already: then it comes again. */
    run: (job: Job, last: boolean): Promise<void> =>
      exclusively(job.subject, () =>
        runOperation<store.ExecutionRow>(deps, EXECUTIONS, job, last, async ({ row, progress }) => {
          if (row.mode === 'approve' && row.approved_at === null) throw new Parked();
          return perform(row, await hedging.get(row.tenant_id, row.hedge_plan_id), progress);
        }),
      ).catch(async (error: unknown) => {
        if (!(error instanceof Busy)) throw error;
        const { tenantId, subject } = job;
        const dueAt = new Date(clock.now().getTime() + BEGUN_MS);
        await db.tenant(tenantId, (tx) => enqueue(tx, clock.now(), { tenantId, queue, subjects: [subject], dueAt }));
      }),
  };

  /**
   * One worker at a time works an execution: between an order's being marked as sent and its reaching the venue, nobody else may take it
   * for one that never will.
   */
  function exclusively(id: string, work: () => Promise<void>): Promise<void> {
    return db.exclusive(`execution ${id}`, work);
  }

  /** Works what was accepted a moment ago. */
  function start(own: Begun, letGo: () => void): void {
    const { execution, plan } = own;
    const { id, tenant_id: tenantId } = execution;
    const leave = (tx: Tx): Promise<void> => withdraw(tx, { tenantId, queue, subject: id });
    const work = (): Promise<void> =>
      workOperation(deps, EXECUTIONS, execution, false, async ({ row, progress }) => {
        const settled = await perform(row, plan, progress, own).catch(async (error: unknown) => {
          // Whoever ends its waiting queues it.
          if (error instanceof Parked) await db.tenant(tenantId, leave);
          throw error;
        });
        return async (tx) => {
          const [settlement] = await Promise.all([settled(tx), leave(tx)]);
          return settlement;
        };
      });
    const isLeft = (): boolean => isStopping || clock.now().getTime() - Date.parse(execution.created_at) > BEGUN_MS / 2;
    const ended = line(async () => (isLeft() ? undefined : work()))
      .finally(letGo)
      .catch(async (error: unknown) => {
        log.warn({ err: error, execution: id }, 'what was begun is left to the queue');
        await db.tenant(tenantId, (tx) => hasten(tx, { tenantId, queue, subject: id })).catch(() => undefined);
        wake.call('outbox');
      })
      .finally(() => begun.delete(ended));
    begun.add(ended);
  }

  /** @param begun where it is as it was written */
  async function perform(
    row: store.ExecutionRow,
    plan: HedgePlan,
    progress: (share: number) => Promise<void>,
    begun?: Begun,
  ): Promise<(tx: Tx) => Promise<Settlement>> {
    const priced = await market.view(row.tenant_id, plan.marketSnapshotId);
    const end = row.legs ? await sliceWork.work(row, plan, priced, progress) : null;
    if (!row.legs) await workWhole(row, plan, progress, begun);
    const asOf = asOfOf(plan, row, row.legs ? await orderWork.latestView(row.tenant_id) : undefined);
    return (tx) => settle({ portfolios, ledger, log }, tx, row, asOf, priced, plan.result, end);
  }
}

/** Of two orders that wait, the one to wait for: a signature has no instant. */
function laterOf(one: Parked | undefined, other: Parked): Parked {
  return one instanceof Resting && other instanceof Resting && one.until > other.until ? one : other;
}
