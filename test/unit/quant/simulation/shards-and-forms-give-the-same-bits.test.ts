import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../../src/quant/hedging/policy.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { type HedgeShard, OPTION_COLUMNS, STRATEGY_COLUMNS } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { edgesOf, solveStrategyBands } from '../../../../src/quant/simulation/optimalEdges.ts';
import { modelFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { PATH_BLOCK } from '../../../../src/quant/simulation/pathNormals.ts';
import type { PathModel } from '../../../../src/quant/simulation/paths.ts';
import { differences } from '../kernel/randomColumns.ts';
import { ALWAYS, kernel, sourceOf, strategyOf, termsOf } from './setups.ts';

const COUNT = 3 * PATH_BLOCK + 200;
const VARIANCE = { v0: 0.04, kappa: 2, theta: 0.06, sigma: 0.5, rho: -0.5, substeps: 1 };
const RULES: Rule[] = [
  ALWAYS,
  { kind: 'whalley_wilmott', riskAversion: 1 },
  { kind: 'zakamouline', riskAversion: 1 },
  {
    kind: 'any_of',
    rules: [
      { kind: 'leland', periodYears: 0.05 },
      { kind: 'optimal', riskAversion: 1 },
    ],
  },
];
const strategies = RULES.map((rule, i) => ({
  ...strategyOf(rule, { rebalanceTo: 'edge' }, { feeBps: 5, impactCoefficient: 3, fundingBpsPer8h: 1 }),
  deltaConvention: (['black_scholes', 'premium_adjusted', 'sticky_delta', 'min_variance'] as const)[i]!,
}));
const terms = termsOf(10, 0.2, {
  market: { rate: 0.03, dividendYield: 0.01, vol: 0.25, skew: -0.1 },
  book: [
    { sign: 1, strike: 100, expiryYears: 0.15, quantity: -2 },
    { sign: -1, strike: 95, expiryYears: 0.4, quantity: 1 },
  ],
});
const bands = strategies.map((strategy) => edgesOf(solveStrategyBands(kernel, terms, 100, strategy)));

function run(form: 'simd' | 'scalar', model: PathModel, cuts: readonly number[]): HedgeShard {
  const own = openKernel({ form });
  const feed = modelFeed(own, model, terms.grid, sourceOf(), terms.market.vol);
  const bounds = [0, ...cuts, COUNT];
  const shards = bounds.slice(1).map((to, i) => simulateHedges(own, terms, feed, strategies, bands, bounds[i]!, to));
  const joined = (columns: number, of: (shard: HedgeShard) => Float64Array) => {
    const all = new Float64Array(columns * COUNT);
    for (const shard of shards) {
      const width = shard.to - shard.from;
      for (let c = 0; c < columns; c++) all.set(of(shard).subarray(c * width, (c + 1) * width), c * COUNT + shard.from);
    }
    return all;
  };
  return {
    from: 0,
    to: COUNT,
    options: joined(OPTION_COLUMNS.length, ({ options }) => options),
    strategies: strategies.map((_, s) => joined(STRATEGY_COLUMNS.length, (shard) => shard.strategies[s]!)),
  };
}

describe.each<PathModel>([
  { kind: 'gbm', spot: 100, growth: 0.05, vol: 0.3 },
  { kind: 'bates', spot: 100, growth: 0.05, ...VARIANCE, jumpIntensity: 1, jumpMeanLog: -0.1, jumpStdLog: 0.1 },
])('$kind', (model) => {
  it('however it is cut, whatever the kernel', () => {
    const whole = run('scalar', model, []);
    expect(whole.strategies.flatMap((columns) => [...columns]).every(Number.isFinite)).toBe(true);
    for (const cuts of [[], [PATH_BLOCK], [2 * PATH_BLOCK, 3 * PATH_BLOCK]]) {
      const cut = run('simd', model, cuts);
      expect(differences(cut.options, whole.options)).toBe(0);
      cut.strategies.forEach((columns, s) => expect(differences(columns, whole.strategies[s]!)).toBe(0));
    }
  });
});

it('refuses a shard that starts within a block, and an optimal rule without its band', () => {
  const feed = modelFeed(kernel, { kind: 'gbm', spot: 100, growth: 0, vol: 0.2 }, terms.grid, sourceOf(), 0.2);
  expect(() => simulateHedges(kernel, terms, feed, strategies, bands, 100, 2000)).toThrow(RangeError);
  expect(() => simulateHedges(kernel, terms, feed, strategies, [], 0, 10)).toThrow('an optimal rule has no band');
});
