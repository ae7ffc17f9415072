const DAYS_PER_YEAR = 365;
/** Volatility and percentage points in 1.00. */
const POINTS = 100;

/**
 * What divides a sensitivity in mathematics (per 1.00 of volatility or rate, per year) to give it as traders read it: per point,
 * per day. Theta has a rule of its own, {@link thetaPerDay}; sensitivities in prices are the same in both.
 */
export const TRADER_DIVISORS = {
  vega: POINTS,
  rho: POINTS,
  rhoDividend: POINTS,
  vanna: POINTS,
  volga: POINTS ** 2,
  charm: DAYS_PER_YEAR,
  zomma: POINTS,
  color: DAYS_PER_YEAR,
  veta: POINTS * DAYS_PER_YEAR,
  ultima: POINTS ** 3,
};

/**
 * Theta as Deribit quotes it: currency per calendar day, per unit, from theta per year.
 *
 * A loss of value is scaled by the part of a day that is left (min(1, T in days)) and never exceeds what the option is
 * worth: −min(price, −theta/365 · min(1, 365T)). Positive theta is scaled the same way and not capped.
 * Source: measured on Deribit's own chains (BTC-12FEB21-47500-C: plain Black −128.4, exchange −29.2), where it reproduces
 * every published theta.
 *
 * @param thetaPerYear ∂V/∂t per year, as `Greeks.theta`
 * @param timeYears T, years to expiry (ACT/365), >= 0
 * @param price value of the same unit in the same currency; a negative one counts as 0
 */
export function thetaPerDay(thetaPerYear: number, timeYears: number, price: number): number {
  const remaining = (thetaPerYear / DAYS_PER_YEAR) * Math.min(1, timeYears * DAYS_PER_YEAR);
  return remaining < 0 ? Math.max(remaining, -Math.max(price, 0)) : remaining;
}
