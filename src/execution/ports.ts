import type { InstrumentTerms } from '../instruments/model.ts';
import type { CostModel } from '../quant/hedging/cost.ts';
import type { Fill } from './model.ts';

/** An order as a venue is asked to work it: immediate or cancel, never worse than the limit. */
export interface VenueOrder {
  tenantId: string;
  clientOrderId: string;
  symbol: string;
  terms: InstrumentTerms;
  side: 'buy' | 'sell';
  quantity: string;
  lotSize: string;
  referencePrice: string;
  limitPrice: string;
  costModel: CostModel;
  marketSnapshotId: string;
  participation: number;
}

/** What a venue knows of an order. Fills are told whole every time; each has a trade id of its own. */
export interface OrderReport {
  venueOrderId: string;
  status: 'accepted' | 'rejected' | 'partially_filled' | 'filled' | 'canceled' | 'expired';
  reason: string | null;
  fills: Fill[];
}

/**
 * A place where orders are worked. An implementation takes each client order id once: submitting it again answers what
 * became of the first. An error from `submit` says nothing of the outcome; only `lookup` does.
 */
export interface Venue {
  submit(order: VenueOrder): Promise<OrderReport>;
  /** The order with this id, or undefined when the venue never saw it. */
  lookup(tenantId: string, clientOrderId: string): Promise<OrderReport | undefined>;
}
