/** n·confidence is a whole number where it is so to a reader: 0.07 × 100 is 7.000000000000001. */
const ROUNDING = 1e-9;

export interface TailRisk {
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

/**
 * Value at risk and expected shortfall of the empirical distribution of n >= 1 equally likely profits, sorted downwards from the
 * largest. Losses L₁ <= … <= Lₙ, k = ⌈n·c⌉: VaR = L_k, the lower quantile; ES = (Σ_{i>k} L_i + (k − n·c)·L_k)/(n·(1 − c)), Acerbi &
 * Tasche, On the coherence of expected shortfall, Journal of Banking & Finance 26 (2002), eq. 12 and proposition 4.1. Where
 * n·(1 − c) <= 1 both are the largest loss. Positive is a loss.
 *
 * @param confidence c, 0 <= c < 1
 */
export function tailRisk(descendingProfits: ArrayLike<number>, confidence: number): TailRisk {
  const n = descendingProfits.length;
  const below = n * confidence;
  const k = Math.max(1, Math.ceil(below - ROUNDING));
  const valueAtRisk = 0 - descendingProfits[k - 1]!;
  let tail = 0;
  for (let i = k; i < n; i++) tail -= descendingProfits[i]!;
  const expectedShortfall = (tail + Math.max(k - below, 0) * valueAtRisk) / (n - Math.min(below, k));
  // A tail that is one scenario and rounding is that scenario.
  return { valueAtRisk, expectedShortfall: k === n ? valueAtRisk : expectedShortfall };
}
