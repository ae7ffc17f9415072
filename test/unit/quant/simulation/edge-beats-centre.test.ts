import { expect, it } from 'vitest';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { hedge, profitsOf, statisticsOf, strategyOf, termsOf } from './setups.ts';

// Davis, Panas & Zariphopoulou 1993 and Whalley & Wilmott 1997: with proportional costs the best trade is the least that leads back
// into the band. A three months' call at 5 bp, looked at five times a day; all on the same paths.
const COSTS = { feeBps: 5 };
const TERMS = termsOf(455, 0.25, { market: { rate: 0, dividendYield: 0, vol: 0.6, skew: 0 } });
const COUNT = 1 << 13;

function whalleyWilmott(riskAversion: number, rebalanceTo: 'edge' | 'target') {
  return strategyOf({ kind: 'whalley_wilmott', riskAversion }, { rebalanceTo }, COSTS);
}

const strategies = [whalleyWilmott(1.5, 'edge'), whalleyWilmott(0.25, 'target'), whalleyWilmott(0.25, 'edge')];
const shard = hedge({ terms: TERMS, strategies, count: COUNT });
const profits = profitsOf(shard);

/** How many standard errors, on common paths, the cost and the variance of a strategy are below those of another. */
function standardErrorsBelow(index: number, other: number): { cost: number; variance: number } {
  const below = (of: (index: number, path: number) => number) => {
    const { mean } = statisticsOf([
      Float64Array.from({ length: COUNT }, (_, path) => of(other, path) - of(index, path)),
    ]);
    return mean.value / mean.standardError;
  };
  const columns = strategies.map((_, s) => ({
    cost: strategyColumn(shard, s, 'cost'),
    pnl: strategyColumn(shard, s, 'pnl'),
  }));
  return {
    cost: below((s, path) => columns[s]!.cost[path]!),
    variance: below((s, path) => (columns[s]!.pnl[path]! - profits[s]!.mean.value) ** 2),
  };
}

it('a band traded to its edge costs less and errs less than a wider one traded to its centre', () => {
  const { cost, variance } = standardErrorsBelow(0, 1);
  expect(cost).toBeGreaterThan(4);
  expect(variance).toBeGreaterThan(3);
});

it('the same band costs less to its edge, and leaves more risk', () => {
  const { cost, variance } = standardErrorsBelow(2, 1);
  expect(cost).toBeGreaterThan(4);
  expect(variance).toBeLessThan(-4);
});
