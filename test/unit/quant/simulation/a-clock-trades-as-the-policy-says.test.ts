import { expect, it } from 'vitest';
import { differences } from '../kernel/randomColumns.ts';
import { hedge, strategyOf, termsOf } from './setups.ts';

// A rule that is a clock alone takes a shorter way, for all paths at once; wrapped in a composition it takes the long one.
it.each([
  [0, 1],
  [0.03, 1],
  [0.05, 0.6],
  [10, 1],
])('every %d years, %d of the delta: the short way gives the bits of the long one', (years, hedgeRatio) => {
  const clock = { kind: 'interval', years } as const;
  const costs = { feeBps: 3, halfSpreadBps: 1, fixedCost: 0.01, impactCoefficient: 2 };
  const strategies = [
    strategyOf(clock, { hedgeRatio }, costs),
    strategyOf({ kind: 'all_of', rules: [clock] }, { hedgeRatio }, costs),
  ];
  const shard = hedge({ terms: termsOf(20, 0.2), strategies, count: 1500 });
  expect(differences(shard.strategies[0]!, shard.strategies[1]!)).toBe(0);
});
