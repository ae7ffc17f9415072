import { describe, expect, it } from 'vitest';
import { sabrGreeks, sabrVol } from '../../../../src/quant/pricing/sabr.ts';

const MODEL = { forward: 100, strike: 110, time: 1, alpha: 2, beta: 0.5, nu: 0.5, rho: -0.3 };

describe('limits of SABR', () => {
  it('at the money is the formula without z/x(z)', () => {
    const { forward, alpha, beta, nu, rho, time } = MODEL;
    const slope = alpha / forward ** (1 - beta);
    const h =
      ((1 - beta) ** 2 * slope ** 2) / 24 + (rho * beta * nu * slope) / 4 + ((2 - 3 * rho * rho) * nu * nu) / 24;
    const vol = sabrVol({ ...MODEL, strike: forward }) as number;
    expect(Math.abs(vol / (slope * (1 + h * time)) - 1)).toBeLessThan(1e-15);
  });

  it('passes smoothly from the series to the closed form of z/x(z)', () => {
    const vols = Array.from(
      { length: 200 },
      (_, i) => sabrVol({ ...MODEL, strike: 100 * Math.exp(1e-4 * (i - 100)) }) as number,
    );
    // Fourth differences of a smooth function are of order 1e-16 here, those of a jump its size.
    for (let i = 0; i + 4 < vols.length; i++) {
      const [a, b, c, d, e] = vols.slice(i, i + 5) as [number, number, number, number, number];
      expect(Math.abs(a - 4 * b + 6 * c - 4 * d + e)).toBeLessThan(3e-15);
    }
  });

  it('is flat where β = 1 and ν = 0', () => {
    for (const strike of [50, 100, 200]) expect(sabrVol({ ...MODEL, strike, alpha: 0.2, beta: 1, nu: 0 })).toBe(0.2);
  });

  it('is finite for strikes far away', () => {
    for (const strike of [1e-6, 1e6]) expect(sabrVol({ ...MODEL, strike })).toBeGreaterThan(0);
  });

  it('refuses where the expansion gives no positive vol', () => {
    const beyond = { ...MODEL, time: 30, nu: 2, rho: -0.95 };
    expect(sabrVol(beyond)).toBe('no_positive_vol');
    expect(sabrGreeks({ ...beyond, rate: 0, sign: 1 })).toBe('no_positive_vol');
  });

  it('at time 0 is the intrinsic value', () => {
    expect(sabrGreeks({ ...MODEL, time: 0, rate: 0.05, sign: -1 })).toMatchObject({
      price: 10,
      delta: -1,
      vega: 0,
      blackGamma: 0,
    });
  });
});
