/**
 * Bands and variances of hedging under proportional costs, in closed form. Every function is total: finite and not NaN
 * for any finite λ ≥ 0, σ ≥ 0, τ ≥ 0, S > 0, Γ and risk aversion > 0.
 */

/** What the formulas read of a market and of the book that is hedged. A `HedgeState` is one. */
export interface BandMarket {
  /** λ, one way, as a fraction of notional, ≥ 0. */
  readonly costRate: number;
  /** S > 0. */
  readonly spot: number;
  /** r, continuously compounded, per year. */
  readonly rate: number;
  /** σ, decimal per square root of a year. */
  readonly vol: number;
  /** τ, years to expiry. */
  readonly years: number;
}

/** Where σ or a time goes to 0 the formulas are read here, one second and a hundredth of a volatility point on. */
const LEAST_YEARS = 1 / (365 * 86_400);
const LEAST_VOL = 1e-4;
/**
 * σ²(1 − A) and σ²(1 + K) must stay positive: below this factor the delta is that of the intrinsic value in any case.
 */
const LEAST_FACTOR = 1e-4;
/** Of rτ: e^{600} is a double, and its product with any price too. */
const MOST_DISCOUNT = 600;
const LELAND = Math.sqrt(8 / Math.PI);

function bounded(value: number): number {
  return Math.min(value, Number.MAX_VALUE);
}

/**
 * The factor on σ² at which an option is hedged every `periodYears`: 1 + A where the book is short gamma, 1 − A where
 * it is long, 1 at Γ = 0, with A = √(8/π)·λ/(σ√δt). Leland 1985, whose k is the round trip 2λ; by the sign of Γ
 * Hoggard, Whalley & Wilmott 1994. For A ≥ 1 the long side has no solution and the factor is the least that is used,
 * 1e-4.
 */
export function lelandVarianceFactor(
  { costRate, vol }: { readonly costRate: number; readonly vol: number },
  periodYears: number,
  gammaSign: number,
): number {
  const a = (LELAND * costRate) / (Math.max(vol, LEAST_VOL) * Math.sqrt(Math.max(periodYears, LEAST_YEARS)));
  return Math.max(bounded(1 - Math.sign(gammaSign) * a), LEAST_FACTOR);
}

/**
 * Half-width in units of the underlying, about the Black–Scholes hedge: H = (3/2·e^{−rτ}λSΓ²/a)^⅓, a the absolute risk
 * aversion per unit of currency at expiry. Whalley & Wilmott 1997, Mathematical
 * Finance 7(3). 0 where λ or Γ is 0.
 */
export function whalleyWilmottHalfWidth(market: BandMarket, gamma: number, riskAversion: number): number {
  const { costRate, spot } = market;
  // The square is taken after the root: Γ² may leave the range of a double.
  const root = Math.cbrt(gamma);
  return bounded(
    Math.cbrt(bounded((1.5 * Math.exp(logDiscount(market)) * costRate * spot) / riskAversion)) * root * root,
  );
}

/** The part of the half-width that gamma does not make: H₀ = λ/(aSσ²τ). */
export function zakamoulineBaseWidth({ costRate, spot, vol, years }: BandMarket, riskAversion: number): number {
  const variance = Math.max(vol, LEAST_VOL) ** 2 * Math.max(years, LEAST_YEARS);
  return bounded(bounded(costRate / riskAversion / spot) / bounded(variance));
}

/** H₁ = 1.12·λ^0.31·τ^0.05·(e^{−rτ}/σ)^0.25·(|Γ|/a)^0.5; 0 where λ or Γ is 0. */
export function zakamoulineGammaWidth(market: BandMarket, gamma: number, riskAversion: number): number {
  const level = Math.exp(0.31 * Math.log(market.costRate) + 0.05 * logYears(market) + logQuarterPower(market));
  return bounded((1.12 * level * Math.sqrt(Math.abs(gamma))) / Math.sqrt(riskAversion));
}

/**
 * Half-width in units of the underlying about the hedge at the variance of `zakamoulineVarianceFactor`: H₀ + H₁, from
 * a fit to the solved problem of exponential utility. Zakamouline 2006, "Efficient analytic approximation of the
 * optimal hedging strategy for a European call option with transaction costs", Quantitative Finance 6(5). H₀ grows
 * beyond any hedge as τ → 0: the last trades are not worth their cost.
 */
export function zakamoulineHalfWidth(market: BandMarket, gamma: number, riskAversion: number): number {
  return bounded(zakamoulineBaseWidth(market, riskAversion) + zakamoulineGammaWidth(market, gamma, riskAversion));
}

/** K = −4.76·λ^0.78·τ^−0.02·(e^{−rτ}/σ)^0.25·(aS²|Γ|)^0.15, at most 0; 0 where λ or Γ is 0. */
export function zakamoulineShift(market: BandMarket, gamma: number, riskAversion: number): number {
  const level = 0.78 * Math.log(market.costRate) - 0.02 * logYears(market) + logQuarterPower(market);
  const risk = Math.log(riskAversion) + 2 * Math.log(market.spot) + Math.log(Math.abs(gamma));
  return -4.76 * Math.exp(level + 0.15 * risk);
}

/** σ_m²/σ²: 1 + K where the book is long gamma, 1 − K where it is short, 1 at Γ = 0; never below 1e-4. */
export function zakamoulineVarianceFactor(market: BandMarket, gamma: number, riskAversion: number): number {
  if (gamma === 0) return 1;
  return Math.max(bounded(1 + Math.sign(gamma) * zakamoulineShift(market, gamma, riskAversion)), LEAST_FACTOR);
}

/** −rτ, kept where e^{−rτ} is a double. */
function logDiscount({ rate, years }: BandMarket): number {
  return Math.max(-MOST_DISCOUNT, Math.min(-rate * years, MOST_DISCOUNT));
}

/** ln (e^{−rτ}/σ)^0.25. */
function logQuarterPower(market: BandMarket): number {
  return 0.25 * (logDiscount(market) - Math.log(Math.max(market.vol, LEAST_VOL)));
}

function logYears({ years }: BandMarket): number {
  return Math.log(Math.max(years, LEAST_YEARS));
}
