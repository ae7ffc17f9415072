import { describe, expect, it } from 'vitest';
import { TargetSchema } from '../../../src/hedging/model.ts';
import { needOfPolicy, needOfTarget } from '../../../src/hedging/need.ts';
import type { HedgeState } from '../../../src/quant/hedging/policy.ts';
import type { Decision } from '../../../src/quant/hedging/policyDecision.ts';

const TARGET = TargetSchema.parse({ underlying: 'BTC' });
/** A book of delta −5 of which 3 are hedged: the net delta is −2. */
const STATE: HedgeState = {
  ...{ now: 1, lastLook: 0, lastTrade: -Infinity, spot: 100, rate: 0 },
  ...{ delta: -5, gamma: -0.25, grossDelta: 5, intrinsicDelta: -10, vol: 0.6, years: 0.5, costRate: 0.001 },
  ...{ target: 0, hedge: 3 },
};
/** Hedges of 4 to 6 are left alone: net deltas of −1 to 1. */
const DECISION: Decision = { trade: 1, lower: 4, upper: 6, aim: 4, reason: 'traded', looked: true };
const ABOUT = {
  ...{ kind: 'delta_tolerance', policyId: null, policyVersion: null, rebalanceTo: 'edge' },
  ...{ tools: [], maxClips: 2, hasOptions: true },
};
const need = (decision: Partial<Decision> = {}, about: Partial<typeof ABOUT> = {}, state: Partial<HedgeState> = {}) =>
  needOfPolicy(TARGET, 'black_scholes', { ...STATE, ...state }, { ...DECISION, ...decision }, { ...ABOUT, ...about });

it('the band of the hedge becomes one of the net delta', () => {
  expect(need().decision).toEqual({
    ...{ kind: 'delta_tolerance', policyId: null, policyVersion: null, reason: 'traded' },
    ...{ lower: -1, upper: 1, aim: -1, trade: 1, spot: 100, gamma: -0.25 },
    ...{ vol: 0.6, yearsToExpiry: 0.5, costRate: 0.001 },
  });
  expect(need().exposure).toBe(
    'The black-scholes delta of BTC/USD is -2; delta_tolerance leaves it alone from -1 to 1',
  );
});

describe('what is beyond the band is measured', () => {
  it('from its middle, where the edge is aimed at', () => {
    expect(need()).toMatchObject({
      needed: 1,
      middle: 0,
      excess: -2,
      tolerance: 1,
      rebalanceTo: 'edge',
      noTrade: null,
    });
  });

  it('from the aim, where the target is', () => {
    const told = need({ trade: 2, aim: 5 }, { rebalanceTo: 'target' });
    expect(told).toMatchObject({ needed: 2, middle: 0, excess: -2, rebalanceTo: 'target' });
  });

  it('from the middle all the same where the trade is clipped, which leaves the rest to be told', () => {
    expect(need({ trade: 0.5, reason: 'clipped' })).toMatchObject({
      ...{ needed: 0.5, middle: 0, excess: -2, rebalanceTo: 'target', isClipped: true },
    });
  });
});

it('a clock has no band', () => {
  const told = need({ lower: -Infinity, upper: Infinity, trade: 0, aim: 3, reason: 'not_due' });
  expect(told.decision).toMatchObject({ lower: null, upper: null, aim: -2 });
  expect(told).toMatchObject({ tolerance: 0, noTrade: { code: 'not_due' } });
  expect(told.exposure).not.toContain('leaves it alone');
});

it('without options there is no volatility to tell', () => {
  expect(need({}, { hasOptions: false }).decision).toMatchObject({ vol: null, yearsToExpiry: null });
});

it.each([
  ['within_band', 'within_tolerance'],
  ['not_due', 'not_due'],
  ['cooling_down', 'cooling_down'],
  ['below_minimum_trade', 'below_minimum_trade'],
] as const)('%s is the reason %s', (reason, code) => {
  const { noTrade, exposure } = need({ trade: 0, reason });
  expect(noTrade!.code).toBe(code);
  expect(noTrade!.detail).toContain(exposure);
});

it('by the tolerance of a target there is no decision to tell', () => {
  const target = { ...TARGET, target: 1, tolerance: 0.5 };
  expect(needOfTarget({ rebalanceTo: 'edge' }, target, 'black_scholes', 3)).toMatchObject({
    ...{ needed: -1.5, middle: 1, excess: 2, tolerance: 0.5, noTrade: null, decision: null, maxClips: 1 },
  });
});
