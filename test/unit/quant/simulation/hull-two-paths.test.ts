import { expect, it } from 'vitest';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { ALWAYS, kernel, strategyOf, termsOf } from './setups.ts';

// Hull's two worked paths of 20 weeks, 100,000 calls written; he rounds deltas to three decimals and gives 263,300 and 256,600.
const IN_THE_MONEY = [
  49, 48.12, 47.37, 50.25, 51.75, 53.12, 53, 51.87, 51.38, 53, 49.88, 48.5, 49.88, 50.37, 52.13, 51.88, 52.87, 54.87,
  54.62, 55.87, 57.25,
];
const OUT_OF_THE_MONEY = [
  49, 49.75, 52, 50, 48.38, 48.25, 48.75, 49.63, 48.25, 48.25, 51.12, 51.5, 49.88, 49.88, 48.75, 47.5, 48, 46.25, 48.13,
  46.63, 48.12,
];
const YEARS = 20 / 52;
const PREMIUM = 240_052.7323;

it.each([
  ['closes in the money', IN_THE_MONEY, 263_242],
  ['closes out of the money', OUT_OF_THE_MONEY, 256_542],
])('%s: the cost of hedging at the end', (_, spots, cost) => {
  const terms = termsOf(20, YEARS, {
    market: { rate: 0.05, dividendYield: 0, vol: 0.2, skew: 0 },
    book: [{ sign: 1, strike: 50, expiryYears: YEARS, quantity: -100_000 }],
    settlement: 'physical',
  });
  const feed = windowFeed({ spots, vols: 0.2 }, 49, 1);
  const shard = simulateHedges(kernel, terms, feed, [strategyOf(ALWAYS)], [], 0, 1);
  // The premium earns interest in the account, which Hull leaves out of the cost.
  expect(Math.round(PREMIUM * Math.exp(0.05 * YEARS) - strategyColumn(shard, 0, 'pnl')[0]!)).toBe(cost);
});
