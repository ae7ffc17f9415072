// What an option is priced from, or why it cannot be.

/**
 * The kernel's inputs. Where the snapshot gives forwards, `spot` is the forward of the expiry and `carry` 0, so deltas are
 * to the forward (taken to move one for one with spot); where it gives the carry, `spot` is spot.
 */
export interface Pricing {
  spot: number;
  /** Years, ACT/365. */
  time: number;
  rate: number;
  carry: number;
  vol: number;
}

export interface Missing {
  code: 'expired' | 'missing_forward' | 'missing_volatility';
  detail: string;
}

export function isMissing(answer: Pricing | Missing | number): answer is Missing {
  return typeof answer === 'object' && 'code' in answer;
}
