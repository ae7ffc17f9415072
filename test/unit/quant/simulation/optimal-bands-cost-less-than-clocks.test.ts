import { expect, it } from 'vitest';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { meanGain, sdGain } from '../../../../src/quant/simulation/pairedGains.ts';
import { clusterSize } from '../../../../src/quant/simulation/pathNormals.ts';
import { hedge, strategyOf, termsOf } from './setups.ts';

// A month's call at 5 bp, looked at every hour; docs/backtests.md has the frontier.
const SAMPLING = { kind: 'antithetic' } as const;
const COUNT = 1 << 11;
const HOURS = 24 * 30;

it('the risk of a four-hourly clock for less than two thirds of its cost', () => {
  const terms = termsOf(HOURS, 30 / 365, { market: { rate: 0, dividendYield: 0, vol: 0.6, skew: 0 } });
  const costs = { feeBps: 5 };
  const clock = strategyOf({ kind: 'interval', years: 4 / 24 / 365 }, {}, costs);
  const band = strategyOf({ kind: 'optimal', riskAversion: 0.75 }, { rebalanceTo: 'edge' }, costs);
  const shard = hedge({ terms, strategies: [clock, band], sampling: SAMPLING, count: COUNT });
  const [clockPnl, bandPnl] = [0, 1].map((s) => strategyColumn(shard, s, 'pnl'));
  const [clockCost, bandCost] = [0, 1].map((s) => strategyColumn(shard, s, 'cost'));
  const cluster = clusterSize(SAMPLING);
  const lessRisk = sdGain(bandPnl!, clockPnl!, cluster);
  const twoThirds = clockCost!.map((paid) => (2 / 3) * paid);
  const saved = meanGain(twoThirds, bandCost!, cluster);
  expect(lessRisk.value / lessRisk.standardError).toBeGreaterThan(2);
  expect(saved.value / saved.standardError).toBeGreaterThan(2);
});
