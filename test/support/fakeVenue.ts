import type { OrderRef, OrderReport, Venue, VenueOrder } from '../../src/execution/ports.ts';

/**
 * A venue that tells what it was given to tell, the first report answers the submission, and each
 * look at the order brings the next one, until the last, which stays. Keeps its book in memory.
 */
export function fakeVenue(script: (order: VenueOrder) => OrderReport[]): Venue {
  const book = new Map<string, OrderReport[]>();
  const keyOf = (tenantId: string, clientOrderId: string) => `${tenantId}/${clientOrderId}`;
  const lookup = async ({ tenantId, clientOrderId }: OrderRef) => {
    const reports = book.get(keyOf(tenantId, clientOrderId));
    if (reports && reports.length > 1) reports.shift();
    return reports?.[0];
  };
  return {
    async submit(order) {
      const key = keyOf(order.tenantId, order.clientOrderId);
      const reports = book.get(key) ?? script(order);
      book.set(key, reports);
      return reports[0]!;
    },
    lookup,
    cancel: lookup,
    openOrders: async () => [],
  };
}
