import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import {
  hullWhiteDelta,
  minimumVarianceDelta,
  smileDeltas,
  stickyMoneynessDelta,
} from '../../../../src/quant/surface/smileGreeks.ts';
import { sviSurface } from '../../../../src/quant/surface/surface.ts';

const surface = sviSurface([{ time: 0.25, a: 0.03, b: 0.12, rho: -0.35, m: 0.02, sigma: 0.25 }]);
const F = 100;
const price = (forward: number, strike: number, vol: number) =>
  blackGreeks({ spot: forward, strike, time: 0.25, rate: 0, carry: 0, vol, sign: 1 });
const h = 1e-4;

describe.each([80, 100, 125])('a call at %d', (strike) => {
  const vol = surface.vol(strike, F, 0.25);
  const slope = surface.slope(strike, F, 0.25);
  const black = price(F, strike, vol);

  it('has the sticky-moneyness delta of a revaluation on the moved surface', () => {
    const up = price(F + h, strike, surface.vol(strike, F + h, 0.25)).price;
    const down = price(F - h, strike, surface.vol(strike, F - h, 0.25)).price;
    expect(stickyMoneynessDelta(black.delta, black.vega, slope, F)).toBeCloseTo((up - down) / (2 * h), 7);
  });

  it('has all three of one call, that of a strike that keeps its volatility among them', () => {
    const moved = (price(F + h, strike, vol).price - price(F - h, strike, vol).price) / (2 * h);
    const { delta, vega } = black;
    const deltas = smileDeltas({ delta, vega, strike, forward: F, time: 0.25 }, surface);
    expect(deltas.stickyStrike).toBeCloseTo(moved, 7);
    expect(deltas.stickyMoneyness).toBe(stickyMoneynessDelta(delta, vega, slope, F));
    expect(deltas.minimumVariance).toBe(minimumVarianceDelta(delta, vega, surface.slope(F, F, 0.25), F));
  });

  it('has the minimum-variance delta of a volatility that moves by (R − 1) times the skew', () => {
    const skew = surface.slope(F, F, 0.25);
    const at = (ratio: number) => minimumVarianceDelta(black.delta, black.vega, skew, F, ratio);
    const moved = (forward: number) => price(forward, strike, vol + 0.5 * skew * Math.log(forward / F)).price;
    expect(at(1.5)).toBeCloseTo((moved(F + h) - moved(F - h)) / (2 * h), 7);
    expect(at(1)).toBe(black.delta);
    expect(minimumVarianceDelta(black.delta, black.vega, skew, F)).toBe(at(2));
  });

  it("is moved by Hull and White's quadratic", () => {
    const by = black.vega / (F * 0.5);
    const delta = hullWhiteDelta(black.delta, black.vega, F, 0.25, { a: -0.2, b: 0.3, c: -0.4 });
    expect(delta).toBeCloseTo(black.delta + by * (-0.2 + 0.3 * black.delta - 0.4 * black.delta ** 2), 14);
    expect(hullWhiteDelta(1, 0, F, 0, { a: 1, b: 1, c: 1 })).toBe(1);
  });
});
