import { describe, expect, it } from 'vitest';
import { asianGeometricGreeks } from '../../../../src/quant/pricing/asian.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

const market = { spot: 80, time: 0.25, rate: 0.05, dividendYield: -0.03, vol: 0.2, strike: 85, sign: -1 };

describe('geometric Asian options', () => {
  it("give Haug's continuous average (ch. 4.20.1)", () => {
    expect(asianGeometricGreeks({ ...market, averaging: 'continuous', fixings: 0 }).price).toBeCloseTo(4.6922, 4);
  });

  // mpmath, 40 digits: e^{−rT}·Black(S·e^{(b−σ²/2)·T(n+1)/2n + s²/2}, K, s), s² = σ²T(n+1)(2n+1)/6n².
  it.each([
    [4, 4.7884082195317104],
    [12, 4.7201781355723544],
    [252, 4.6934457594217621],
  ])('%i fixings', (fixings, value) => {
    const { price } = asianGeometricGreeks({ ...market, averaging: 'discrete', fixings });
    expect(Math.abs(price - value) / market.spot).toBeLessThan(1e-12);
  });

  it('with one fixing are plain options', () => {
    const asian = asianGeometricGreeks({ ...market, averaging: 'discrete', fixings: 1 });
    const plain = blackGreeks({ ...market, carry: market.rate - market.dividendYield });
    for (const name of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const)
      expect(asian[name] / plain[name]).toBeCloseTo(1, 12);
  });
});
