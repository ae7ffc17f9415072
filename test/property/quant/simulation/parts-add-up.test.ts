import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rule } from '../../../../src/quant/hedging/policy.ts';
import { DELTA_CONVENTIONS } from '../../../../src/quant/hedging/deltaConvention.ts';
import {
  type HedgeShard,
  type HedgeStrategy,
  OPTION_COLUMNS,
  optionColumn,
  SETTLEMENTS,
  strategyColumn,
  type StrategyColumn,
} from '../../../../src/quant/simulation/hedgeSetup.ts';
import { replayHistory } from '../../../../src/quant/simulation/historyReplay.ts';
import { hedge, kernel, strategyOf } from '../../../unit/quant/simulation/setups.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const rules: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ kind: fc.constant('interval' as const), years: number(0, 0.2) }),
  fc.record({
    kind: fc.constant('delta_tolerance' as const),
    below: number(0, 0.3),
    above: number(0, 0.3),
    unit: fc.constantFrom('absolute' as const, 'gross_fraction' as const),
  }),
  fc.record({
    kind: fc.constantFrom('whalley_wilmott' as const, 'zakamouline' as const),
    riskAversion: number(0.1, 10),
  }),
  fc.record({ kind: fc.constant('leland' as const), periodYears: number(0.01, 0.2) }),
  fc.constant({ kind: 'stop_loss' as const }),
);
const strategies: fc.Arbitrary<HedgeStrategy> = fc
  .record({
    rule: rules,
    policy: fc.record({
      rebalanceTo: fc.constantFrom('target' as const, 'edge' as const, 'inner' as const),
      innerFraction: number(0, 1),
      hedgeRatio: number(0, 1.5),
      coolDown: fc.constantFrom(0, 0.03),
      minTrade: fc.constantFrom(0, 0.05),
      maxTrade: fc.constantFrom(Infinity, 0.4),
    }),
    costs: fc.record({
      feeBps: number(0, 50),
      halfSpreadBps: number(0, 50),
      impactCoefficient: number(0, 20),
      impactShape: fc.constantFrom('square_root' as const, 'linear' as const),
      fixedCost: number(0, 0.1),
      fundingBpsPer8h: number(-1, 1),
    }),
    deltaConvention: fc.constantFrom(...DELTA_CONVENTIONS),
  })
  .map(({ rule, policy, costs, deltaConvention }) => ({ ...strategyOf(rule, policy, costs), deltaConvention }));
const options = fc.record({
  sign: fc.constantFrom(1, -1),
  strike: number(70, 140),
  expiryYears: number(0.02, 0.5),
  quantity: number(-3, 3),
});
const terms = fc.record({
  market: fc.record({
    rate: number(-0.05, 0.1),
    dividendYield: number(0, 0.1),
    vol: number(0, 1),
    skew: number(-1, 1),
  }),
  book: fc.array(options, { minLength: 1, maxLength: 4 }),
  financing: fc.boolean(),
  settlement: fc.constantFrom(...SETTLEMENTS),
  grid: fc.record({ steps: fc.integer({ min: 1, max: 12 }), stepYears: number(0.005, 0.05) }),
});

function expectSums(shard: HedgeShard): void {
  const near = (got: number, want: number) => expect(Math.abs(got - want)).toBeLessThan(1e-9);
  const option = OPTION_COLUMNS.map((name) => optionColumn(shard, name));
  shard.strategies.forEach((_, s) => {
    const of = (name: StrategyColumn) => strategyColumn(shard, s, name);
    for (let i = 0; i < shard.to - shard.from; i++) {
      near(of('pnl')[i]!, option[0]![i]! + of('hedgePnl')[i]! + of('financing')[i]! - of('cost')[i]!);
      const parts = (['fee', 'spread', 'impact', 'fixed', 'funding'] as const).map((name) => of(name)[i]!);
      near(
        of('cost')[i]!,
        parts.reduce((sum, part) => sum + part, 0),
      );
      near(
        option[0]![i]!,
        option.slice(1).reduce((sum, part) => sum + part[i]!, 0),
      );
    }
  });
}

it('on simulated paths the profit is the sum of its parts, for every strategy, and never NaN', () => {
  fc.assert(
    fc.property(terms, fc.array(strategies, { minLength: 1, maxLength: 3 }), fc.nat(), (setup, chosen, seed) => {
      expectSums(hedge({ terms: setup, strategies: chosen, growth: 0.1, seed, count: 5 }));
    }),
    { numRuns: 200 },
  );
});

it('along a history it is at every instant, whatever is traded and wherever marks are missing', () => {
  const count = 8;
  const column = (arbitrary: fc.Arbitrary<number>) =>
    fc.array(arbitrary, { minLength: count, maxLength: count }).map((values) => Float64Array.from(values));
  const orNothing = (arbitrary: fc.Arbitrary<number>) => fc.oneof(fc.constant(NaN), arbitrary);
  const recorded = fc.record({
    sign: fc.constantFrom(1, -1),
    strike: number(70, 140),
    expiryYears: number(0.01, 0.3),
    quantities: column(fc.oneof(fc.constant(0), number(-2, 2))),
    marks: column(orNothing(number(0, 30))),
    vols: column(orNothing(number(0.05, 1))).map((vols) => vols.map((vol, at) => (at === 0 ? 0.4 : vol))),
    slopes: column(orNothing(number(-1, 1))),
    forwards: column(orNothing(number(90, 115))),
  });
  const histories = fc.record({
    times: column(number(0.001, 0.05)).map((gaps) =>
      gaps.map((_, at) => gaps.slice(1, at + 1).reduce((a, b) => a + b, 0)),
    ),
    spots: column(number(80, 120)),
    rate: number(-0.05, 0.1),
    dividendYield: number(0, 0.1),
    options: fc.array(recorded, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      histories,
      strategies,
      fc.boolean(),
      fc.constantFrom(...SETTLEMENTS),
      (history, strategy, financing, settlement) => {
        expectSums(replayHistory(kernel, history, { financing, settlement }, [strategy]));
      },
    ),
    { numRuns: 200 },
  );
});
