import type { MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { Explanation } from './model.ts';

/** What a position made between two markets, in the quote currency. */
export type Explained = Record<Explanation | 'profit', number>;

export interface Reason {
  code: string;
  detail: string;
}

/** What the ledger needs of a pricer. */
export interface Marker {
  /** Price of one unit and worth of the position in the quote currency, or why there is none; in the order of the rows. */
  mark(rows: readonly BookRow[], market: MarketView): Promise<(Mark | Reason)[]>;
  /**
   * What each position made from one market to a later one; what expires in between is settled at the price of the market that is
   * nearer to its expiry.
   */
  explain(rows: readonly BookRow[], before: MarketView, after: MarketView): Promise<(Explained | Reason)[]>;
}

export interface Mark {
  price: number;
  value: number;
  /** What a coin of the underlying is worth to it, in the quote currency: the forward of its expiry, or spot. */
  coin: number;
}
