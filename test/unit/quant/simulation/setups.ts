import { type CostModel, NO_COSTS } from '../../../../src/quant/hedging/cost.ts';
import type { Policy, Rule } from '../../../../src/quant/hedging/policy.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import {
  type HedgeShard,
  type HedgeStrategy,
  type HedgeTerms,
  strategyColumn,
} from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { edgesOf, solveStrategyBands } from '../../../../src/quant/simulation/optimalEdges.ts';
import { modelFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { clusterSize, type PathSource, type Sampling } from '../../../../src/quant/simulation/pathNormals.ts';
import { type PnlStatistics, pnlStatistics } from '../../../../src/quant/simulation/statistics.ts';

export const kernel = openKernel();

export function sourceOf(sampling: Sampling = { kind: 'independent' }, seed = 2026): PathSource {
  return { seed, stream: 0, sampling };
}

export function strategyOf(rule: Rule, policy: Partial<Policy> = {}, costs: Partial<CostModel> = {}): HedgeStrategy {
  return {
    policy: {
      rule,
      rebalanceTo: 'target',
      innerFraction: 0,
      hedgeRatio: 1,
      minInterval: 0,
      coolDown: 0,
      minTrade: 0,
      maxTrade: Infinity,
      ...policy,
    },
    costs: { ...NO_COSTS, ...costs },
    deltaConvention: 'black_scholes',
    target: 0,
  };
}

/** At every step. */
export const ALWAYS: Rule = { kind: 'interval', years: 0 };

/** A call sold for `years`, at the money of 100 unless told otherwise. */
export function termsOf(steps: number, years: number, changes: Partial<HedgeTerms> = {}): HedgeTerms {
  return {
    grid: { steps, stepYears: years / steps },
    market: { rate: 0, dividendYield: 0, vol: 0.2, skew: 0 },
    book: [{ sign: 1, strike: 100, expiryYears: years, quantity: -1 }],
    financing: true,
    settlement: 'cash',
    ...changes,
  };
}

export interface Run {
  readonly terms: HedgeTerms;
  readonly strategies: readonly HedgeStrategy[];
  readonly spot?: number;
  readonly growth?: number;
  readonly sampling?: Sampling;
  readonly seed?: number;
  readonly count: number;
}

/** On geometric Brownian paths at the volatility of the market, with the bands of `optimal` rules solved for them. */
export function hedge({ terms, strategies, spot = 100, growth = 0, sampling, seed, count }: Run): HedgeShard {
  const { vol } = terms.market;
  const source = sourceOf(sampling, seed);
  const feed = modelFeed(kernel, { kind: 'gbm', spot, growth, vol }, terms.grid, source, vol);
  try {
    const bands = strategies.map((strategy) => edgesOf(solveStrategyBands(kernel, terms, spot, strategy)));
    return simulateHedges(kernel, terms, feed, strategies, bands, 0, count);
  } finally {
    feed.close();
  }
}

export function statisticsOf(
  columns: readonly Float64Array[],
  sampling: Sampling = { kind: 'independent' },
  premium = 1,
): PnlStatistics {
  const cluster = clusterSize(sampling);
  return pnlStatistics(columns, { cluster, premium, confidence: 0.95, riskAversions: [1], probabilities: [0.5] });
}

/** Statistics of the profits of each strategy. */
export function profitsOf(shard: HedgeShard, sampling?: Sampling, premium?: number): PnlStatistics[] {
  return shard.strategies.map((_, index) => statisticsOf([strategyColumn(shard, index, 'pnl')], sampling, premium));
}
