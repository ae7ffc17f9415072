import { expect, it } from 'vitest';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { edgesOf, solveStrategyBands } from '../../../../src/quant/simulation/optimalEdges.ts';
import { modelFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { kernel, sourceOf, statisticsOf, strategyOf, termsOf } from './setups.ts';

// A month's call at 5 bp, looked at six times a day: of −E[e^{−a·pnl}], on the same paths.
const TERMS = termsOf(182, 1 / 12, { market: { rate: 0, dividendYield: 0, vol: 0.6, skew: 0 } });
const COUNT = 1 << 13;
const KINDS = ['optimal', 'whalley_wilmott', 'zakamouline'] as const;

it.each([0.3, 1, 3])('at a risk aversion of %d the solved band has the higher utility', (riskAversion) => {
  const strategies = KINDS.map((kind) => strategyOf({ kind, riskAversion }, { rebalanceTo: 'edge' }, { feeBps: 5 }));
  const bands = strategies.map((strategy) => edgesOf(solveStrategyBands(kernel, TERMS, 100, strategy)));
  const { vol } = TERMS.market;
  const feed = modelFeed(kernel, { kind: 'gbm', spot: 100, growth: 0, vol }, TERMS.grid, sourceOf(), vol);
  const shard = simulateHedges(kernel, TERMS, feed, strategies, bands, 0, COUNT);
  feed.close();
  const disutility = KINDS.map((_, s) =>
    strategyColumn(shard, s, 'pnl').map((profit) => Math.exp(-riskAversion * profit)),
  );
  for (const other of [1, 2]) {
    const { mean } = statisticsOf([disutility[other]!.map((u, path) => u - disutility[0]![path]!)]);
    expect(mean.value / mean.standardError).toBeGreaterThan(2);
  }
});
