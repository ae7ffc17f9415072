import type { OrderReport, Venue, VenueOrder } from '../../src/execution/ports.ts';
import { refOf } from './stage.ts';

const ATTEMPTS = 12;

/** Works an order as the execution does: sent once, looked up after every doubt, sent again only where the venue never saw it. */
export async function worked(venue: Venue, order: VenueOrder, sentBefore = false): Promise<OrderReport> {
  let inDoubt = sentBefore;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const known = inDoubt ? await venue.lookup(refOf(order)) : undefined;
      if (known) return known;
      inDoubt = true;
      return await venue.submit(order);
    } catch {
      // the job comes again
    }
  }
  throw new Error(`nothing became of order ${order.clientOrderId} in ${ATTEMPTS} attempts`);
}
