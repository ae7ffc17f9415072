import { describe, expect, it } from 'vitest';
import { asianGeometricGreeks } from '../../../../src/quant/pricing/asian.ts';
import { barrierGreeks, BARRIER_TYPES } from '../../../../src/quant/pricing/barrier.ts';
import { digitalGreeks, DIGITAL_TYPES } from '../../../../src/quant/pricing/digital.ts';

// S = 100 drifting to 100·e^{0.1} = 110.5 within the year: it touches 105 at ln(1.05)/0.1 and never 95.
const market = { spot: 100, time: 1, rate: 0.1, dividendYield: 0, vol: 0 };
const touch = Math.log(1.05) / 0.1;

function numbers<T extends object>(answer: T | string): T {
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

describe('exotics at σ√T = 0 follow the certain path', () => {
  it.each([
    ['up_in', 100 - 90 * Math.exp(-0.1)],
    ['up_out', 4 * Math.exp(-0.1 * touch)],
    ['down_in', 4 * Math.exp(-0.1)],
    ['down_out', 100 - 90 * Math.exp(-0.1)],
  ] as const)('%s', (barrierType, value) => {
    const barrier = barrierType.startsWith('up') ? 105 : 95;
    const option = { ...market, strike: 90, sign: 1, barrierType, barrier, rebate: 4, monitoringInterval: 0 };
    expect(numbers(barrierGreeks(option)).price).toBeCloseTo(value, 12);
  });

  it.each([
    ['cash_or_nothing', 7 * Math.exp(-0.1)],
    ['asset_or_nothing', 100],
    ['one_touch_cash_at_hit', 7 * Math.exp(-0.1 * touch)],
    ['one_touch_cash_at_expiry', 7 * Math.exp(-0.1)],
    ['one_touch_asset_at_hit', 100],
    ['one_touch_asset_at_expiry', 100],
    ['no_touch_cash_at_expiry', 0],
    ['no_touch_asset_at_expiry', 0],
  ] as const)('%s', (digitalType, value) => {
    const option = { ...market, strike: 105, sign: 1, digitalType, cash: 7 };
    expect(numbers(digitalGreeks(option)).price).toBeCloseTo(value, 12);
  });

  it('the average of the certain path', () => {
    const option = { ...market, strike: 90, sign: 1, averaging: 'continuous' as const, fixings: 1 };
    expect(asianGeometricGreeks(option).price).toBeCloseTo((100 * Math.exp(0.05) - 90) * Math.exp(-0.1), 12);
  });

  it('is where the closed forms lead as the volatility vanishes', () => {
    const nearly = { ...market, vol: 1e-4 };
    for (const barrierType of BARRIER_TYPES) {
      const barrier = barrierType.startsWith('up') ? 105 : 95;
      const option = { strike: 90, sign: 1, barrierType, barrier, rebate: 4, monitoringInterval: 0 };
      const [limit, close] = [market, nearly].map((at) => numbers(barrierGreeks({ ...at, ...option })).price);
      expect(close).toBeCloseTo(limit!, 4);
    }
    for (const digitalType of DIGITAL_TYPES) {
      const option = { strike: 105, sign: 1, digitalType, cash: 7 };
      const [limit, close] = [market, nearly].map((at) => numbers(digitalGreeks({ ...at, ...option })).price);
      expect(close).toBeCloseTo(limit!, 4);
    }
  });
});
