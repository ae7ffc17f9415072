import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asianGeometricGreeks, AVERAGINGS } from '../../../src/quant/pricing/asian.ts';
import { barrierGreeks, BARRIER_TYPES } from '../../../src/quant/pricing/barrier.ts';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { digitalGreeks, DIGITAL_TYPES } from '../../../src/quant/pricing/digital.ts';

const positive = (low: number, high: number) =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);
const orZero = (numbers: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 9, arbitrary: numbers });
const market = fc.record({
  spot: positive(1e-6, 1e6),
  time: orZero(positive(1e-8, 50)),
  rate: fc.double({ min: -0.1, max: 0.5, noNaN: true }),
  dividendYield: fc.double({ min: -0.1, max: 0.5, noNaN: true }),
  vol: orZero(positive(1e-12, 5)),
  sign: fc.constantFrom(1, -1),
  /** Of the spot. */
  strike: positive(1e-3, 1e3),
});
const level = positive(1e-3, 1e3);

function isFinite(answer: object | string): boolean {
  return typeof answer === 'string' ? answer === 'rate_too_negative' : Object.values(answer).every(Number.isFinite);
}

describe('exotics', () => {
  it('answer numbers, whatever the inputs', () => {
    fc.assert(
      fc.property(
        market,
        level,
        fc.constantFrom(...BARRIER_TYPES),
        fc.constantFrom(...DIGITAL_TYPES),
        fc.constantFrom(...AVERAGINGS),
        (m, barrier, barrierType, digitalType, averaging) => {
          const option = { ...m, strike: m.strike * m.spot };
          const ofBarrier = {
            ...option,
            barrierType,
            barrier: barrier * m.spot,
            rebate: m.spot,
            monitoringInterval: 0,
          };
          expect(isFinite(barrierGreeks(ofBarrier))).toBe(true);
          expect(isFinite(digitalGreeks({ ...option, digitalType, cash: m.spot }))).toBe(true);
          expect(isFinite(asianGeometricGreeks({ ...option, averaging, fixings: 5 }))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('a knock-in and a knock-out without rebates make a plain option', () => {
    fc.assert(
      fc.property(market, level, fc.constantFrom('down', 'up'), (m, barrier, side) => {
        const option = { ...m, strike: m.strike * m.spot, barrier: barrier * m.spot, rebate: 0, monitoringInterval: 0 };
        const parts = [`${side}_in`, `${side}_out`].map((type) => {
          const answer = barrierGreeks({ ...option, barrierType: BARRIER_TYPES.find((known) => known === type)! });
          return typeof answer === 'string' ? NaN : answer.price;
        });
        const { price } = blackGreeks({ ...option, carry: m.rate - m.dividendYield });
        const gross = m.spot * Math.exp(-m.dividendYield * m.time) + option.strike * Math.exp(-m.rate * m.time);
        expect(Math.abs(parts[0]! + parts[1]! - price)).toBeLessThanOrEqual(1e-12 * gross);
      }),
      { numRuns: 2000 },
    );
  });
});
