import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allBlackGreeks } from '../../../src/quant/pricing/black.ts';
import { options } from './options.ts';

const RUNS = { numRuns: 1000 };
/** Of sums of a handful of terms, each within a few ulp of itself, except that d1² ulp (d1 <= 37) meet in the tails. */
const TOLERANCE = 1e-11;

it('Euler: V = S·delta + K·dual delta, and S²·gamma = K²·dual gamma', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { spot, strike } = option;
      const g = allBlackGreeks(option);
      const scale = Math.abs(spot * g.delta) + Math.abs(strike * g.dualDelta);
      expect(Math.abs(g.price - spot * g.delta - strike * g.dualDelta)).toBeLessThanOrEqual(TOLERANCE * scale);
      const bend = spot * spot * g.gamma;
      expect(Math.abs(bend - strike * strike * g.dualGamma)).toBeLessThanOrEqual(TOLERANCE * bend + 1e-290);
    }),
    RUNS,
  );
});

it('call and put share every Greek of the density; their dual deltas and dividend rhos are in parity', () => {
  fc.assert(
    fc.property(options, (option) => {
      const call = allBlackGreeks({ ...option, sign: 1 });
      const put = allBlackGreeks({ ...option, sign: -1 });
      for (const name of ['speed', 'zomma', 'color', 'veta', 'ultima', 'dualGamma'] as const)
        expect(call[name], name).toBe(put[name]);
      const discount = Math.exp(-option.rate * option.time);
      expect(Math.abs(call.dualDelta - put.dualDelta + discount)).toBeLessThanOrEqual(TOLERANCE * discount);
      const leg = option.time * option.spot * Math.exp((option.carry - option.rate) * option.time);
      expect(Math.abs(call.rhoDividend - put.rhoDividend + leg)).toBeLessThanOrEqual(TOLERANCE * leg);
    }),
    RUNS,
  );
});

it('is homogeneous: a power of two in spot and strike passes through exactly', () => {
  fc.assert(
    fc.property(options, fc.integer({ min: -20, max: 20 }), (option, exponent) => {
      const c = 2 ** exponent;
      const one = allBlackGreeks(option);
      if (Math.min(one.gamma, one.vega, one.price) < 1e-250) return;
      const many = allBlackGreeks({ ...option, spot: c * option.spot, strike: c * option.strike });
      for (const name of ['rhoDividend', 'veta', 'ultima'] as const) expect(many[name], name).toBe(c * one[name]);
      expect(many.dualDelta).toBe(one.dualDelta);
      for (const name of ['zomma', 'color', 'dualGamma'] as const) expect(many[name], name).toBe(one[name] / c);
      expect(many.speed).toBe(one.speed / c / c);
    }),
    RUNS,
  );
});
