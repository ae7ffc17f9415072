import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlackInput, blackGreeks } from '../../../src/quant/pricing/black.ts';
import { options } from './options.ts';

const price = (option: BlackInput): number => blackGreeks(option).price;
/** Two neighbours may be equal, or out of order by their rounding errors. */
const slack = (option: BlackInput): number => 1e-12 * (price(option) + 1e-280);
const holds = (check: (option: BlackInput, growth: number) => void) =>
  fc.assert(fc.property(options, fc.double({ min: 1e-3, max: 1, noNaN: true }), check), { numRuns: 300 });

describe('the price of an option', () => {
  it('grows with volatility', () => {
    holds((o, g) => {
      expect(price({ ...o, vol: o.vol * (1 + g) })).toBeGreaterThanOrEqual(price(o) - slack(o));
    });
  });

  it('rises with the spot for a call and falls for a put', () => {
    holds((o, g) => {
      const change = price({ ...o, spot: o.spot * (1 + g) }) - price(o);
      expect(o.sign * change).toBeGreaterThanOrEqual(-slack(o));
    });
  });

  it('falls with the strike for a call and rises for a put', () => {
    holds((o, g) => {
      const change = price({ ...o, strike: o.strike * (1 + g) }) - price(o);
      expect(o.sign * change).toBeLessThanOrEqual(slack(o));
    });
  });

  it('on a forward without interest grows with time', () => {
    holds((o, g) => {
      const forward = { ...o, rate: 0, carry: 0 };
      expect(price({ ...forward, time: o.time * (1 + g) })).toBeGreaterThanOrEqual(price(forward) - slack(forward));
    });
  });

  it('lies between discounted intrinsic value and the leg received', () => {
    holds((o) => {
      const spotLeg = o.spot * Math.exp((o.carry - o.rate) * o.time);
      const strikeLeg = o.strike * Math.exp(-o.rate * o.time);
      const rounding = 1e-14 * (spotLeg + strikeLeg);
      expect(price(o)).toBeGreaterThanOrEqual(Math.max(o.sign * (spotLeg - strikeLeg), 0) - rounding);
      expect(price(o)).toBeLessThanOrEqual((o.sign > 0 ? spotLeg : strikeLeg) + rounding);
    });
  });
});
