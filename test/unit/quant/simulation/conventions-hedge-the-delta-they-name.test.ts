import { expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { DELTA_CONVENTIONS, type DeltaConvention } from '../../../../src/quant/hedging/deltaConvention.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { minimumVarianceDelta, stickyMoneynessDelta } from '../../../../src/quant/surface/smileGreeks.ts';
import { ALWAYS, hedge, strategyOf, termsOf } from './setups.ts';

const SKEW = -0.15;
const book = [
  { sign: 1, strike: 110, expiryYears: 0.5, quantity: -2 },
  { sign: -1, strike: 90, expiryYears: 0.25, quantity: -1 },
];

function deltaOf(convention: DeltaConvention, skew: number): number {
  return book.reduce((sum, { sign, strike, expiryYears, quantity }) => {
    const option = { spot: 100, strike, time: expiryYears, rate: 0.03, carry: 0.03, vol: 0.4, sign };
    const { price, delta, vega } = blackGreeks(option);
    const deltas: Record<DeltaConvention, number> = {
      black_scholes: delta,
      sticky_strike: delta,
      premium_adjusted: delta - price / 100,
      sticky_delta: stickyMoneynessDelta(delta, vega, skew, 100),
      min_variance: minimumVarianceDelta(delta, vega, skew, 100),
    };
    return sum + quantity * deltas[convention];
  }, 0);
}

it.each(DELTA_CONVENTIONS.flatMap((convention) => [0, SKEW].map((skew) => [convention, skew] as const)))(
  '%s at a skew of %d',
  (deltaConvention, skew) => {
    const terms = termsOf(4, 0.2, { book, market: { rate: 0.03, dividendYield: 0, vol: 0.4, skew } });
    const once = { kind: 'interval', years: 10 } as const;
    for (const rule of [once, { kind: 'all_of', rules: [once] } as const, ALWAYS]) {
      const strategy = { ...strategyOf(rule), deltaConvention };
      // With one step to go there is one trade, and the liquidation.
      const one = { ...terms, grid: { steps: 1, stepYears: 1e-9 } };
      const shard = hedge({ terms: one, strategies: [strategy], count: 1 });
      expect(strategyColumn(shard, 0, 'turnover')[0]! / 200).toBeCloseTo(Math.abs(deltaOf(deltaConvention, skew)), 4);
    }
  },
);
