/** Where a hedge trades to, once its position has left the band. `inner`: into the band by a share of its half-width. */
export const REBALANCES = ['target', 'edge', 'inner'] as const;
export type Rebalance = (typeof REBALANCES)[number];

/** absolute: units of the underlying; cash: quote currency, |delta|·spot; gross_fraction: share of the book's gross delta. */
export const TOLERANCE_UNITS = ['absolute', 'cash', 'gross_fraction'] as const;
export type ToleranceUnit = (typeof TOLERANCE_UNITS)[number];

/**
 * When to trade, as a tree. Times are in years. A leaf answers a band of hedge positions that it would leave alone, and the
 * position that it would trade to:
 *
 * - `interval`: trades to the target whenever `years` have passed since the last trade that it asked for;
 * - `delta_tolerance`: target − below … target + above;
 * - `leland`: as `interval` every `periodYears`, to the delta at the variance of Leland (1985);
 * - `whalley_wilmott`, `zakamouline`, `optimal`: no-trade bands of exponential utility, `riskAversion` absolute, per unit of quote currency;
 * - `stop_loss`: covered while in the money, naked while out of it (Hull, Options, futures and other derivatives, ch. 19.3);
 * - `all_of`: trades when all of its rules would; its band is the hull of theirs; `any_of`: when one would, its band is what is common to
 *   theirs; both trade to the position of the first rule that would trade, `any_of` into what is common (a rule that contradicts those
 *   before it does not narrow it). `not`: trades, to the target, when its rule would not.
 */
export type Rule =
  | { readonly kind: 'interval'; readonly years: number }
  | {
      readonly kind: 'delta_tolerance';
      readonly below: number;
      readonly above: number;
      readonly unit: ToleranceUnit;
    }
  | { readonly kind: 'leland'; readonly periodYears: number }
  | { readonly kind: 'whalley_wilmott' | 'zakamouline' | 'optimal'; readonly riskAversion: number }
  | { readonly kind: 'stop_loss' }
  | { readonly kind: 'all_of' | 'any_of'; readonly rules: readonly Rule[] }
  | { readonly kind: 'not'; readonly rule: Rule };

export type RuleKind = Rule['kind'];

export interface Policy {
  readonly rule: Rule;
  readonly rebalanceTo: Rebalance;
  /** For `inner`: 0 is the target, 1 the edge. */
  readonly innerFraction: number;
  /** Share of the book's delta that is hedged, 0 to 1.5. */
  readonly hedgeRatio: number;
  /** Years between two looks at least. */
  readonly minInterval: number;
  /** Years after a trade in which there is no other. */
  readonly coolDown: number;
  /** Smallest trade, in units of the underlying: none smaller is made, so that a band of no width does not flap. */
  readonly minTrade: number;
  /** Largest trade of one decision, in units of the underlying; Infinity for none. */
  readonly maxTrade: number;
}

/** What a policy looks at: the book of one underlying, without its hedges, and the hedges. */
export interface HedgeState {
  /** Years since any origin. */
  now: number;
  /** As `now`; −Infinity before the first. */
  lastLook: number;
  lastTrade: number;
  spot: number;
  /** Continuously compounded. */
  rate: number;
  /** Of the book, in the policy's convention, units of the underlying. */
  delta: number;
  /** Of the book, per 1.00 of spot. */
  gamma: number;
  /** Σ|delta| over the positions of the book. */
  grossDelta: number;
  /** Delta of the book at zero volatility: what stop-loss holds against. */
  intrinsicDelta: number;
  /** |gamma|-weighted over the options of the book: implied volatility (or the forecast that replaces it) and years to expiry. */
  vol: number;
  years: number;
  /** λ, one way, as a fraction of notional (`proportionalCost`). */
  costRate: number;
  /** Net delta aimed at: hedge + delta. */
  target: number;
  /** Delta of what the hedges hold, units of the underlying. */
  hedge: number;
}
