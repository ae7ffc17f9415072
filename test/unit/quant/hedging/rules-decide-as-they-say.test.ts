import { describe, expect, it } from 'vitest';
import type { HedgeState, Policy, Rule } from '../../../../src/quant/hedging/policy.ts';
import { compilePolicy, openDecision } from '../../../../src/quant/hedging/policyDecision.ts';

const DAY = 1 / 365;
const policy = (rule: Rule, more: Partial<Policy> = {}): Policy => ({
  rule,
  rebalanceTo: 'edge',
  innerFraction: 0.5,
  hedgeRatio: 1,
  minInterval: 0,
  coolDown: 0,
  minTrade: 0,
  maxTrade: Infinity,
  ...more,
});
const state: HedgeState = {
  now: 0,
  lastLook: -Infinity,
  lastTrade: -Infinity,
  spot: 100,
  rate: 0,
  delta: -10,
  gamma: -0.5,
  grossDelta: 20,
  intrinsicDelta: -16,
  vol: 0.5,
  years: 0.25,
  costRate: 1e-3,
  target: 0,
  hedge: 6,
};
const decide = (
  rule: Rule,
  more: Partial<Policy> = {},
  at: Partial<HedgeState> = {},
  deltas = [-11],
  edges = [8, 11],
) => compilePolicy(policy(rule, more)).decide({ ...state, ...at }, deltas, edges, openDecision());
const within = (below: number, above: number): Rule => ({ kind: 'delta_tolerance', below, above, unit: 'absolute' });

describe('an interval', () => {
  const daily: Rule = { kind: 'interval', years: DAY };

  it('trades to the target when it has run out, whatever the policy says of bands', () => {
    expect(decide(daily, {}, { now: 1, lastTrade: 1 - DAY })).toEqual({
      trade: 4,
      lower: 10,
      upper: 10,
      aim: 10,
      looked: true,
      reason: 'traded',
    });
  });

  it('leaves any position alone before', () => {
    expect(decide(daily, {}, { now: 1, lastTrade: 1 - 0.9 * DAY })).toEqual({
      trade: 0,
      lower: -Infinity,
      upper: Infinity,
      aim: 10,
      looked: true,
      reason: 'not_due',
    });
  });

  it('strikes on a grid of steps whose sums are rounded', () => {
    const steps = 4;
    for (let k = 0; k < 2000; k++) {
      const at = { now: 50 + (k + steps) * 0.1 * DAY, lastTrade: 50 + k * 0.1 * DAY };
      expect(decide({ kind: 'interval', years: steps * 0.1 * DAY }, {}, at).reason).toBe('traded');
    }
  });
});

describe('a tolerance', () => {
  it.each([
    { to: 'edge', trade: 1, aim: 7 },
    { to: 'target', trade: 4, aim: 10 },
    { to: 'inner', trade: 1.75, aim: 7.75 },
  ] as const)('trades to the $to', ({ to, trade, aim }) => {
    const decision = decide(within(3, 1), { rebalanceTo: to, innerFraction: 0.75 });
    expect(decision).toMatchObject({ trade, aim, lower: 7, upper: 11, reason: 'traded' });
  });

  it('has two sides', () => {
    expect(decide(within(3, 1), {}, { hedge: 11 }).trade).toBe(0);
    expect(decide(within(3, 1), {}, { hedge: 12 }).trade).toBe(-1);
    expect(decide(within(3, Infinity), {}, { hedge: 1e9 }).trade).toBe(0);
  });

  it('is read in cash at the spot, and of the gross delta', () => {
    const both = { below: 300, above: 100 };
    expect(decide({ kind: 'delta_tolerance', ...both, unit: 'cash' })).toMatchObject({ lower: 7, upper: 11 });
    const share = { below: 0.15, above: 0.05 };
    expect(decide({ kind: 'delta_tolerance', ...share, unit: 'gross_fraction' })).toMatchObject({
      lower: 7,
      upper: 11,
    });
  });

  it('lies about the target and the share that is hedged', () => {
    expect(decide(within(1, 1), { hedgeRatio: 0.5 }, { target: 2 })).toMatchObject({ lower: 6, upper: 8, trade: 0 });
  });
});

describe('leaves that read a delta of their own', () => {
  it('leland trades to it by the clock', () => {
    expect(decide({ kind: 'leland', periodYears: DAY })).toMatchObject({ trade: 5, aim: 11 });
    expect(decide({ kind: 'leland', periodYears: DAY }, {}, { lastTrade: -0.5 * DAY }).reason).toBe('not_due');
  });

  it('zakamouline lies about it', () => {
    const { lower, upper } = decide({ kind: 'zakamouline', riskAversion: 0.1 });
    expect((lower + upper) / 2).toBeCloseTo(11, 12);
  });

  it('are counted in the order of the tree', () => {
    const rule: Rule = {
      kind: 'any_of',
      rules: [
        { kind: 'zakamouline', riskAversion: 1 },
        { kind: 'optimal', riskAversion: 3 },
        {
          kind: 'all_of',
          rules: [
            { kind: 'leland', periodYears: DAY },
            { kind: 'optimal', riskAversion: 2 },
          ],
        },
      ],
    };
    const compiled = compilePolicy(policy(rule));
    expect(compiled.modifiedLeaves).toBe(2);
    expect(compiled.optimalLeaves).toEqual([3, 2]);
    const factors = new Float64Array(2);
    compiled.factors(state, factors);
    expect(factors[1]).toBeCloseTo(1 + (Math.sqrt(8 / Math.PI) * 1e-3) / (0.5 * Math.sqrt(DAY)), 12);
    expect(factors[0]).toBeGreaterThan(1);
  });
});

