import type { PlannedOrder } from '../hedging/model.ts';
import type { Ids } from '../platform/ids.ts';
import { clientOrderId } from './clientOrderId.ts';
import { isCrossing } from './schedule.ts';
import type * as orderStore from './orderStore.ts';
import type * as store from './store.ts';

/** The orders of a slice of an execution. */
export interface NewSlice {
  execution: store.ExecutionRow;
  slice: number;
  legs: readonly PlannedOrder[];
}

/** The orders of a slice as they are to be written down before anything is sent, under names that follow from the plan. */
export function newOrders(ids: Ids, { execution, slice, legs }: NewSlice, now: Date): orderStore.OrderRow[] {
  const { id, tenant_id, hedge_plan_id: planId, mode, request } = execution;
  // A rehearsal must not take the names of the orders that may follow it.
  const named = mode === 'dry_run' ? id : planId;
  const at = now.toISOString();
  return legs.map((planned) => ({
    ...{ id: ids.next(), tenant_id, execution_id: id, leg: planned.leg, slice },
    account_id: request.accountId ?? null,
    client_order_id: clientOrderId(named, planned.leg, slice),
    venue: isCrossing(execution, slice) ? 'internal' : request.venue,
    venue_order_id: null,
    ...{ symbol: planned.symbol, terms: planned, quantity: planned.quantity },
    ...{ filled_quantity: '0', average_price: null, fee: '0', fee_currency: null, booked_fills: 0 },
    ...{ status: 'initialized', denial: null, reason: null, signature_request: null, submitted_at: null },
    ...{ overfilled: false, acknowledged_at: null, created_at: at, updated_at: at },
  }));
}
