import { describe, expect, it } from 'vitest';
import { americanPrice, type AmericanTier } from '../../../../src/quant/pricing/american.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { referenceJson, referencePresent } from '../../../support/reference.ts';

interface Published {
  readonly r_0_05: number;
  readonly r_0_075: number;
  readonly r_0_075_fpb: number;
}

/** American less European: put, S = K = 100, T = 1, q = 5 %, σ = 25 %. */
function premium(rate: number, tier: AmericanTier): number {
  const put = { spot: 100, strike: 100, time: 1, rate, dividendYield: 0.05, vol: 0.25, sign: -1 };
  return (americanPrice(put, tier) as number) - blackGreeks({ ...put, carry: rate - 0.05 }).price;
}

describe.runIf(referencePresent)('the worked example of Andersen, Lake and Offengenden (2016)', () => {
  const published = (referencePresent
    ? referenceJson<{ andersen_lake_offengenden_2015: Published }>('high_precision_singles.json')
        .andersen_lake_offengenden_2015
    : {}) as unknown as Published;

  // The paper's two formulations differ by 2.5e-8 and 1.0e-7 from each other: that is what its digits are worth.
  it('gives both premiums to the digits on which its formulations agree', () => {
    expect(Math.abs(premium(0.05, 'high') - published.r_0_05)).toBeLessThan(2.5e-8);
    expect(Math.abs(premium(0.075, 'high') - published.r_0_075)).toBeLessThan(1.1e-7);
    expect(Math.abs(premium(0.075, 'high') - published.r_0_075_fpb)).toBeLessThan(1.1e-7);
  });

  it('gives the premium that QuantLib 1.29 finds at high precision', () => {
    expect(Math.abs(premium(0.05, 'high') - 0.10695270275)).toBeLessThan(1e-10);
  });

  it('holds every tier to its tolerance', () => {
    expect(Math.abs(premium(0.075, 'accurate') - premium(0.075, 'high'))).toBeLessThan(1e-6);
    expect(Math.abs(premium(0.075, 'fast') - premium(0.075, 'high'))).toBeLessThan(1e-3);
  });
});
