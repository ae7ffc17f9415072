import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agreeing, alternatives, bands, between, decide, plain, policies, states } from './states.ts';

it('inside the band, its edges included, nothing is traded', () => {
  fc.assert(
    fc.property(bands, states, between(0, 1), (rule, state, at) => {
      const { lower, upper } = decide(plain(rule), state);
      fc.pre(Number.isFinite(lower) && Number.isFinite(upper));
      for (const hedge of [lower, upper, lower + at * (upper - lower)])
        expect(decide(plain(rule), { ...state, hedge })).toMatchObject({ trade: 0, reason: 'within_band' });
    }),
    { numRuns: 1000 },
  );
});

it('from outside, to the edge that was passed, the target, or as far between as was asked', () => {
  fc.assert(
    fc.property(bands, states, between(0, 1), (rule, state, innerFraction) => {
      const policy = plain(rule);
      const edge = decide(policy, state);
      fc.pre(edge.trade !== 0);
      const passed = edge.trade > 0 ? edge.lower : edge.upper;
      const near = 1e-11 * (Math.abs(state.hedge) + Math.abs(passed) + 200);
      const landed = (rebalanceTo: 'edge' | 'target' | 'inner') =>
        state.hedge + decide({ ...policy, rebalanceTo, innerFraction }, state).trade;
      expect(Math.abs(landed('edge') - passed)).toBeLessThanOrEqual(near);
      const target = landed('target');
      expect(target >= edge.lower - near && target <= edge.upper + near).toBe(true);
      const inner = target + innerFraction * (passed - target);
      expect(Math.abs(landed('inner') - inner)).toBeLessThanOrEqual(near);
    }),
    { numRuns: 1000 },
  );
});

it('a policy that has traded and looks again at once trades no more', () => {
  fc.assert(
    fc.property(policies, agreeing, states, (drawn, rule, state) => {
      const policy = { ...drawn, rule, maxTrade: Infinity };
      const { trade } = decide(policy, state);
      fc.pre(trade !== 0);
      expect(decide(policy, { ...state, hedge: state.hedge + trade }).trade).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

it('rules that contradict each other come to rest too, each having had its turn', () => {
  fc.assert(
    fc.property(policies, alternatives, states, (drawn, rule, state) => {
      const policy = { ...drawn, rule, maxTrade: Infinity };
      let { hedge } = state;
      for (let turn = 0; turn < 4; turn++) hedge += decide(policy, { ...state, hedge }).trade;
      expect(decide(policy, { ...state, hedge }).trade).toBe(0);
    }),
    { numRuns: 3000 },
  );
});
