import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { options } from './options.ts';

it('a call less a put is a forward, in value and in every Greek', () => {
  fc.assert(
    fc.property(options, (option) => {
      const call = blackGreeks({ ...option, sign: 1 });
      const put = blackGreeks({ ...option, sign: -1 });
      const { spot, strike, time, rate, carry } = option;
      const spotLeg = spot * Math.exp((carry - rate) * time);
      const strikeLeg = strike * Math.exp(-rate * time);
      const scale = spotLeg + strikeLeg;
      expect(Math.abs(call.price - put.price - (spotLeg - strikeLeg))).toBeLessThan(1e-14 * scale);
      expect(call.delta - put.delta).toBeCloseTo(spotLeg / spot, 13);
      expect(Math.abs(call.rho - put.rho - time * strikeLeg)).toBeLessThan(1e-13 * scale * Math.max(time, 1));
      const theta = -(carry - rate) * spotLeg - rate * strikeLeg;
      const thetaScale = scale + Math.abs(call.theta);
      expect(Math.abs(call.theta - put.theta - theta)).toBeLessThan(1e-13 * thetaScale);
      const charmScale = 1 + Math.abs(call.charm);
      expect(Math.abs(call.charm - put.charm + ((carry - rate) * spotLeg) / spot)).toBeLessThan(1e-13 * charmScale);
      for (const name of ['gamma', 'vega', 'vanna', 'volga'] as const) expect(call[name]).toBe(put[name]);
    }),
    { numRuns: 500 },
  );
});
