import { tailRisk } from '../quant/simulation/tailRisk.ts';
import type { History } from './history.ts';
import type { LeftOut, RiskMeasure, ValueAtRisk, WorstScenario } from './scenarioResult.ts';
import type { Revalued } from './revaluation.ts';
import { profitOf } from './scenarioReport.ts';

/** The worst scenarios that are told. */
const WORST = 10;

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
    measures: measuresOf(made, confidences),
    worst: worstOf(made, history),
  }));
  return { scenarioCount: history.length, cash, leftOut };
}

function measuresOf(profits: readonly number[], confidences: readonly number[]): RiskMeasure[] {
  const descending = Float64Array.from(profits).sort().reverse();
  return confidences.map((confidence) => ({ confidence, ...tailRisk(descending, confidence) }));
}

function worstOf(profits: readonly number[], history: History): WorstScenario[] {
  return profits
    .map((profit, index) => ({ index, at: history.at(index), profit }))
    .sort((a, b) => a.profit - b.profit || a.index - b.index)
    .slice(0, WORST);
}
