import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { deltaMoneyness, smileMetrics, type SmileMetrics } from '../../../../src/quant/surface/smile.ts';
import { sviCurve } from '../../../../src/quant/surface/smileCurve.ts';

const slice = { time: 0.25, a: 0.03, b: 0.12, rho: -0.35, m: 0.02, sigma: 0.25 };
const curve = sviCurve(slice);
const metrics = smileMetrics(curve, 80_000, 0.25) as SmileMetrics;
const volAt = (k: number) => Math.sqrt(curve.variance(k) / 0.25);
const greeks = (strike: number, vol: number, sign: number) =>
  blackGreeks({ spot: 80_000, strike, time: 0.25, rate: 0, carry: 0, vol, sign });

describe('smile metrics', () => {
  it('are level, slope and bend of the volatility at the forward', () => {
    const h = 1e-4;
    expect(metrics.atmVol).toBe(volAt(0));
    expect(metrics.skew).toBeCloseTo((volAt(h) - volAt(-h)) / (2 * h), 7);
    expect(metrics.curvature).toBeCloseTo((volAt(h) - 2 * volAt(0) + volAt(-h)) / (h * h), 5);
  });

  it('name strikes that have the delta', () => {
    expect(metrics.wings.map(({ delta }) => delta)).toEqual([0.25, 0.1]);
    for (const { delta, callStrike, callVol, putStrike, putVol } of metrics.wings) {
      expect(greeks(callStrike, callVol, 1).delta).toBeCloseTo(delta, 12);
      expect(greeks(putStrike, putVol, -1).delta).toBeCloseTo(-delta, 12);
    }
  });

  it('call the difference of the wings risk reversal, and their mean above the money butterfly', () => {
    for (const { callVol, putVol, riskReversal, butterfly } of metrics.wings) {
      expect(riskReversal).toBe(callVol - putVol);
      expect(butterfly).toBeCloseTo((callVol + putVol) / 2 - metrics.atmVol, 15);
    }
  });

  it('in premium-adjusted delta take the higher of two call strikes', () => {
    const adjusted = smileMetrics(curve, 80_000, 0.25, 'premium_adjusted') as SmileMetrics;
    for (const { delta, callStrike, callVol, putStrike, putVol } of adjusted.wings) {
      const [call, put] = [greeks(callStrike, callVol, 1), greeks(putStrike, putVol, -1)];
      expect(call.delta - call.price / 80_000).toBeCloseTo(delta, 12);
      expect(put.delta - put.price / 80_000).toBeCloseTo(-delta, 12);
      expect(callStrike).toBeGreaterThan(80_000);
    }
  });

  it('leave out a wing without such a strike', () => {
    // Premium-adjusted call deltas have a maximum: at 600 % for two years it is below 0.25.
    const wild = sviCurve({ time: 2, a: 72, b: 0, rho: 0, m: 0, sigma: 1 });
    expect((smileMetrics(wild, 1, 2, 'premium_adjusted') as SmileMetrics).wings.length).toBeLessThan(2);
    expect(deltaMoneyness(wild, 0.25, 1, 'premium_adjusted')).toBeUndefined();
  });

  it('are refused without variance', () => {
    expect(smileMetrics(sviCurve({ ...slice, a: -1 }), 80_000, 0.25)).toBe('no_variance');
  });
});
