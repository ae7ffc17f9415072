import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { Problem } from '../platform/problem.ts';
import { SCORECARD_DAYS, type ScorecardQuery, type VenueScorecards } from './scorecardModel.ts';
import { scorecardsOf } from './scorecards.ts';
import { sumCosts, sumOrders } from './scorecardStore.ts';

const DAY_MS = 86_400_000;

/** How the venues did with the orders of a period. */
export function createScorecards({ db, clock }: { db: Database; clock: Clock }) {
  /** @throws Problem where the period ends before it begins */
  return async (tenantId: string, query: ScorecardQuery): Promise<VenueScorecards> => {
    const to = query.to ? new Date(query.to) : clock.now();
    const from = query.from ? new Date(query.from) : new Date(to.getTime() - SCORECARD_DAYS * DAY_MS);
    if (from > to) {
      const faults = [{ pointer: '/from', code: 'out_of_range', detail: 'must not be after `to`' }];
      throw new Problem('invalid_request', 'The period ends before it begins', { faults });
    }
    return db.tenant(tenantId, async (tx) => {
      const orders = await sumOrders(tx, tenantId, { from, to });
      const items = scorecardsOf(orders, await sumCosts(tx, tenantId, { from, to }));
      return { from: from.toISOString(), to: to.toISOString(), items };
    });
  };
}
