import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rule } from '../../../../src/quant/hedging/policy.ts';
import { decide, plain, rules, states } from './states.ts';

const lists = fc.array(rules, { minLength: 1, maxLength: 3 });
const not = (rule: Rule): Rule => ({ kind: 'not', rule });

it('not all of them is any of their opposites, and not any of them is all of their opposites', () => {
  fc.assert(
    fc.property(lists, states, (list, state) => {
      // One `optimal` or modified leaf stands in the same place in both, for the tree is read in the same order.
      const opposites = list.map(not);
      const trade = (rule: Rule) => decide(plain(rule), state).trade;
      expect(trade(not({ kind: 'all_of', rules: list }))).toBe(trade({ kind: 'any_of', rules: opposites }));
      expect(trade(not({ kind: 'any_of', rules: list }))).toBe(trade({ kind: 'all_of', rules: opposites }));
    }),
    { numRuns: 3000 },
  );
});

it('the opposite of the opposite trades when the rule does, to the target', () => {
  fc.assert(
    fc.property(rules, states, (rule, state) => {
      const aim = state.target - state.delta;
      fc.pre(Math.abs(state.hedge - aim) > 1e-6 && decide(plain(rule), state).aim !== state.hedge);
      const once = decide(plain(rule), state).trade !== 0;
      const twice = decide(plain(not(not(rule))), state).trade !== 0;
      // A rule that wants what it has already trades nothing.
      if (once) expect(twice).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('a rule alone in a composition, or twice in it, decides as by itself', () => {
  fc.assert(
    fc.property(rules, states, (rule, state) => {
      const { trade, reason } = decide(plain(rule), state);
      expect(decide(plain({ kind: 'all_of', rules: [rule] }), state)).toMatchObject({ trade, reason });
      expect(decide(plain({ kind: 'any_of', rules: [rule, rule] }), state)).toMatchObject({ trade, reason });
    }),
    { numRuns: 2000 },
  );
});
