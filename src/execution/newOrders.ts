import type { PlannedOrder } from '../hedging/model.ts';
import type { Tx } from '../platform/database.ts';
import type { Ids } from '../platform/ids.ts';
import { clientOrderId } from './clientOrderId.ts';
import { isCrossing } from './schedule.ts';
import * as orderStore from './orderStore.ts';
import type * as store from './store.ts';

/** The orders of a slice of an execution. */
export interface NewSlice {
  execution: store.ExecutionRow;
  slice: number;
  legs: readonly PlannedOrder[];
}

/** Writes the orders of slices of one tenant down, under names that follow from the plan, before anything is sent; answers them in no order. */
export async function insertOrders(
  tx: Tx,
  ids: Ids,
  slices: readonly NewSlice[],
  now: Date,
): Promise<orderStore.OrderRow[]> {
  const orders = slices.flatMap(({ execution, slice, legs }) => legs.map((leg) => orderOf(ids, execution, slice, leg)));
  if (orders.length === 0) return [];
  return orderStore.insertOrders(tx, slices[0]!.execution.tenant_id, orders, now);
}

function orderOf(ids: Ids, execution: store.ExecutionRow, slice: number, planned: PlannedOrder): orderStore.NewOrder {
  const { id, hedge_plan_id: planId, mode, request } = execution;
  // A rehearsal must not take the names of the orders that may follow it.
  const named = mode === 'dry_run' ? id : planId;
  return {
    ...{ id: ids.next(), executionId: id, clientOrderId: clientOrderId(named, planned.leg, slice), slice, planned },
    venue: isCrossing(execution, slice) ? 'internal' : request.venue,
    accountId: request.accountId ?? null,
  };
}
