import type { History } from './history.ts';
import type { LeftOut, RiskMeasure, ValueAtRisk, WorstScenario } from './scenarioResult.ts';
import type { Revalued } from './revaluation.ts';
import { profitOf } from './scenarioReport.ts';

/** The worst scenarios that are told. */
const WORST = 10;
/** n·confidence is a whole number where it is so to a reader: 0.07 × 100 is 7.000000000000001. */
const ROUNDING = 1e-9;

/**
 * Value at risk and expected shortfall of the empirical distribution of n >= 1 equally likely profits.
 *
 * Losses L₁ <= … <= Lₙ, k = ⌈n·c⌉: VaR = L_k, the lower quantile; ES = (Σ_{i>k} L_i + (k − n·c)·L_k)/(n·(1 − c)), Acerbi &
 * Tasche, On the coherence of expected shortfall, Journal of Banking & Finance 26 (2002), eq. 12 and proposition 4.1. Where
 * n·(1 − c) <= 1 both are the largest loss. Positive is a loss.
 *
 * @param confidence c, 0 <= c < 1
 */
export function tailRisk(profits: readonly number[], confidence: number): Omit<RiskMeasure, 'confidence'> {
  const n = profits.length;
  const losses = profits.map((profit) => 0 - profit).sort((a, b) => a - b);
  const below = n * confidence;
  const k = Math.max(1, Math.ceil(below - ROUNDING));
  const valueAtRisk = losses[k - 1]!;
  const tail = losses.slice(k).reduce((sum, loss) => sum + loss, 0);
  const expectedShortfall = (tail + Math.max(k - below, 0) * valueAtRisk) / (n - Math.min(below, k));
  // A tail that is one scenario and rounding is that scenario.
  return { valueAtRisk, expectedShortfall: k === n ? valueAtRisk : expectedShortfall };
}

/** The measures of each quote currency, over the underlyings that the history knows. */
export function reportValueAtRisk(
  revalued: readonly Revalued[],
  history: History,
  at: readonly number[],
  confidences: readonly number[],
): ValueAtRisk {
  const leftOut: LeftOut[] = [];
  const profits = new Map<string, number[]>();
  for (const each of revalued) {
    const { underlying, quote } = each;
    const reason = history.missing(underlying, quote);
    if (reason) {
      leftOut.push({ underlying, quote, ...reason });
      continue;
    }
    const sums = profits.get(quote) ?? at.map(() => 0);
    profits.set(
      quote,
      sums.map((sum, i) => sum + profitOf(each, at[i]!)),
    );
  }
  const cash = [...profits].map(([currency, made]) => ({
    currency,
    measures: confidences.map((confidence) => ({ confidence, ...tailRisk(made, confidence) })),
    worst: worstOf(made, history),
  }));
  return { scenarioCount: history.length, cash, leftOut };
}

function worstOf(profits: readonly number[], history: History): WorstScenario[] {
  return profits
    .map((profit, index) => ({ index, at: history.at(index), profit }))
    .sort((a, b) => a.profit - b.profit || a.index - b.index)
    .slice(0, WORST);
}
