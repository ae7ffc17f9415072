import { expect, it } from 'vitest';
import type { Rule } from '../../../../src/quant/hedging/policy.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { ALWAYS, hedge, strategyOf, termsOf } from './setups.ts';

const { delta } = blackGreeks({ spot: 100, strike: 100, time: 0.5, rate: 0, carry: 0, vol: 0.2, sign: 1 });
/** One step with almost no time in it, of a call sold that has half a year to go. */
const TERMS = termsOf(1, 1e-9, { book: [{ sign: 1, strike: 100, expiryYears: 0.5, quantity: -1 }] });

it.each<[string, Rule]>([
  ['a clock', ALWAYS],
  ['a clock within a composition', { kind: 'all_of', rules: [ALWAYS] }],
  ['a band of no width', { kind: 'delta_tolerance', below: 0, above: 0, unit: 'absolute' }],
])('%s leaves that much net delta, and no error', (_, rule) => {
  const shard = hedge({ terms: TERMS, strategies: [{ ...strategyOf(rule), target: 0.2 }], count: 1 });
  // The trade and the liquidation, between which the spot moves by a few millionths.
  expect(strategyColumn(shard, 0, 'turnover')[0]! / 200).toBeCloseTo(delta + 0.2, 4);
  expect(strategyColumn(shard, 0, 'hedgeError')[0]).toBeCloseTo(0, 12);
});

it.each([NaN, Infinity])('%d is none', (target) => {
  expect(() => hedge({ terms: TERMS, strategies: [{ ...strategyOf(ALWAYS), target }], count: 1 })).toThrow(RangeError);
});
