import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/quant/hedging/optimiser/model.ts';
import { candidate, problem, solve, target } from './problems.ts';

const limit = { value: 1, priority: 0, scale: 1 } as const;
const wrong: [string, Partial<Problem>, string, string][] = [
  ['an exposure that is no number', { factors: Float64Array.of(NaN) }, 'not_finite', 'factors'],
  ['an infinite risk aversion', { riskAversion: Infinity }, 'not_finite', 'riskAversion'],
  ['a negative risk aversion', { riskAversion: -1 }, 'negative_cost', 'riskAversion'],
  ['a covariance of another size', { covariance: Float64Array.of(1, 0, 0, 1) }, 'wrong_length', 'covariance'],
  ['a negative variance', { covariance: Float64Array.of(-1) }, 'covariance_not_psd', 'covariance'],
  ['a negative cost', { candidates: [candidate({ buyCost: -1 })] }, 'negative_cost', 'perpetual'],
  ['a negative lot', { candidates: [candidate({ lot: -1 })] }, 'negative_size', 'perpetual'],
  ['no limit on a trade', { candidates: [candidate({ maxBuy: Infinity })] }, 'not_finite', 'perpetual'],
  [
    'a Greek too few',
    { targets: [target({ id: 'delta', value: 1 })], candidates: [candidate()] },
    'wrong_length',
    'perpetual',
  ],
  ['the same candidate twice', { candidates: [candidate(), candidate()] }, 'duplicate_id', 'perpetual'],
  ['a target that is no number', { targets: [target({ id: 'delta', value: NaN })] }, 'not_finite', 'delta'],
  ['a negative tolerance', { targets: [target({ id: 'delta', value: 0, tolerance: -1 })] }, 'negative_size', 'delta'],
  ['a scale of 0', { targets: [target({ id: 'delta', value: 0, scale: 0 })] }, 'scale_not_positive', 'delta'],
  ['a limit’s scale of 0', { limits: { maxLegs: { ...limit, scale: 0 } } }, 'scale_not_positive', 'maxLegs'],
  ['a target named as a limit', { targets: [target({ id: 'maxCost', value: 0 })] }, 'duplicate_id', 'maxCost'],
];

describe('refused is', () => {
  it.each(wrong)('%s', (_, over, reason, subject) => {
    expect(solve(problem(over))).toEqual({ status: 'invalid', reason, subject });
  });
});

describe('fine are', () => {
  it('no candidates, no targets, no risk: nothing is traded', () => {
    const empty = problem({ factors: new Float64Array(0), covariance: new Float64Array(0) });
    expect(solve(empty)).toMatchObject({ status: 'solved', alternatives: [{ legs: [], variance: 0 }] });
  });

  it('a book that moves nothing, and candidates that may not be traded', () => {
    const still = problem({ candidates: [candidate({ maxBuy: 0, maxSell: 0 })], covariance: Float64Array.of(0) });
    expect(solve(still)).toMatchObject({ status: 'solved', alternatives: [{ legs: [], gap: 0 }] });
  });
});
