import { describe, expect, it } from 'vitest';
import { PolicySchema, quantPolicy, stepsIn } from '../../../src/hedging/policyModel.ts';

const quant = (policy: object, stepYears = 0) => quantPolicy(PolicySchema.parse(policy), stepYears);
const DAY = 1 / 365;

describe('the rule', () => {
  it.each<[object, object]>([
    [
      { kind: 'interval', everySeconds: 86_400 },
      { kind: 'interval', years: DAY },
    ],
    [
      { kind: 'leland', everySeconds: 3_600 },
      { kind: 'leland', periodYears: DAY / 24 },
    ],
    [
      { kind: 'delta_tolerance', tolerance: 0.2 },
      { kind: 'delta_tolerance', below: 0.2, above: 0.2, unit: 'absolute' },
    ],
    [
      { kind: 'delta_tolerance', toleranceBelow: 1, toleranceAbove: 2, toleranceUnit: 'cash' },
      { kind: 'delta_tolerance', below: 1, above: 2, unit: 'cash' },
    ],
    [
      { kind: 'zakamouline', riskAversion: 2 },
      { kind: 'zakamouline', riskAversion: 2 },
    ],
    [{ kind: 'stop_loss' }, { kind: 'stop_loss' }],
    [
      { kind: 'all_of', of: [{ kind: 'stop_loss' }, { kind: 'not', of: [{ kind: 'optimal', riskAversion: 1 }] }] },
      { kind: 'all_of', rules: [{ kind: 'stop_loss' }, { kind: 'not', rule: { kind: 'optimal', riskAversion: 1 } }] },
    ],
  ])('%j', (policy, rule) => {
    expect(quant(policy).rule).toEqual(rule);
  });

  it('counts steps in the length of a step of the grid', () => {
    expect(quant({ kind: 'interval', everySteps: 4 }, DAY / 4).rule).toEqual({ kind: 'interval', years: DAY });
  });
});

it('what is left out has its default; times are in years', () => {
  expect(quant({ kind: 'stop_loss' })).toMatchObject({
    ...{ innerFraction: 0.5, hedgeRatio: 1, minTrade: 0, maxTrade: Infinity, minInterval: 0, coolDown: 0 },
  });
  const given = { kind: 'stop_loss', minIntervalSeconds: 43_200, coolDownSeconds: 86_400, maxTrade: 3 };
  expect(quant(given)).toMatchObject({ minInterval: DAY / 2, coolDown: DAY, maxTrade: 3 });
});

describe('a trade ends', () => {
  const ofUtility = { kind: 'optimal', riskAversion: 1 };

  it.each<[string, object, string]>([
    ['at the edge of a band of utility', ofUtility, 'edge'],
    ['at the edge where a rule within it is one', { kind: 'any_of', of: [{ kind: 'stop_loss' }, ofUtility] }, 'edge'],
    ['at the target by any other rule', { kind: 'delta_tolerance', tolerance: 1 }, 'target'],
    ['where the policy says', { ...ofUtility, rebalanceTo: 'inner' }, 'inner'],
  ])('%s', (_where, policy, rebalanceTo) => {
    expect(quant(policy).rebalanceTo).toBe(rebalanceTo);
  });
});

it('the first rule that counts in steps is found, however deep it is', () => {
  const steps = { kind: 'interval', everySteps: 2 };
  const policy = { kind: 'all_of', of: [{ kind: 'stop_loss' }, { kind: 'not', of: [steps] }] };
  expect(stepsIn(PolicySchema.parse(policy))).toEqual(['of', 1, 'of', 0, 'everySteps']);
  expect(stepsIn(PolicySchema.parse({ kind: 'stop_loss' }))).toBeUndefined();
});
