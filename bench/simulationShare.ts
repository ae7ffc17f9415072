import { isMainThread, parentPort } from 'node:worker_threads';
import { type CostModel, NO_COSTS } from '../src/quant/hedging/cost.ts';
import type { Rule } from '../src/quant/hedging/policy.ts';
import type { Kernel } from '../src/quant/kernel/contract.ts';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { type HedgeStrategy, type HedgeTerms, strategyColumn } from '../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../src/quant/simulation/hedgeSimulation.ts';
import { modelFeed } from '../src/quant/simulation/pathFeed.ts';
import type { PathModel } from '../src/quant/simulation/paths.ts';

/** Hull's call on 80 steps; the share of one thread is 16 blocks. */
export const YEARS = 20 / 52;
export const STEPS = 80;
export const SHARE = 16_384;
export const SPOT = 49;
export const STRIKE = 50;
export const RATE = 0.05;
export const VOL = 0.2;
const TERMS: HedgeTerms = {
  grid: { steps: STEPS, stepYears: YEARS / STEPS },
  market: { rate: RATE, dividendYield: 0, vol: VOL, skew: 0 },
  book: [{ sign: 1, strike: STRIKE, expiryYears: YEARS, quantity: -1 }],
  financing: true,
  settlement: 'cash',
};
export const GBM: PathModel = { kind: 'gbm', spot: SPOT, growth: RATE, vol: VOL };
export const HESTON: PathModel = {
  kind: 'heston',
  spot: SPOT,
  growth: RATE,
  v0: 0.04,
  kappa: 2,
  theta: 0.04,
  sigma: 0.4,
  rho: -0.6,
  substeps: 1,
};
export const FEES: CostModel = { ...NO_COSTS, feeBps: 5 };

export function strategyOf(rule: Rule, costs: CostModel): HedgeStrategy {
  const policy = {
    rule,
    rebalanceTo: 'edge',
    innerFraction: 0,
    hedgeRatio: 1,
    minInterval: 0,
    coolDown: 0,
    minTrade: 0,
    maxTrade: Infinity,
  } as const;
  return { policy, costs, deltaConvention: 'black_scholes', target: 0 };
}

export const EVERY_STEP = strategyOf({ kind: 'interval', years: 0 }, NO_COSTS);

/** Profits of the first strategy on the paths from `from` on. */
export function simulate(
  kernel: Kernel,
  model: PathModel,
  strategies: readonly HedgeStrategy[],
  count: number,
  from = 0,
): Float64Array {
  const source = { seed: 1, stream: 0, sampling: { kind: 'independent' } as const };
  const feed = modelFeed(kernel, model, TERMS.grid, source, VOL);
  try {
    return strategyColumn(simulateHedges(kernel, TERMS, feed, strategies, [], from, from + count), 0, 'pnl');
  } finally {
    feed.close();
  }
}

// As a thread: simulates the share whose first path it is sent.
if (!isMainThread && parentPort) {
  const port = parentPort;
  const kernel = openKernel();
  port.on('message', (from: number) => {
    simulate(kernel, GBM, [EVERY_STEP], SHARE, from);
    port.postMessage('done');
  });
}
