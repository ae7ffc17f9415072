/** The kinds of instrument that a snapshot is made of. */
export type DeribitKind = 'option' | 'future';

/**
 * Deribit's public API as far as a snapshot needs it (docs.deribit.com). Every method gives the whole JSON-RPC answer as it
 * came; reading it is the importer's work. What is not listed is an empty `result`.
 */
export interface DeribitPublicApi {
  /** public/get_instruments */
  instruments(currency: string, kind: DeribitKind): Promise<unknown>;
  /** public/get_book_summary_by_currency */
  bookSummary(currency: string, kind: DeribitKind): Promise<unknown>;
  /** public/ticker: the only one of the three with sizes. Undefined where there is no such instrument. */
  ticker(instrument: string): Promise<unknown>;
}

/** A venue did not answer, or not in a way that can be read. The message is for the person who asked. */
export class VenueError extends Error {
  override readonly name: string = 'VenueError';
}

/** The venue was asked too often. */
export class RateLimitError extends VenueError {
  override readonly name = 'RateLimitError';
}
