import fc from 'fast-check';
import type { BlackInput } from '../../../src/quant/pricing/black.ts';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** European options within reach of a trading desk: T one hour … 5 years, σ 1 % … 500 %, |ln(K/S)| <= 2. */
export const options: fc.Arbitrary<BlackInput> = fc
  .record({
    spot: between(0.01, 1e5),
    moneyness: between(-2, 2),
    logTime: between(Math.log(1 / 8760), Math.log(5)),
    rate: between(-0.05, 0.2),
    carry: fc.oneof(fc.constant(0), between(-0.1, 0.2)),
    logVol: between(Math.log(0.01), Math.log(5)),
    sign: fc.constantFrom(1, -1),
  })
  .map(({ spot, moneyness, logTime, rate, carry, logVol, sign }) => ({
    spot,
    strike: spot * Math.exp(moneyness),
    time: Math.exp(logTime),
    rate,
    carry,
    vol: Math.exp(logVol),
    sign,
  }));
