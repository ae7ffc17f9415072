import { expect, it } from 'vitest';
import type { CostModel } from '../../../../src/quant/hedging/cost.ts';
import { strategyColumn, type StrategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { kernel, strategyOf, termsOf } from './setups.ts';

// A call so deep in the money that it is a forward: one unit is bought at 100 at the start, and sold at 120 at the horizon.
function run(costs: Partial<CostModel>, changes = {}) {
  const terms = termsOf(2, 0.5, { book: [{ sign: 1, strike: 1, expiryYears: 0.5, quantity: -1 }], ...changes });
  const feed = windowFeed({ spots: [100, 110, 120], vols: 0.2 }, 100, 1);
  const shard = simulateHedges(kernel, terms, feed, [strategyOf({ kind: 'interval', years: 0 }, {}, costs)], [], 0, 1);
  return (column: StrategyColumn) => strategyColumn(shard, 0, column)[0]!;
}

it('the first trade and the liquidation are paid for', () => {
  const of = run({ feeBps: 10, halfSpreadBps: 5, fixedCost: 0.25, impactCoefficient: 1000, impactShape: 'linear' });
  expect(of('trades')).toBe(2);
  expect(of('turnover')).toBeCloseTo(220, 9);
  expect(of('fee')).toBeCloseTo(0.22, 12);
  expect(of('spread')).toBeCloseTo(0.11, 12);
  expect(of('fixed')).toBe(0.5);
  // 1,000 bp at a million: n²/10⁷ of notional n.
  expect(of('impact')).toBeCloseTo((100 ** 2 + 120 ** 2) / 1e7, 12);
  expect(of('cost')).toBeCloseTo(0.22 + 0.11 + 0.5 + 0.00244, 12);
  expect(of('pnl')).toBeCloseTo(-of('cost'), 9);
});

it('a long hedge pays funding on what it held at the start of each step', () => {
  const of = run({ fundingBpsPer8h: 1 });
  // 1,095 periods a year, a quarter of a year at 100 and at 110.
  expect(of('funding')).toBeCloseTo((1095 * 0.25 * (100 + 110)) / 1e4, 12);
  expect(of('hedgePnl')).toBeCloseTo(20, 9);
});

it('cash pays the rate, and the hedge earns the dividend yield', () => {
  const of = run({}, { market: { rate: 0.08, dividendYield: 0.03, vol: 0.2, skew: 0 } });
  const free = run({}, { market: { rate: 0.08, dividendYield: 0.03, vol: 0.2, skew: 0 }, financing: false });
  expect(free('financing')).toBe(0);
  // The delta of a forward is e^{−qT}: units grow by the yield of the first quarter, are sold down to it by a trade that is rounding,
  // and what is left replicates the forward to the cent.
  expect(of('pnl')).toBeCloseTo(0, 9);
  expect(of('trades')).toBe(3);
});
