import type { HedgePlan } from '../hedging/model.ts';
import type { Hedging } from '../hedging/service.ts';
import type { Market } from '../market/service.ts';
import { MOST_SKEW_MS, type Clock } from '../platform/clock.ts';
import { sqlState, type Database, type Tx } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { hasEnded } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem, rejectFaults, under, type Fault } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import { stricter } from './limits.ts';
import type { ApprovalInput, ExecutionInput } from './model.ts';
import { insertOrders } from './newOrders.ts';
import { liquidityFaults } from './poolMatch.ts';
import { isSettled } from './orderState.ts';
import type { Venues } from './ports.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';
import type { VenueAccounts } from './venueAccountService.ts';

export interface AcceptanceDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  market: Market;
  hedging: Hedging;
  portfolios: Portfolios;
  control: Control;
  accounts: VenueAccounts;
  venues: Venues;
  /** Of executions. */
  queue: string;
}

/** Who asks: a person's key, or an agent of ours. */
export type Asker = Pick<Principal, 'tenantId'> & { keyId: string | null };

const OVERDUE = 100;

/** What is decided about an execution from outside: to begin, to go on, to stop. */
export function createAcceptance(deps: AcceptanceDeps) {
  const { db, clock, ids, wake, market, hedging, portfolios, control, accounts, venues, queue } = deps;

  const venueFaults = async (tenantId: string, { venue, accountId, paper }: ExecutionInput): Promise<Fault[]> => {
    if (paper) return under('/paper', liquidityFaults(paper));
    if (!venues[venue])
      return [{ pointer: '/venue', code: 'unknown_venue', detail: `The operator has not set up ${venue} here` }];
    if (accountId === undefined) return [];
    const account = await accounts.find(tenantId, accountId);
    const fault = (detail: string): Fault[] => [{ pointer: '/accountId', code: 'unknown_account', detail }];
    if (!account) return fault(`You have no venue account ${accountId}`);
    return account.venue === venue ? [] : fault(`The account is at ${account.venue}, not at ${venue}`);
  };

  /** A cap on the participation needs the volume of every instrument that the plan trades. */
  const volumeFaults = (plan: HedgePlan, { schedule }: ExecutionInput): Fault[] => {
    const volumes = schedule?.dailyVolumes;
    if (!volumes) return [];
    const missing = plan.result!.orders.filter(({ symbol }) => !volumes.some((volume) => volume.symbol === symbol));
    return missing.map(({ symbol }) => ({
      ...{ pointer: '/schedule/dailyVolumes', code: 'missing_volume', detail: `The volume of ${symbol} is missing` },
    }));
  };

  /** The quotes that the plan was made on must not be older than the limits allow. */
  const requireFresh = async (tenantId: string, plan: HedgePlan, input: ExecutionInput): Promise<void> => {
    const { maxQuoteAgeSeconds } = stricter(await control.limits(tenantId), input.limits);
    if (maxQuoteAgeSeconds === undefined) return;
    const { asOf } = await market.view(tenantId, plan.marketSnapshotId);
    const age = Math.round((clock.now().getTime() - asOf.getTime()) / 1_000);
    if (age <= maxQuoteAgeSeconds && age * 1_000 >= -MOST_SKEW_MS) return;
    throw new Problem(
      'stale_market',
      `The plan rests on prices that are ${age} s old; at most ${maxQuoteAgeSeconds} s are allowed. Make a new plan`,
    );
  };

  const insert = async (tx: Tx, asker: Asker, id: string, plan: HedgePlan, input: ExecutionInput): Promise<void> => {
    const { tenantId } = asker;
    const now = clock.now();
    const current = await portfolios.lock(tx, tenantId, plan.portfolioId);
    const deadline =
      input.mode === 'approve' ? new Date(now.getTime() + input.approval.expiresInSeconds * 1_000) : null;
    const planned = plan.result!.orders;
    const isSliced = input.schedule !== undefined || input.netting !== undefined;
    const request = {
      ...{ id, hedgePlanId: plan.id, portfolioId: plan.portfolioId, request: input },
      ...{ requestedBy: asker.keyId, deadline, legs: isSliced ? planned : null },
    };
    const row = await store.insertExecution(tx, tenantId, request, now);
    if (!row) return; // a twin was faster
    if (current !== plan.portfolioVersion) {
      throw new Problem(
        'plan_superseded',
        `The plan is for version ${plan.portfolioVersion}; the portfolio is at version ${current}. Make a new plan`,
      );
    }
    if ((await orderStore.quarantined(tx, [plan.portfolioId])).size > 0)
      throw new Problem('quarantined', 'An order on this portfolio was overfilled; acknowledge it first');
    // Each slice is written down when it is due.
    if (!isSliced) await insertOrders(tx, ids, row, { slice: 0, legs: planned }, now);
    if (deadline === null) await enqueue(tx, now, { tenantId, queue, subjects: [id] });
    else await tell(tx, row, 'execution.approval_requested', { deadline: deadline.toISOString() });
  };

  const tell = (tx: Tx, row: store.ExecutionRow, type: string, more: object): Promise<void> => {
    const data = { id: row.id, hedgePlanId: row.hedge_plan_id, portfolioId: row.portfolio_id, ...more };
    return appendEvent(tx, clock.now(), { tenantId: row.tenant_id, type, subject: row.id, data });
  };

  const decide = async (
    tenantId: string,
    id: string,
    work: (tx: Tx, row: store.ExecutionRow) => Promise<void>,
  ): Promise<void> => {
    await db.tenant(tenantId, async (tx) => {
      const row = await store.lockExecution(tx, tenantId, id);
      if (!row) throw notFound('execution', id);
      await work(tx, row);
    });
    wake.call('outbox');
    wake.call('events');
  };

  const endUnsent = async (tx: Tx, row: store.ExecutionRow, why: string): Promise<void> => {
    await store.endCancelled(tx, row.id, clock.now());
    await tell(tx, row, 'execution.cancelled', { reason: why });
  };

  return {
    /** What is wrong with a request, whatever the plan. */
    faults: venueFaults,

    /**
     * Accepts the plan for execution. Refuses a plan whose portfolio has changed since, one that rests on old prices, a second execution
     * on a portfolio while one is in flight (both would hedge what is hedged already), and whatever a halt or a quarantine forbids.
     */
    async accept(asker: Asker, id: string, plan: HedgePlan, input: ExecutionInput): Promise<void> {
      if (!plan.result) throw new Problem('conflict', `The plan cannot be executed: it is ${plan.status}`);
      const { orders, noTrade } = plan.result;
      if (orders.length === 0)
        throw new Problem('conflict', `The plan has no orders: ${noTrade?.detail ?? 'nothing is to be traded'}`);
      rejectFaults([...(await venueFaults(asker.tenantId, input)), ...volumeFaults(plan, input)]);
      await requireFresh(asker.tenantId, plan, input);
      const { state, tenant, global } = await control.state(asker.tenantId);
      if (state === 'halted' && input.mode !== 'dry_run') {
        const { reason } = global.state === 'halted' ? global : tenant;
        throw new Problem('trading_halted', `Trading is halted: ${reason}`);
      }
      await db
        .tenant(asker.tenantId, (tx) => insert(tx, asker, id, plan, input))
        .catch((error: unknown) => {
          const constraint = sqlState(error)?.constraint;
          if (constraint === 'execution_pkey') throw new Problem('conflict', 'The id of this execution is taken');
          if (constraint !== 'execution_in_flight') throw error;
          throw new Problem(
            'execution_in_flight',
            'Another execution on this portfolio has not ended; its fills would not be seen',
          );
        });
      wake.call('outbox');
      wake.call('events');
    },

    /** Says yes or no to an execution that waits for it. Saying the same again changes nothing. */
    async approve(principal: Principal, id: string, { decision }: ApprovalInput): Promise<void> {
      const { tenantId, keyId } = principal;
      const plan = await hedging.get(tenantId, (await mustFind(tenantId, id)).hedge_plan_id);
      await decide(tenantId, id, async (tx, row) => {
        if (row.mode !== 'approve') throw new Problem('conflict', 'This execution needs no approval');
        if (decision === 'reject' && row.status === 'cancelled') return;
        if (decision === 'approve' && row.approved_at !== null) return;
        const now = clock.now();
        if (row.status === 'waiting' && row.deadline !== null && now > new Date(row.deadline))
          throw new Problem('approval_expired', `The approval was due by ${row.deadline}`);
        if (row.status !== 'waiting' || row.waiting_for !== 'approval')
          throw new Problem('conflict', `The execution does not wait for an approval: it is ${row.status}`);
        if (decision === 'reject') return endUnsent(tx, row, 'The approval was refused');
        if (row.request.approval.secondKey && row.requested_by === keyId)
          throw new Problem('forbidden', 'Another API key than the one that asked for the execution has to approve it');
        await requireFresh(tenantId, plan, row.request);
        const current = await portfolios.lock(tx, tenantId, row.portfolio_id);
        if (current !== plan.portfolioVersion)
          throw new Problem('plan_superseded', `The portfolio is at version ${current}, not ${plan.portfolioVersion}`);
        await store.approve(tx, id, keyId, now);
        await enqueue(tx, now, { tenantId, queue, subjects: [id] });
        await tell(tx, row, 'execution.approved', { approvedBy: keyId });
      });
    },

    /** Calls an execution off: what was not sent is not sent, what is open is canceled. Ended ones stay as they are. */
    async cancel(tenantId: string, id: string): Promise<void> {
      await decide(tenantId, id, async (tx, row) => {
        if (hasEnded(row.status)) return;
        if (row.waiting_for === 'approval' && row.status === 'waiting') return endUnsent(tx, row, 'It was called off');
        const now = clock.now();
        await store.requestCancel(tx, id, now);
        if (store.waitsForTime(row)) await store.goOn(tx, tenantId, id, queue, now);
        else await enqueue(tx, now, { tenantId, queue, subjects: [id] });
      });
    },

    /** Ends what nobody approved in time, takes up what nobody signed in time and whose time has come; true while there may be more. */
    async expire(): Promise<boolean> {
      const now = clock.now();
      const found = await db.system(async (tx) => {
        const rows = await store.overdue(tx, now, OVERDUE);
        for (const row of rows) {
          if (row.waiting_for === 'approval') await endUnsent(tx, row, 'Nobody approved it in time');
          else if (store.waitsForTime(row)) await store.goOn(tx, row.tenant_id, row.id, queue, now);
          else {
            await store.requestCancel(tx, row.id, now);
            await store.clearDeadline(tx, row.id);
            await enqueue(tx, now, { tenantId: row.tenant_id, queue, subjects: [row.id] });
          }
        }
        return rows.length;
      });
      if (found > 0) {
        wake.call('outbox');
        wake.call('events');
      }
      return found === OVERDUE;
    },

    /** A person has looked at an overfilled order: the portfolio may be traded again. */
    async acknowledge(tenantId: string, orderId: string): Promise<void> {
      await db.tenant(tenantId, async (tx) => {
        const order = await orderStore.findOrder(tx, tenantId, orderId);
        if (!order) throw notFound('order', orderId);
        if (!order.overfilled) throw new Problem('conflict', 'The order was not overfilled');
        if (!isSettled(order.status)) throw new Problem('conflict', 'The order has not ended');
        await orderStore.acknowledgeOrder(tx, orderId, clock.now());
      });
    },
  };

  async function mustFind(tenantId: string, id: string): Promise<store.ExecutionRow> {
    const row = await db.tenant(tenantId, (tx) => store.findExecution(tx, tenantId, { id }));
    if (!row) throw notFound('execution', id);
    return row;
  }
}
