import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { options } from './options.ts';

it('a call is a put with spot and strike, and rate and yield, exchanged', () => {
  fc.assert(
    fc.property(options, (option) => {
      const yieldRate = option.rate - option.carry;
      const mirrored = blackGreeks({
        ...option,
        spot: option.strike,
        strike: option.spot,
        rate: yieldRate,
        carry: -option.carry,
        sign: -option.sign,
      });
      const direct = blackGreeks(option);
      // d1² ulp: the price of a far option is that sensitive to its inputs, and b = r − q is rounded on the way.
      const deviation = option.vol * Math.sqrt(option.time);
      const d = (Math.abs(Math.log(option.spot / option.strike)) + Math.abs(option.carry) * option.time) / deviation;
      const tolerance = 1e-15 * (40 + 10 * (d + deviation) ** 2 + (10 * d) / deviation);
      expect(Math.abs(mirrored.price - direct.price)).toBeLessThanOrEqual(tolerance * direct.price + 1e-290);
      expect(Math.abs(mirrored.vega - direct.vega)).toBeLessThanOrEqual(tolerance * direct.vega + 1e-290);
    }),
    { numRuns: 500 },
  );
});
