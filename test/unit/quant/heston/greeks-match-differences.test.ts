import { describe, expect, it } from 'vitest';
import { hestonGreeks, type HestonGreeks, type HestonInput } from '../../../../src/quant/pricing/heston.ts';

const BASE: HestonInput = {
  spot: 100,
  strike: 110,
  rate: 0.03,
  dividendYield: 0.01,
  time: 0.7,
  v0: 0.05,
  kappa: 2,
  theta: 0.08,
  sigma: 0.6,
  rho: -0.6,
  sign: -1,
};
const OPTIONS: readonly HestonInput[] = [
  BASE,
  { ...BASE, sign: 1, strike: 80, rho: 0.4, sigma: 1.5 },
  { ...BASE, jumpIntensity: 0.5, jumpMeanLog: -0.1, jumpStdLog: 0.15 },
  { ...BASE, sign: 1, time: 5, jumpIntensity: 2, jumpMeanLog: 0.02, jumpStdLog: 0.05 },
];

function greeks(input: HestonInput): HestonGreeks {
  return hestonGreeks(input) as HestonGreeks;
}

/** Fourth-order central difference; truncation and noise (1e-12/step) are below the tolerances used. */
function difference(at: (x: number) => number, x: number, step: number): number {
  return (8 * (at(x + step) - at(x - step)) - (at(x + 2 * step) - at(x - 2 * step))) / (12 * step);
}

describe('Heston and Bates Greeks against differences', () => {
  it.each(OPTIONS)('σ $sigma, ρ $rho, λ $jumpIntensity', (input) => {
    const got = greeks(input);
    const price = (change: Partial<HestonInput>) => greeks({ ...input, ...change }).price;
    const near = (value: number, expected: number) =>
      expect(Math.abs(value - expected)).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
    near(
      got.delta,
      difference((spot) => price({ spot }), input.spot, 0.1),
    );
    near(
      got.gamma,
      difference((spot) => greeks({ ...input, spot }).delta, input.spot, 0.1),
    );
    near(
      got.vega,
      difference((vol) => price({ v0: vol * vol }), Math.sqrt(input.v0), 1e-3),
    );
    near(got.theta, -difference((time) => price({ time }), input.time, 1e-3));
    near(
      got.rho,
      difference((rate) => price({ rate }), input.rate, 1e-3),
    );
    near(
      got.rhoDividend,
      difference((dividendYield) => price({ dividendYield }), input.dividendYield, 1e-3),
    );
    const byVariance = difference((v0) => price({ v0 }), input.v0, 1e-4);
    near(got.minVarianceDelta, got.delta + (input.rho * input.sigma * byVariance) / input.spot);
  });
});
