import fc from 'fast-check';
import type { HedgeState, Policy, Rule } from '../../../../src/quant/hedging/policy.ts';
import { compilePolicy, type Decision, openDecision } from '../../../../src/quant/hedging/policyDecision.ts';

export const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
export const positive = (min: number, max: number) => between(Math.log(min), Math.log(max)).map(Math.exp);
const orZero = (numbers: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 5, arbitrary: numbers });

export const states: fc.Arbitrary<HedgeState> = fc.record({
  now: between(0, 60),
  lastLook: fc.constant(-Infinity),
  lastTrade: fc.oneof(fc.constant(-Infinity), between(-1, 60)),
  spot: positive(1e-3, 1e6),
  rate: between(-0.1, 0.3),
  delta: between(-100, 100),
  gamma: orZero(between(-10, 10)),
  grossDelta: between(100, 200),
  intrinsicDelta: between(-100, 100),
  vol: orZero(positive(1e-3, 5)),
  years: orZero(positive(1e-8, 5)),
  costRate: orZero(positive(1e-7, 0.1)),
  target: between(-100, 100),
  hedge: between(-300, 300),
});

const riskAversion = positive(1e-8, 1e4);
const size = fc.oneof(fc.constant(0), between(0, 50), fc.constant(Infinity));
const tolerances: fc.Arbitrary<Rule> = fc.record({
  kind: fc.constant('delta_tolerance' as const),
  below: size,
  above: size,
  unit: fc.constantFrom('absolute', 'cash', 'gross_fraction'),
});
const intervals: fc.Arbitrary<Rule> = fc.record({ kind: fc.constant('interval' as const), years: between(0, 2) });
const about = (kinds: ('whalley_wilmott' | 'zakamouline' | 'optimal')[]): fc.Arbitrary<Rule> =>
  fc.record({ kind: fc.constantFrom(...kinds), riskAversion });
/** Rules that name a band in every state. */
export const bands: fc.Arbitrary<Rule> = fc.oneof(
  tolerances,
  about(['whalley_wilmott', 'zakamouline', 'optimal']),
  fc.constant({ kind: 'stop_loss' as const }),
);
const leaves: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 3, arbitrary: bands },
  { weight: 1, arbitrary: intervals },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leland' as const), periodYears: positive(1e-6, 2) }) },
);
const joined = (rule: fc.Arbitrary<Rule>) =>
  fc.record({
    kind: fc.constantFrom('all_of' as const, 'any_of' as const),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  });
const shape = { depthSize: 'small', withCrossShrink: true } as const;
export const rules: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    shape,
    leaves,
    joined(tie('rule')),
    fc.record({ kind: fc.constant('not' as const), rule: tie('rule') }),
  ),
})).rule;
/** Compositions of rules about one position, so that none is content only where another is not. */
export const agreeing: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(shape, fc.oneof(tolerances, about(['whalley_wilmott', 'optimal']), intervals), joined(tie('rule'))),
})).rule;
/** Any of several bands and clocks, whatever they are about. */
export const alternatives: fc.Arbitrary<Rule> = fc.record({
  kind: fc.constant('any_of' as const),
  rules: fc.array(leaves, { minLength: 1, maxLength: 4 }),
});

export function plain(rule: Rule): Policy {
  return {
    rule,
    rebalanceTo: 'edge',
    innerFraction: 0.5,
    hedgeRatio: 1,
    minInterval: 0,
    coolDown: 0,
    minTrade: 0,
    maxTrade: Infinity,
  };
}

export const policies: fc.Arbitrary<Policy> = fc.record({
  rule: rules,
  rebalanceTo: fc.constantFrom('target', 'edge', 'inner'),
  innerFraction: between(0, 1),
  hedgeRatio: between(0, 1.5),
  minInterval: fc.constant(0),
  coolDown: fc.oneof(fc.constant(0), between(0, 1)),
  minTrade: fc.oneof(fc.constant(0), between(0, 20)),
  maxTrade: fc.oneof(fc.constant(Infinity), between(1, 50)),
});

/** The decision, with deltas that lean a little and a band of 2 about the delta for each leaf that reads one. */
export function decide(policy: Policy, state: HedgeState): Decision {
  const compiled = compilePolicy(policy);
  const factors = new Float64Array(compiled.modifiedLeaves);
  compiled.factors(state, factors);
  const deltas = factors.map((factor) => state.delta * (1 + 0.1 * Math.log(factor) ** 2));
  const edges = Float64Array.from(
    { length: 2 * compiled.optimalLeaves.length },
    (_, i) => (i % 2 ? 1 : -1) - state.delta,
  );
  return compiled.decide(state, deltas, edges, openDecision());
}
