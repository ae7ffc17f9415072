import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HedgeState, Rule, ToleranceUnit } from '../../../../src/quant/hedging/policy.ts';
import { between, decide, plain, positive, states } from './states.ts';

const symmetric: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .tuple(between(0, 50), fc.constantFrom<ToleranceUnit>('absolute', 'cash', 'gross_fraction'))
    .map(([size, unit]) => ({ kind: 'delta_tolerance' as const, below: size, above: size, unit })),
  fc.record({ kind: fc.constant('whalley_wilmott' as const), riskAversion: positive(1e-6, 1e3) }),
  fc.constant({ kind: 'stop_loss' as const }),
  fc.record({ kind: fc.constant('interval' as const), years: between(0, 2) }),
);
const tolerances = fc.tuple(between(0, 50), between(0, 50));

function mirrored(state: HedgeState): HedgeState {
  const { delta, gamma, intrinsicDelta, target, hedge } = state;
  return { ...state, delta: -delta, gamma: -gamma, intrinsicDelta: -intrinsicDelta, target: -target, hedge: -hedge };
}

it('the book the other way round is hedged the other way round', () => {
  fc.assert(
    fc.property(symmetric, states, (rule, state) => {
      const one = decide(plain(rule), state);
      const other = decide(plain(rule), mirrored(state));
      expect(other.trade + one.trade).toBe(0);
      expect([other.lower + one.upper, other.upper + one.lower].every((sum) => !(Math.abs(sum) > 0))).toBe(true);
      expect(other.reason).toBe(one.reason);
    }),
    { numRuns: 1000 },
  );
});

it('so are bands that are not symmetric, their sides exchanged', () => {
  fc.assert(
    fc.property(tolerances, states, ([below, above], state) => {
      const rule = { kind: 'delta_tolerance', unit: 'absolute' } as const;
      const one = decide(plain({ ...rule, below, above }), state);
      const other = decide(plain({ ...rule, below: above, above: below }), mirrored(state));
      expect(other.trade + one.trade).toBe(0);
    }),
  );
});

it('a tolerance in cash is one in units times the spot, one of gross delta grows with the book', () => {
  fc.assert(
    fc.property(tolerances, states, ([below, above], state) => {
      const trade = (unit: ToleranceUnit, scale: number) =>
        decide(plain({ kind: 'delta_tolerance', below: below * scale, above: above * scale, unit }), state).trade;
      const near = 1e-9 * (Math.abs(state.hedge) + state.grossDelta);
      const absolute = trade('absolute', 1);
      expect(Math.abs(trade('cash', state.spot) - absolute)).toBeLessThanOrEqual(near);
      expect(Math.abs(trade('gross_fraction', 1 / state.grossDelta) - absolute)).toBeLessThanOrEqual(near);
    }),
  );
});

it('a book of 2ⁿ times everything, hedged at a 2⁻ⁿ of the risk aversion, trades 2ⁿ times as much', () => {
  fc.assert(
    fc.property(positive(1e-6, 1e3), states, fc.integer({ min: -9, max: 9 }), (riskAversion, state, n) => {
      const c = 2 ** n;
      const { delta, gamma, grossDelta, target, hedge } = state;
      const scaled = {
        delta: c * delta,
        gamma: c * gamma,
        grossDelta: c * grossDelta,
        target: c * target,
        hedge: c * hedge,
      };
      const one = decide(plain({ kind: 'whalley_wilmott', riskAversion }), state);
      const many = decide(plain({ kind: 'whalley_wilmott', riskAversion: riskAversion / c }), { ...state, ...scaled });
      const near = 1e-12 * c * (Math.abs(hedge) + grossDelta + Math.abs(target) + one.upper - one.lower);
      expect(Math.abs(many.trade - c * one.trade)).toBeLessThanOrEqual(near);
    }),
  );
});
