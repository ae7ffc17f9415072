import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allBlackGreeks } from '../../../src/quant/pricing/black.ts';

/** 0, tiny, ordinary and huge: anything finite that is not negative. */
const size = fc.oneof(
  fc.constantFrom(0, 5e-324, 1e-310, 1e-100, 1, 1e100, 1e300),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0.01, max: 1000, noNaN: true }),
);
const rate = fc.oneof(fc.constantFrom(0, -1, 1, 1e3), fc.double({ min: -0.5, max: 0.5, noNaN: true }));

it('no output is NaN for any admissible input, and price, delta and dual delta have their signs', () => {
  fc.assert(
    fc.property(
      fc.record({
        spot: size,
        strike: size,
        time: size,
        rate,
        carry: rate,
        vol: size,
        sign: fc.constantFrom(1, -1),
      }),
      (option) => {
        const greeks = allBlackGreeks(option);
        const signs = [greeks.price, greeks.delta * option.sign, -greeks.dualDelta * option.sign, greeks.dualGamma];
        const nowhere = Object.entries(greeks).filter(([, value]) => Number.isNaN(value));
        expect({ nowhere, negative: signs.filter((x) => x < 0) }).toEqual({ nowhere: [], negative: [] });
      },
    ),
    { numRuns: 20_000 },
  );
});
