import type { HedgePlanInput } from '../hedging/model.ts';
import type { Hedging } from '../hedging/service.ts';
import type { Executions } from '../execution/service.ts';
import type { Clock } from '../platform/clock.ts';
import { sqlState, type Database } from '../platform/database.ts';
import { appendEvent } from '../platform/events.ts';
import type { Principal } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, Problem, rejectFaults, under } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { decided } from './decision.ts';
import type { Monitor, MonitorDecision, MonitorInput } from './model.ts';
import * as store from './store.ts';

export interface MonitorDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  wake: Wake;
  portfolios: Portfolios;
  hedging: Hedging;
  executions: Executions;
}

export type Monitors = ReturnType<typeof createMonitors>;

/** Agents that hedge a portfolio by a policy whenever the market or the book changes. `agent.ts` does what they do. */
export function createMonitors({ db, clock, ids, wake, portfolios, hedging, executions }: MonitorDeps) {
  const get = async (tenantId: string, id: string): Promise<Monitor> => {
    const row = await db.tenant(tenantId, (tx) => store.findMonitor(tx, tenantId, id));
    if (!row) throw notFound('monitor', id);
    return store.monitorOf(row);
  };

  const setStatus = async (tenantId: string, id: string, status: Monitor['status']): Promise<Monitor> => {
    await get(tenantId, id);
    const verdict = status === 'paused' ? 'paused' : 'resumed';
    const now = clock.now();
    const decision = decided(verdict, now, [`It was ${verdict}`]);
    await db.tenant(tenantId, async (tx) => {
      if (!(await store.setStatus(tx, tenantId, id, status, decision))) return;
      await store.insertDecisions(tx, tenantId, [{ id: ids.next(), monitorId: id, decision }]);
      await appendEvent(tx, now, { tenantId, type: `monitor.${verdict}`, subject: id, data: { id } });
    });
    wake.call('monitors');
    wake.call('events');
    return get(tenantId, id);
  };

  return {
    get,

    async list(tenantId: string, page: PageRequest): Promise<Page<Monitor>> {
      const rows = await db.tenant(tenantId, (tx) => store.listMonitors(tx, tenantId, page));
      return pageOf(rows.map(store.monitorOf), page.limit, ({ id }) => id);
    },

    /** Newest first; one for each time that the monitor decided something else than before. */
    async decisions(tenantId: string, id: string, page: PageRequest): Promise<Page<MonitorDecision>> {
      await get(tenantId, id);
      const rows = await db.tenant(tenantId, (tx) => store.listDecisions(tx, tenantId, id, page));
      const { items, nextCursor } = pageOf(rows, page.limit, (row) => row.id);
      return { items: items.map(({ decision }) => decision), nextCursor };
    },

    /** Begins to watch. A second call with the same id answers the monitor of the first. */
    async create({ tenantId, keyId }: Principal, id: string, input: MonitorInput): Promise<Monitor> {
      await portfolios.get(tenantId, input.portfolioId);
      rejectFaults([
        ...under('/plan', await hedging.faults(tenantId, planInput(input.plan))),
        ...under('/execution', await executions.faults(tenantId, input.execution)),
      ]);
      await db
        .tenant(tenantId, (tx) => store.insertMonitor(tx, tenantId, id, input, keyId, clock.now()))
        .catch((error: unknown) => {
          if (sqlState(error)?.constraint !== 'monitor_of_portfolio') throw error;
          throw new Problem('conflict', 'The portfolio has a monitor already; two would hedge each other');
        });
      wake.call('monitors');
      return get(tenantId, id);
    },

    /** It decides nothing more. What it has begun is not called off: that is up to the execution. */
    pause: (tenantId: string, id: string): Promise<Monitor> => setStatus(tenantId, id, 'paused'),
    resume: (tenantId: string, id: string): Promise<Monitor> => setStatus(tenantId, id, 'active'),

    async remove(tenantId: string, id: string): Promise<void> {
      await db.tenant(tenantId, async (tx) => {
        if (!(await store.deleteMonitor(tx, tenantId, id, clock.now()))) throw notFound('monitor', id);
      });
    },
  };
}

/** A plan by the policy of a monitor. */
export function planInput(plan: MonitorInput['plan']): HedgePlanInput {
  return { ...plan, rebalanceTo: 'target' }; // the policy says where it trades to
}
