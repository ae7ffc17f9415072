import { describe, expect, it } from 'vitest';
import { hestonGreeks, type HestonGreeks, type HestonInput } from '../../../../src/quant/pricing/heston.ts';
import { referenceJson, referencePresent } from '../../../support/reference.ts';

interface Published {
  readonly heston_alan_lewis: {
    readonly strikes: readonly number[];
    readonly call: readonly string[];
    readonly put: readonly string[];
  };
  readonly heston_wilmott: { readonly K: readonly number[]; readonly value: readonly number[] };
}

function price(input: HestonInput): number {
  return (hestonGreeks(input) as HestonGreeks).price;
}

describe.runIf(referencePresent)('published Heston prices', () => {
  const published = (referencePresent ? referenceJson('high_precision_singles.json') : {}) as Published;

  it("gives Lewis' ten prices to 1e-14 of themselves", () => {
    const { strikes, call, put } = published.heston_alan_lewis;
    const model = {
      spot: 100,
      rate: 0.01,
      dividendYield: 0.02,
      time: 1,
      v0: 0.04,
      kappa: 4,
      theta: 0.25,
      sigma: 1,
      rho: -0.5,
    };
    expect(strikes.length).toBe(5);
    strikes.forEach((strike, i) => {
      expect(Math.abs(price({ ...model, strike, sign: 1 }) / Number(call[i]) - 1)).toBeLessThan(1e-14);
      expect(Math.abs(price({ ...model, strike, sign: -1 }) / Number(put[i]) - 1)).toBeLessThan(1e-14);
    });
  });

  it('gives the three prices of the Wilmott forum to the digits that they have', () => {
    const model = {
      spot: Math.exp(-0.03 * 0.7),
      rate: 0.05,
      dividendYield: 0.02,
      time: 0.7,
      v0: 0.09,
      kappa: 1.2,
      theta: 0.08,
      sigma: 1.8,
      rho: -0.45,
      sign: 1,
    };
    // Printed to seven decimals, of which the last are off: mpmath has 0.13303697600, 0.06410165088, 0.02706500253.
    const exact = [0.1330369759950741, 0.06410165088434576, 0.02706500252670587];
    published.heston_wilmott.K.forEach((strike, i) => {
      expect(Math.abs(price({ ...model, strike }) - published.heston_wilmott.value[i]!)).toBeLessThan(6e-7);
      expect(Math.abs(price({ ...model, strike }) - exact[i]!)).toBeLessThan(1e-14);
    });
  });
});
