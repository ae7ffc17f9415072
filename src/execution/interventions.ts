import type { Hedging } from '../hedging/service.ts';
import type { Market } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import type { Principal } from '../platform/http.ts';
import { hasEnded } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { stalenessOf, tell } from './acceptance.ts';
import { readLimits } from './controlStore.ts';
import type { ApprovalInput } from './model.ts';
import { isSettled } from './orderState.ts';
import * as orderStore from './orderStore.ts';
import * as store from './store.ts';

export interface InterventionDeps {
  db: Database;
  clock: Clock;
  wake: Wake;
  market: Market;
  hedging: Hedging;
  portfolios: Portfolios;
  /** Of executions. */
  queue: string;
}

const OVERDUE = 100;

/** What is decided from outside about an execution that was accepted: to go on, or to stop. */
export function createInterventions({ db, clock, wake, market, hedging, portfolios, queue }: InterventionDeps) {
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
    await tell(tx, clock.now(), row, 'execution.cancelled', { reason: why });
  };

  return {
    /** Says yes or no to an execution that waits for it. Saying the same again changes nothing. */
    async approve(principal: Principal, id: string, { decision }: ApprovalInput): Promise<void> {
      const { tenantId, keyId } = principal;
      const plan = await hedging.get(tenantId, (await mustFind(tenantId, id)).hedge_plan_id);
      const { asOf } = await market.view(tenantId, plan.marketSnapshotId);
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
        const stale = stalenessOf({ asOf, input: row.request }, await readLimits(tx, tenantId), clock.now());
        if (stale) throw stale;
        const current = await portfolios.lock(tx, tenantId, row.portfolio_id);
        if (current !== plan.portfolioVersion)
          throw new Problem('plan_superseded', `The portfolio is at version ${current}, not ${plan.portfolioVersion}`);
        await store.approve(tx, id, keyId, now);
        await enqueue(tx, now, { tenantId, queue, subjects: [id] });
        await tell(tx, clock.now(), row, 'execution.approved', { approvedBy: keyId });
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
