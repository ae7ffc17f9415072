import { compensatedSum } from '../quant/simulation/compensatedSum.ts';
import { OPTION_COLUMNS, STRATEGY_COLUMNS } from '../quant/simulation/hedgeSetup.ts';
import { pnlStatistics, type Estimate as Estimated, type StatisticsTerms } from '../quant/simulation/statistics.ts';
import type { BacktestInput } from './model.ts';
import type { Outcome, StrategyOutcome } from './outcome.ts';
import { ATTRIBUTION, type AttributionPart, type Estimate, type StrategyResult } from './resultModel.ts';
import { clusterOf, policyOf } from './terms.ts';

const PROBABILITIES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/** Statistics of every strategy, the frontier marked. */
export function summarise(
  request: Pick<BacktestInput, 'strategies' | 'statistics' | 'paths' | 'history' | 'monitoringSteps'>,
  outcome: Outcome,
  premium: number,
): StrategyResult[] {
  const results = outcome.strategies.map((each, s) => strategyResult(request, outcome, each, s, premium));
  return markFrontier(results);
}

/** Marks those that no other beats in both cost and standard deviation. */
export function markFrontier(results: readonly StrategyResult[]): StrategyResult[] {
  return results.map((result) => ({ ...result, efficient: !results.some((other) => dominates(other, result)) }));
}

function dominates(one: StrategyResult, other: StrategyResult): boolean {
  return (
    one.cost.value <= other.cost.value &&
    one.sd.value <= other.sd.value &&
    (one.cost.value < other.cost.value || one.sd.value < other.sd.value)
  );
}

function strategyResult(
  request: Parameters<typeof summarise>[0],
  { count, optionSums }: Outcome,
  { sums, pnl, cost }: StrategyOutcome,
  s: number,
  premium: number,
): StrategyResult {
  const strategy = request.strategies[s]!;
  const { confidence, bins } = request.statistics;
  const riskAversions = aversionsOf(request, s);
  const terms: StatisticsTerms = {
    cluster: clusterOf(request as BacktestInput),
    ...{ premium, confidence, riskAversions, probabilities: PROBABILITIES },
    ...(bins === undefined ? {} : { bins }),
  };
  const profit = pnlStatistics(pnl, terms);
  const spent = pnlStatistics(cost, { ...terms, riskAversions: [] });
  const mean = (name: (typeof STRATEGY_COLUMNS)[number]) => sums[STRATEGY_COLUMNS.indexOf(name)]! / count;
  const { histogram } = profit;
  return {
    name: strategy.name,
    policy: policyOf(strategy).kind,
    pnl: told(profit.mean),
    sd: told(profit.sd),
    cost: told(spent.mean),
    trades: mean('trades'),
    turnover: mean('turnover'),
    performance: profit.performance ? told(profit.performance) : null,
    valueAtRisk: profit.valueAtRisk,
    cvar: told(profit.expectedShortfall),
    certaintyEquivalents: profit.certaintyEquivalents.map((each, i) => ({
      riskAversion: riskAversions[i]!,
      ...told(each),
    })),
    worst: profit.worst,
    best: profit.best,
    quantiles: profit.quantiles.map((value, i) => ({ probability: PROBABILITIES[i]!, value })),
    hedgeError: mean('hedgeError'),
    attribution: attribution(optionSums, sums, count),
    histogram: { from: histogram.from, width: histogram.width, counts: [...histogram.counts] },
    efficient: false,
    maxDrawdown: null,
    equity: null,
  };
}

/** Those asked for, and that of the policy. */
function aversionsOf({ statistics, strategies }: Parameters<typeof summarise>[0], s: number): number[] {
  const { riskAversion } = policyOf(strategies[s]!);
  return [...new Set([...statistics.riskAversions, ...(riskAversion === undefined ? [] : [riskAversion])])];
}

function told({ value, standardError }: Estimated): Estimate {
  return { value, standardError: Number.isNaN(standardError) ? null : standardError };
}

function attribution(optionSums: Float64Array, sums: Float64Array, count: number): Record<AttributionPart, number> {
  const meanOf = (name: string) => {
    const option = (OPTION_COLUMNS as readonly string[]).indexOf(name);
    return (option >= 0 ? optionSums[option]! : sums[(STRATEGY_COLUMNS as readonly string[]).indexOf(name)]!) / count;
  };
  return Object.fromEntries(ATTRIBUTION.map((name) => [name, meanOf(name)])) as Record<AttributionPart, number>;
}

/** What the book is sold for at the model: −Σ quantity × price. */
export function premiumOf(prices: readonly number[], quantities: readonly number[]): number {
  return 0 - compensatedSum([Float64Array.from(prices, (price, i) => price * quantities[i]!)]);
}
