import type { InstrumentTerms } from '../instruments/model.ts';
import type { CostModel } from '../quant/hedging/cost.ts';
import type { Fill, Mempool, Order, SignatureRequest } from './model.ts';
import type { Rehearsal } from './rehearsalModel.ts';
import type { VenueAccountSecrets } from './venueAccountModel.ts';

export type { Mempool, SignatureRequest } from './model.ts';

/** What names an order at a venue, and what it takes to look it up there. */
export interface OrderRef {
  tenantId: string;
  /** The tenant's account at the venue; null at a venue that needs none. */
  accountId: string | null;
  clientOrderId: string;
  symbol: string;
  terms: InstrumentTerms;
  side: 'buy' | 'sell';
  quantity: string;
  /** Whether it was called off, or trading was halted, by now: venues that take long ask once more before what cannot be undone. */
  isCalledOff?: () => Promise<boolean>;
}

/** An order as a venue is asked to work it: immediate or cancel, never worse than the limit. */
export interface VenueOrder extends OrderRef {
  lotSize: string;
  referencePrice: string;
  limitPrice: string;
  costModel: CostModel;
  marketSnapshotId: string;
  participation: number;
  mempool: Mempool;
  /** Not to be worked after this instant, where the venue can be told so. */
  validUntil: Date;
  /** Of an order at the internal venue. */
  crossing?: CrossingTerms;
  /** Of an order at the paper venue. */
  rehearsal?: Rehearsal;
}

/** With what an order is to be crossed. */
export interface CrossingTerms {
  /** That it goes on to: only orders of the same venue and account are crossed with each other. */
  venue: Order['venue'];
  /** How long it waits for others. */
  windowMs: number;
  /** Of the execution's own limits. */
  maxQuoteAgeSeconds: number | undefined;
  /** That all of it adds to its book, and that the book has before it, as its plan has them; undefined where that does not tell. */
  delta: number;
  deltaBefore: number | undefined;
}

/** What a venue knows of an order. Fills are told whole every time; each has a trade id of its own, and all pay their fees in one currency. */
export interface OrderReport {
  venueOrderId: string;
  status: 'accepted' | 'rejected' | 'partially_filled' | 'filled' | 'canceled' | 'expired';
  reason: string | null;
  fills: Fill[];
  /** What the client has to sign before the order goes on; only of accounts whose keys we do not hold. */
  signatureRequest?: SignatureRequest;
  /** Nothing need be asked of the order before this instant: it waits in the book until then. */
  restsUntil?: Date;
}

/** An order that a venue works now, ours or not. */
export interface OpenOrder {
  clientOrderId: string | null;
  venueOrderId: string;
  /** The venue's own name of the instrument. */
  instrument: string;
  side: 'buy' | 'sell';
  quantity: string;
  filledQuantity: string;
}

/**
 * A place where orders are worked. An implementation takes each client order id once: submitting it again answers what
 * became of the first. A refusal that the venue proves is a report `rejected`; an error from `submit` or `cancel` says
 * nothing of the outcome, only `lookup` does.
 */
export interface Venue {
  submit(order: VenueOrder): Promise<OrderReport>;
  /** Whether an error of `submit` proves that the venue was too busy to take the order: it may be submitted again after a moment. */
  isBusy?(error: unknown): boolean;
  /** The order with this id, or undefined when the venue never saw it. Throws when it cannot be told. */
  lookup(order: OrderRef): Promise<OrderReport | undefined>;
  /** Asks the venue to end the order and answers what it knows then; undefined when it never saw it. An ended order is left as it is. */
  cancel(order: OrderRef): Promise<OrderReport | undefined>;
  /** What the venue works for the account now. Throws when it cannot be told: no answer is not "nothing". */
  openOrders(account: VenueAccountRef): Promise<OpenOrder[]>;
}

/** The venues that there are here; those that the operator has not set up are missing. */
export type Venues = Partial<Record<Order['venue'], Venue>>;

export interface VenueAccountRef {
  tenantId: string;
  accountId: string;
}

/** An account of a tenant at a venue, its secrets opened. Never to be logged. */
export interface VenueAccount extends VenueAccountRef {
  secrets: VenueAccountSecrets;
}

/** Opens the account that an order is for. Throws a `Problem` where there is none. */
export type OpenAccount = (account: VenueAccountRef) => Promise<VenueAccount>;

/**
 * Takes what the client has signed for an order. Throws a `Problem` where it is not what was asked to be signed, by whom it was asked.
 *
 * @param requireWanted throws where nothing may trade now: asked before what could trade is sent. What takes an order back goes without.
 */
export type AcceptSignature = (order: OrderRef, signed: string, requireWanted: () => Promise<void>) => Promise<void>;
