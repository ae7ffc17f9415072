/**
 * Which delta is hedged. `premium_adjusted`: less the premium in units of the underlying (the net transaction delta of
 * coin-settled books). The others differ in what the volatility does when the spot moves, as `smileGreeks.ts` has it:
 * `sticky_strike` stays (Black's own delta), `sticky_delta` moves along with the spot, `min_variance` moves against it as far.
 */
export const DELTA_CONVENTIONS = [
  'black_scholes',
  'premium_adjusted',
  'sticky_strike',
  'sticky_delta',
  'min_variance',
] as const;
export type DeltaConvention = (typeof DELTA_CONVENTIONS)[number];

/** delta = Black's + (premium·V + skew·(∂σ/∂ln K)·vega)/S: one formula for all, so that columns need no branch. */
export interface DeltaTerms {
  readonly premium: number;
  readonly skew: number;
}

const BLACK: DeltaTerms = { premium: 0, skew: 0 };

export const DELTA_TERMS: Record<DeltaConvention, DeltaTerms> = {
  black_scholes: BLACK,
  premium_adjusted: { premium: -1, skew: 0 },
  sticky_strike: BLACK,
  sticky_delta: { premium: 0, skew: -1 },
  min_variance: { premium: 0, skew: 1 },
};
