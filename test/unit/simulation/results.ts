import type { BacktestResult, StrategyResult } from '../../../src/simulation/resultModel.ts';
import { ATTRIBUTION } from '../../../src/simulation/resultModel.ts';

/** Results as a backtest tells them. */
export function strategy(name: string, rest: Partial<StrategyResult> = {}): StrategyResult {
  const estimate = (value: number) => ({ value, standardError: 0.5 });
  return {
    ...{ name, policy: 'interval', pnl: estimate(-1), sd: estimate(2), cost: estimate(3), trades: 4, turnover: 5 },
    ...{ performance: null, valueAtRisk: 6, cvar: { value: 7, standardError: null }, certaintyEquivalents: [] },
    ...{ worst: -8, best: 9, quantiles: [{ probability: 0.05, value: -6 }], hedgeError: 0.1, efficient: true },
    attribution: Object.fromEntries(ATTRIBUTION.map((part, i) => [part, i])) as StrategyResult['attribution'],
    histogram: { from: -1, width: 0.5, counts: [1, 3] },
    ...{ maxDrawdown: null, equity: null },
    ...rest,
  };
}

export function result(strategies: StrategyResult[]): BacktestResult {
  return { paths: 4, steps: 2, premium: 1, financing: true, strategies, notes: [] };
}
