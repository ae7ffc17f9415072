import type { VolSurface } from './surface.ts';

// Deltas of a smile: what the volatility does when the underlying moves is an assumption, and each of these states one. They
// take an option's Black delta and vega and slopes of its surface; all are ∂V/∂F at fixed time for delta = ∂V/∂F, ∂V/∂S for ∂V/∂S.

export interface SmileDeltas {
  /** σ of a strike does not move with the underlying: Black's own. */
  readonly stickyStrike: number;
  /** {@link stickyMoneynessDelta} */
  readonly stickyMoneyness: number;
  /** {@link minimumVarianceDelta} of the surface's skew at the forward. */
  readonly minimumVariance: number;
}

/**
 * The three deltas of an option on a surface. NaN where the surface has no answer.
 *
 * @param option Black delta and vega (per 1.00) to the forward, strike and forward > 0, T in years >= 0
 * @param stickinessRatio R of {@link minimumVarianceDelta}
 */
export function smileDeltas(
  option: { delta: number; vega: number; strike: number; forward: number; time: number },
  surface: VolSurface,
  stickinessRatio?: number,
): SmileDeltas {
  const { delta, vega, strike, forward, time } = option;
  const skew = surface.slope(forward, forward, time);
  return {
    stickyStrike: delta,
    stickyMoneyness: stickyMoneynessDelta(delta, vega, surface.slope(strike, forward, time), forward),
    minimumVariance: minimumVarianceDelta(delta, vega, skew, forward, stickinessRatio),
  };
}

/**
 * Sticky moneyness (sticky delta): σ is a function of k = ln(K/F) and moves along with F, so ∂σ/∂F = −(∂σ/∂k)/F and
 * delta = Black's − vega·(∂σ/∂k)/F. Below Black's for a call on a smile that rises with the strike.
 *
 * @param vega per 1.00 of volatility
 * @param slope ∂σ/∂ln K of the surface at the option's strike ({@link VolSurface.slope})
 * @param underlying F (or S), > 0; what the Black delta is taken to
 */
export function stickyMoneynessDelta(blackDelta: number, vega: number, slope: number, underlying: number): number {
  return blackDelta - (vega * slope) / underlying;
}

/**
 * Minimum-variance delta from the surface alone: E[dσ_K | dF] at a fixed strike is (R − 1)·skew·dF/F, R the skew stickiness
 * ratio (Bergomi 2016, §2.4 and 9.2, for a smile straight in ln K). R = 1 is sticky strike, R = 0 sticky moneyness, R = 2
 * local volatility at short expiries, the default. What R minimises the variance of a hedged book is a matter of
 * measurement, not of the surface.
 *
 * @param skew ∂σ/∂ln K at the money
 * @param stickinessRatio R
 */
export function minimumVarianceDelta(
  blackDelta: number,
  vega: number,
  skew: number,
  underlying: number,
  stickinessRatio = 2,
): number {
  return blackDelta + ((stickinessRatio - 1) * vega * skew) / underlying;
}

/** Coefficients of {@link hullWhiteDelta}, from a regression on past moves of the same underlying. */
export interface HullWhiteCoefficients {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Hull-White (2017) "Optimal delta hedging for options" eq 5: δ_MV = δ_BS + vega/(S√T)·(a + b·δ_BS + c·δ_BS²), E[dσ | dS] being
 * quadratic in delta and falling with √T.
 *
 * @param time T in years, > 0; at 0, where vega is 0, the Black delta
 */
export function hullWhiteDelta(
  blackDelta: number,
  vega: number,
  underlying: number,
  time: number,
  { a, b, c }: HullWhiteCoefficients,
): number {
  if (!(time > 0)) return blackDelta;
  return blackDelta + (vega / (underlying * Math.sqrt(time))) * (a + blackDelta * (b + blackDelta * c));
}
