import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { hestonGreeks, type HestonGreeks, type HestonInput } from '../../../../src/quant/pricing/heston.ts';
import { seededUniform } from '../precise-black.ts';

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
const price = (input: HestonInput): number => (hestonGreeks(input) as HestonGreeks).price;
const black = (input: HestonInput, variance: number): number =>
  blackGreeks({ ...input, carry: input.rate - input.dividendYield, vol: Math.sqrt(variance) }).price;

describe('limits of Heston and Bates', () => {
  it.each([0, 1e-9, 1e-7, 1e-6])('without volatility of variance (σ = %d) is Black at the mean variance', (sigma) => {
    const { v0, kappa, theta, time } = BASE;
    const mean = theta + ((v0 - theta) * -Math.expm1(-kappa * time)) / (kappa * time);
    // The price moves by σ times a coefficient of about 2.1 here.
    expect(Math.abs(price({ ...BASE, sigma }) - black(BASE, mean))).toBeLessThan(1e-11 + 3 * sigma);
    expect(Math.abs(price({ ...BASE, sigma, kappa: 0 }) - black(BASE, v0))).toBeLessThan(1e-11 + 3 * sigma);
  });

  it('with jumps and no stochastic variance is the series of Merton (1976)', () => {
    const [lambda, mean, std] = [0.8, -0.1, 0.2];
    const { v0, time, rate, dividendYield } = BASE;
    const drift = Math.expm1(mean + 0.5 * std * std);
    let series = 0;
    let weight = Math.exp(-lambda * time);
    for (let n = 0; n < 40; n++) {
      const shift = (n * (mean + 0.5 * std * std)) / time - lambda * drift;
      const vol = Math.sqrt(v0 + (n * std * std) / time);
      const carry = rate - dividendYield + shift;
      const option = { ...BASE, carry, vol };
      series += weight * blackGreeks(option).price;
      weight *= (lambda * time) / (n + 1);
    }
    const bates = { ...BASE, sigma: 0, kappa: 0, jumpIntensity: lambda, jumpMeanLog: mean, jumpStdLog: std };
    expect(Math.abs(price(bates) - series)).toBeLessThan(1e-11);
  });

  it('at time 0, and with no variance to come, is deterministic', () => {
    expect(hestonGreeks({ ...BASE, time: 0 })).toMatchObject({ price: 10, delta: -1, gamma: 0, vega: 0 });
    const certain = { ...BASE, v0: 0, theta: 0 };
    expect(price(certain)).toBe(black(certain, 0));
    expect(price({ ...certain, sign: 1 })).toBe(0);
  });

  it.each([
    { rho: 1 },
    { rho: -1 },
    { v0: 0 },
    { theta: 0 },
    { kappa: 0 },
    { time: 1e-6 },
    { time: 50 },
    { strike: 1e-3 },
    { strike: 1e6 },
  ])('is a number within its bounds at the edge of its domain: %o', (edge) => {
    for (const sign of [1, -1]) {
      const input = { ...BASE, ...edge, sign };
      const greeks = hestonGreeks(input) as HestonGreeks;
      for (const value of Object.values(greeks)) expect(Number.isFinite(value)).toBe(true);
      const spotLeg = input.spot * Math.exp(-input.dividendYield * input.time);
      const strikeLeg = input.strike * Math.exp(-input.rate * input.time);
      expect(greeks.price).toBeGreaterThanOrEqual(Math.max(0, sign * (spotLeg - strikeLeg)));
      expect(greeks.price).toBeLessThanOrEqual(sign > 0 ? spotLeg : strikeLeg);
    }
  });

  it('refuses what does not converge, rather than answer it', () => {
    // Jumps of one size only and next to no diffusion: the transform hardly dies away.
    const lattice = {
      ...BASE,
      time: 0.01,
      v0: 1e-7,
      theta: 0,
      jumpIntensity: 1,
      jumpMeanLog: -0.1,
      jumpStdLog: 0,
      strike: 90,
    };
    expect(hestonGreeks({ ...lattice, sigma: 1.5 })).toBe('quadrature_disagrees');
  });

  it('calls and puts are in parity, and hardly any ordinary option is refused', () => {
    const uniform = seededUniform(20260304);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const input: HestonInput = {
        spot: 100,
        strike: 50 * 4 ** uniform(),
        time: (1 / 52) * 520 ** uniform(),
        rate: 0.15 * uniform() - 0.05,
        dividendYield: 0.15 * uniform() - 0.05,
        v0: 0.005 * 100 ** uniform(),
        kappa: 0.2 + 5 * uniform(),
        theta: 0.01 * 50 ** uniform(),
        sigma: 0.1 * 20 ** uniform(),
        rho: 1.5 * uniform() - 0.95,
        sign: 1,
      };
      const call = hestonGreeks(input);
      const put = hestonGreeks({ ...input, sign: -1 });
      if (call === 'quadrature_disagrees' || put === 'quadrature_disagrees') {
        refused++;
        continue;
      }
      const parity =
        input.spot * Math.exp(-input.dividendYield * input.time) - input.strike * Math.exp(-input.rate * input.time);
      expect(Math.abs(call.price - put.price - parity)).toBeLessThan(1e-10);
    }
    expect(refused).toBe(0);
  });
});
