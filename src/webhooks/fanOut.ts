import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { eventCursor, readEvents, type TenantEvent } from '../platform/events.ts';
import type { Ids } from '../platform/ids.ts';
import { EVENT_TYPES } from './model.ts';
import { webhookBody } from './signature.ts';
import * as store from './store.ts';

const BATCH = 500;
const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

/**
 * Turns the next events of the log into deliveries; true while there may be more. Deliveries and cursor are written in
 * one transaction, so an event becomes one delivery to each of its endpoints whatever dies when.
 */
export async function fanOut(deps: { db: Database; clock: Clock; ids: Ids }): Promise<boolean> {
  return deps.db.system(async (tx) => {
    const cursor = await store.lockCursor(tx);
    if (!cursor) return false;
    const events = await readEvents(tx, cursor, BATCH);
    const last = events.at(-1);
    if (!last) return false;
    const known = events.filter((event) => KNOWN.has(event.type));
    const subscriptions = await store.lockSubscriptions(tx, [...new Set(known.map((event) => event.tenantId))]);
    const deliveries = known.flatMap((event) => deliveriesOf(event, subscriptions, deps.ids));
    if (deliveries.length > 0) await store.insertDeliveries(tx, deliveries, deps.clock.now());
    await store.moveCursor(tx, eventCursor(last.id));
    return events.length === BATCH;
  });
}

function deliveriesOf(event: TenantEvent, subscriptions: store.Subscription[], ids: Ids): store.NewDelivery[] {
  const body = webhookBody(event.type, event.createdAt, event.data);
  return subscriptions
    .filter((subscription) => isFor(subscription, event))
    .map((subscription) => ({
      id: ids.next(),
      tenantId: event.tenantId,
      endpointId: subscription.id,
      eventId: event.sequence,
      eventType: event.type,
      body,
    }));
}

function isFor(subscription: store.Subscription, event: TenantEvent): boolean {
  if (subscription.tenantId !== event.tenantId || event.createdAt < subscription.createdAt) return false;
  return subscription.eventTypes.length === 0 || subscription.eventTypes.some((type) => type === event.type);
}
