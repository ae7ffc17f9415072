import type { PlannedOrder } from '../hedging/model.ts';
import type { Tx } from '../platform/database.ts';
import type { Ids } from '../platform/ids.ts';
import { clientOrderId } from './clientOrderId.ts';
import { isCrossing } from './schedule.ts';
import * as orderStore from './orderStore.ts';
import type * as store from './store.ts';

/** Writes the orders of a slice down, under names that follow from the plan, before anything is sent. */
export async function insertOrders(
  tx: Tx,
  ids: Ids,
  execution: store.ExecutionRow,
  { slice, legs }: { slice: number; legs: readonly PlannedOrder[] },
  now: Date,
): Promise<void> {
  const { id, tenant_id: tenantId, hedge_plan_id: planId, mode, request } = execution;
  // A rehearsal must not take the names of the orders that may follow it.
  const named = mode === 'dry_run' ? id : planId;
  const venue = isCrossing(execution, slice) ? 'internal' : request.venue;
  for (const planned of legs) {
    const order = {
      ...{ id: ids.next(), executionId: id, clientOrderId: clientOrderId(named, planned.leg, slice), slice },
      ...{ venue, accountId: request.accountId ?? null, planned },
    };
    await orderStore.insertOrder(tx, tenantId, order, now);
  }
}
