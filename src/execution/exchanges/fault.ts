/**
 * What an answer, or the want of one, proves.
 * - `refused`: the venue has not taken the request, and asking again brings the same answer
 * - `busy`: the venue has not taken the request, and may take it later: rate limits, settlement, an overloaded engine
 * - `unauthenticated`: the venue has not taken the request, for want of a key that it knows
 * - `clock`: the venue has not taken the request, whose time it finds wrong
 * - `duplicate`: the venue holds an order under this id already
 * - `unknown_order`: the venue knows no such order
 * - `ended`: the order is not open, so there was nothing to cancel
 * - `unclear`: nothing. The venue may have acted or not
 */
export type Verdict =
  'refused' | 'busy' | 'unauthenticated' | 'clock' | 'duplicate' | 'unknown_order' | 'ended' | 'unclear';

/** What an error answer of a venue comes to. */
export interface Judgement {
  verdict: Verdict;
  /** The venue's own words. */
  detail: string;
  /** How long to leave the venue alone. */
  pauseMs?: number;
  /** Whether the limit is that of our address, so that the venue's other accounts have to pause too. */
  ofAddress?: boolean;
}

/**
 * A call to an exchange that brought no result. Its message has no address, header, key or signature in it, and it has no
 * `cause`: the errors of HTTP clients carry signed addresses.
 */
export class ExchangeFault extends Error {
  override readonly name = 'ExchangeFault';
  readonly verdict: Verdict;
  readonly detail: string;

  constructor(verdict: Verdict, detail: string, where?: string) {
    super(where === undefined ? detail : `${where}: ${detail}`);
    this.verdict = verdict;
    this.detail = detail;
  }
}

/** Whether an error of `submit` proves that the venue did not take the order and may take it later: the same order may be sent again. */
export function isNotTakenYet(error: unknown): boolean {
  return error instanceof ExchangeFault && (error.verdict === 'busy' || error.verdict === 'clock');
}
