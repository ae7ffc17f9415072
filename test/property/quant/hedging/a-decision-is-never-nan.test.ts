import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  lelandVarianceFactor,
  whalleyWilmottHalfWidth,
  zakamoulineHalfWidth,
  zakamoulineVarianceFactor,
} from '../../../../src/quant/hedging/bands.ts';
import { decide, policies, states } from './states.ts';

/** 0, tiny, ordinary and huge. */
const size = fc.oneof(
  fc.constantFrom(0, 5e-324, 1e-310, 1e-100, 1, 1e100, 1e300),
  fc.double({ min: 0, max: 1e3, noNaN: true }),
);
const above = size.filter((x) => x > 0);

it('whatever the policy and the state', () => {
  fc.assert(
    fc.property(policies, states, (policy, state) => {
      const { trade, lower, upper, aim } = decide(policy, state);
      expect(Number.isFinite(trade)).toBe(true);
      expect(Number.isFinite(aim)).toBe(true);
      expect(lower).not.toBeNaN();
      expect(upper).not.toBeNaN();
    }),
    { numRuns: 3000 },
  );
});

it('nor is a band, at any size of anything', () => {
  fc.assert(
    fc.property(
      fc.record({
        costRate: fc.double({ min: 0, max: 1, noNaN: true }),
        spot: above,
        rate: fc.double({ min: -1, max: 1, noNaN: true }),
        vol: size,
        years: size,
      }),
      size,
      fc.constantFrom(1, -1),
      above,
      (market, gamma, sign, riskAversion) => {
        const widths = [
          whalleyWilmottHalfWidth(market, sign * gamma, riskAversion),
          zakamoulineHalfWidth(market, sign * gamma, riskAversion),
        ];
        const factors = [
          lelandVarianceFactor(market, riskAversion, sign * gamma),
          zakamoulineVarianceFactor(market, sign * gamma, riskAversion),
        ];
        for (const width of widths) expect(width >= 0 && width < Infinity).toBe(true);
        for (const factor of factors) expect(factor >= 1e-4 && factor < Infinity).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});
