import { describe, expect, it } from 'vitest';
import { butterflyViolations } from '../../../../src/quant/surface/butterfly.ts';
import { calendarViolations } from '../../../../src/quant/surface/calendar.ts';
import { fitSurface } from '../../../../src/quant/surface/fit.ts';
import type { FittedSurface } from '../../../../src/quant/surface/fittedSurface.ts';
import type { SviSlice } from '../../../../src/quant/surface/svi.ts';
import { places, quotesOf, VOGT } from './slices.ts';

const calm: SviSlice = { time: 0.5, a: 0.05, b: 0.15, rho: -0.3, m: 0.02, sigma: 0.3 };
const expiry = (slice: SviSlice, variance: number) => ({
  time: slice.time,
  forward: 100,
  quotes: quotesOf(slice, 100, places(variance), 0.002),
});

function slicesOf(surface: FittedSurface): SviSlice[] {
  return surface.expiries.map(({ time, parameters }) => {
    if (parameters.kind !== 'svi') throw new Error('no SVI');
    return { time, ...parameters };
  });
}

function expectNoArbitrage(surface: FittedSurface): void {
  const slices = slicesOf(surface);
  slices.forEach((slice, i) => {
    expect(butterflyViolations(slice)).toEqual([]);
    if (i > 0) expect(calendarViolations(slices[i - 1]!, slice)).toEqual([]);
  });
}

describe('quotes with arbitrage in them', () => {
  it('butterflies: the nearest slice without is fitted', () => {
    const surface = fitSurface({ expiries: [expiry(VOGT, 0.16)] });
    expectNoArbitrage(surface);
    expect(surface.expiries[0]!.method).toBe('svi');
    expect(surface.quality.rmse).toBeGreaterThan(0);
  });

  it('expiries that cross: neither is crossed by the other', () => {
    const later = { ...calm, time: 0.6, a: 0.03, rho: 0.5, b: 0.25 };
    expectNoArbitrage(fitSurface({ expiries: [expiry(calm, 0.1), expiry(later, 0.1)] }));
  });

  it('a later expiry of less variance everywhere: still no crossing', () => {
    const later = { ...calm, time: 0.6, a: 0.001, b: 0.05, sigma: 0.1 };
    const last = { ...calm, time: 1, a: 0.1 };
    expectNoArbitrage(fitSurface({ expiries: [expiry(calm, 0.1), expiry(later, 0.02), expiry(last, 0.2)] }));
  });

  it('volatilities without any pattern: still none', () => {
    const noise = (i: number, j: number) => 0.3 + 0.6 * (((i * 7 + j * 13) % 11) / 11);
    const expiries = [0.02, 0.05, 0.2, 0.21, 0.7].map((time, i) => ({
      time,
      forward: 100,
      quotes: places(0.25 * time, 12).map((k, j) => ({
        strike: 100 * Math.exp(k),
        sign: k >= 0 ? 1 : -1,
        iv: noise(i, j),
      })),
    }));
    expectNoArbitrage(fitSurface({ expiries }));
  });
});
