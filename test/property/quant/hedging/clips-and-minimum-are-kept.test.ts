import fc from 'fast-check';
import { expect, it } from 'vitest';
import { between, decide, policies, states } from './states.ts';

it('no trade is smaller than the least or larger than the largest, and a clipped one has the same sign', () => {
  fc.assert(
    fc.property(policies, states, (policy, state) => {
      const { trade, reason } = decide(policy, state);
      expect(Math.abs(trade)).toBeLessThanOrEqual(policy.maxTrade);
      if (trade !== 0) expect(Math.abs(trade)).toBeGreaterThanOrEqual(policy.minTrade);
      expect(trade !== 0).toBe(reason === 'traded' || reason === 'clipped');
      const free = decide({ ...policy, minTrade: 0, maxTrade: Infinity }, state);
      if (reason === 'traded') expect(trade).toBe(free.trade);
      if (reason === 'clipped') expect(trade).toBe(Math.sign(free.trade) * policy.maxTrade);
      if (reason === 'below_minimum_trade')
        expect(Math.min(Math.abs(free.trade), policy.maxTrade)).toBeLessThan(policy.minTrade);
    }),
    { numRuns: 3000 },
  );
});

it('there is no trade within the interval between looks, nor while cooling down', () => {
  fc.assert(
    fc.property(policies, states, between(0.01, 1), between(0, 0.99), (drawn, state, wait, part) => {
      const then = state.now - part * wait;
      const early = decide({ ...drawn, minInterval: wait }, { ...state, lastLook: then });
      expect(early).toMatchObject({ trade: 0, looked: false, reason: 'not_due', aim: state.hedge });
      const cooling = decide({ ...drawn, coolDown: wait }, { ...state, lastTrade: then });
      expect(cooling).toMatchObject({ trade: 0, looked: false, reason: 'cooling_down', aim: state.hedge });
      const due = { ...state, lastLook: state.now - wait, lastTrade: state.now - wait };
      expect(decide({ ...drawn, minInterval: wait, coolDown: wait }, due).looked).toBe(true);
    }),
  );
});
