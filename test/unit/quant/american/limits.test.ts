import { describe, expect, it } from 'vitest';
import {
  type AmericanGreeks,
  americanGreeks,
  type AmericanInput,
  americanPrice,
} from '../../../../src/quant/pricing/american.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

const PUT: AmericanInput = { spot: 90, strike: 100, time: 1, rate: 0.05, dividendYield: 0.02, vol: 0.3, sign: -1 };

describe('limits of American options', () => {
  it('at time 0 is the intrinsic value, with a step in delta', () => {
    const at = (spot: number) => americanGreeks({ ...PUT, spot, time: 0 }, 'fast') as AmericanGreeks;
    expect(at(90)).toEqual({ price: 10, delta: -1, gamma: 0, vega: 0, theta: 0, rho: 0, rhoDividend: 0 });
    expect(at(100)).toMatchObject({ price: 0, delta: -0.5 });
    expect(at(110).price).toBe(0);
    expect(Math.abs(at(110).delta)).toBe(0);
  });

  it('as time goes to 0 the price goes to the intrinsic value', () => {
    for (const time of [1e-4, 1e-8, 1e-12])
      expect(Math.abs((americanPrice({ ...PUT, spot: 99.99, time }, 'accurate') as number) - 0.01)).toBeLessThan(
        50 * Math.sqrt(time),
      );
  });

  it('beyond the boundary is exercised', () => {
    expect(americanGreeks({ ...PUT, spot: 30 }, 'accurate')).toEqual({
      price: 70,
      delta: -1,
      gamma: 0,
      vega: 0,
      theta: 0,
      rho: 0,
      rhoDividend: 0,
    });
  });

  it('far out of the money is as little as the European value', () => {
    const far = { ...PUT, spot: 1e5 };
    const american = americanPrice(far, 'high') as number;
    const european = blackGreeks({ ...far, carry: 0.03 }).price;
    expect(american).toBeGreaterThanOrEqual(european);
    expect(american).toBeLessThan(1.01 * european);
  });

  // Without randomness the holder exercises at ln(qS/rK)/(q − r) years, or at once, or at expiry.
  it('as vol goes to 0 is the best deterministic exercise', () => {
    const put = { ...PUT, rate: 0.1, dividendYield: 0.2, time: 8 };
    const best = Math.log((0.2 * 90) / (0.1 * 100)) / (0.2 - 0.1);
    const value = 100 * Math.exp(-0.1 * best) - 90 * Math.exp(-0.2 * best);
    expect(Math.abs((americanPrice({ ...put, vol: 0 }, 'high') as number) - value)).toBeLessThan(1e-10 * 100);
    expect(Math.abs((americanPrice({ ...put, vol: 1e-6 }, 'high') as number) - value)).toBeLessThan(1e-8 * 100);
  });

  it.each([{ q: 0.02 }, { q: 0.05 }, { q: 0.12 }, { q: -0.03 }])(
    'for a long life is the perpetual put of Merton (1973): q $q',
    ({ q }) => {
      const { rate: r, vol } = PUT;
      const drift = r - q - 0.5 * vol * vol;
      const lambda = (-drift - Math.sqrt(drift * drift + 2 * r * vol * vol)) / (vol * vol);
      const critical = (lambda / (lambda - 1)) * 100;
      const perpetual = (100 - critical) * (90 / critical) ** lambda;
      expect(
        Math.abs((americanPrice({ ...PUT, dividendYield: q, time: 2000 }, 'high') as number) - perpetual),
      ).toBeLessThan(1e-8);
    },
  );

  it('meets intrinsic value smoothly at the boundary of the exercise region', () => {
    let [low, high] = [30, 90];
    for (let i = 0; i < 60; i++) {
      const spot = 0.5 * (low + high);
      if ((americanGreeks({ ...PUT, spot }, 'high') as AmericanGreeks).gamma === 0) low = spot;
      else high = spot;
    }
    const edge = americanGreeks({ ...PUT, spot: high * (1 + 1e-9) }, 'high') as AmericanGreeks;
    expect(Math.abs(edge.price - (100 - high))).toBeLessThan(1e-6);
    expect(Math.abs(edge.delta + 1)).toBeLessThan(1e-6);
  });
});
