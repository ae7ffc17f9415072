import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { options } from './options.ts';

// A power of two scales doubles exactly, so the equalities are exact too, as long as nothing is subnormal.
it('is homogeneous: scaling spot and strike scales money and leaves delta alone', () => {
  fc.assert(
    fc.property(options, fc.integer({ min: -20, max: 20 }), (option, exponent) => {
      const c = 2 ** exponent;
      const one = blackGreeks(option);
      if (one.price < 1e-280 || one.vega < 1e-280) return;
      const many = blackGreeks({ ...option, spot: c * option.spot, strike: c * option.strike });
      for (const name of ['price', 'vega', 'theta', 'rho', 'volga'] as const) expect(many[name]).toBe(c * one[name]);
      for (const name of ['delta', 'vanna', 'charm'] as const) expect(many[name]).toBe(one[name]);
      expect(many.gamma).toBe(one.gamma / c);
    }),
    { numRuns: 500 },
  );
});