describe('an optimal band', () => {
  const rule: Rule = { kind: 'optimal', riskAversion: 1 };

  it('is the one that was solved, and its middle is the target', () => {
    expect(decide(rule)).toMatchObject({ lower: 8, upper: 11, trade: 2 });
    expect(decide(rule, { rebalanceTo: 'target' }).trade).toBe(3.5);
  });

  it('is moved by the target, and shrinks with the share that is hedged to the power of two thirds', () => {
    expect(decide(rule, {}, { target: 1 })).toMatchObject({ lower: 9, upper: 12 });
    const eighth = decide(rule, { hedgeRatio: 1 / 8 });
    expect(eighth.lower).toBeCloseTo(10 / 8 - 2 / 4, 12);
    expect(eighth.upper).toBeCloseTo(10 / 8 + 1 / 4, 12);
  });
});

it('stop-loss holds what covers the intrinsic delta', () => {
  expect(decide({ kind: 'stop_loss' })).toMatchObject({ trade: 10, aim: 16 });
  expect(decide({ kind: 'stop_loss' }, {}, { intrinsicDelta: 0 })).toMatchObject({ trade: -6, aim: 0 });
});

describe('compositions', () => {
  const due: Rule = { kind: 'interval', years: 0 };
  const waiting: Rule = { kind: 'interval', years: 1e9 };
  const at = { lastTrade: -1 };

  it('all_of waits for the last of them, and trades as the first', () => {
    expect(decide({ kind: 'all_of', rules: [within(1, 1), waiting] }, {}, at).trade).toBe(0);
    expect(decide({ kind: 'all_of', rules: [within(1, 1), due] }, {}, at)).toMatchObject({
      trade: 3,
      lower: 9,
      upper: 11,
    });
    expect(decide({ kind: 'all_of', rules: [due, within(1, 1)] }, {}, at).trade).toBe(4);
  });

  it('any_of does not wait, and stays within what is common', () => {
    expect(decide({ kind: 'any_of', rules: [waiting, within(1, 1)] }, {}, at).trade).toBe(3);
    const narrower = decide({ kind: 'any_of', rules: [within(3, 3), within(1, 5)] }, {}, at);
    expect(narrower).toMatchObject({ trade: 3, lower: 9, upper: 13 });
  });

  it('not trades when the rule would not', () => {
    expect(decide({ kind: 'not', rule: within(5, 5) })).toMatchObject({ trade: 4, aim: 10 });
    expect(decide({ kind: 'not', rule: within(1, 1) }).trade).toBe(0);
  });
});

describe('the size of a trade', () => {
  it('is 0 below the minimum, which a band of no width needs', () => {
    const noGamma = { gamma: 0, hedge: 9.5 };
    const rule: Rule = { kind: 'whalley_wilmott', riskAversion: 1 };
    expect(decide(rule, { minTrade: 1 }, noGamma)).toMatchObject({ trade: 0, reason: 'below_minimum_trade', aim: 10 });
    expect(decide(rule, { minTrade: 0.5 }, noGamma)).toMatchObject({ trade: 0.5, reason: 'traded' });
  });

  it('is cut at the maximum', () => {
    expect(decide(within(0, 0), { maxTrade: 3 })).toMatchObject({ trade: 3, aim: 10, reason: 'clipped' });
    expect(decide(within(0, 0), { maxTrade: 3 }, { hedge: 20 })).toMatchObject({ trade: -3, reason: 'clipped' });
  });
});

describe('a number out of its range', () => {
  it.each([
    ['hedgeRatio', { hedgeRatio: 1.6 }],
    ['innerFraction', { innerFraction: NaN }],
    ['minInterval', { coolDown: -1 }],
    ['minTrade', { maxTrade: 0 }],
  ])('of the policy is refused: %s', (name, more) => {
    expect(() => compilePolicy(policy(within(1, 1), more))).toThrow(name);
  });

  it.each<[string, Rule]>([
    ['years', { kind: 'interval', years: NaN }],
    ['below', within(-1, 1)],
    ['periodYears', { kind: 'leland', periodYears: 0 }],
    ['riskAversion', { kind: 'not', rule: { kind: 'optimal', riskAversion: 0 } }],
    ['any_of', { kind: 'all_of', rules: [{ kind: 'any_of', rules: [] }] }],
  ])('of a rule is refused: %s', (name, rule) => {
    expect(() => compilePolicy(policy(rule))).toThrow(name);
  });

  it.each([{ hedge: NaN }, { delta: NaN }, { target: NaN }])('of the state is refused: %o', (at) => {
    expect(() => decide(within(1, 1), {}, at)).toThrow(RangeError);
  });
});
