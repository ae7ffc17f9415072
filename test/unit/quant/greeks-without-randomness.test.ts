import { describe, expect, it } from 'vitest';
import { type BlackInput, blackGreeks } from '../../../src/quant/pricing/black.ts';

const option: BlackInput = { spot: 100, strike: 90, time: 0.5, rate: 0.05, carry: 0.02, vol: 0.3, sign: 1 };
const nothing = { gamma: 0, vega: 0, vanna: 0, volga: 0 };

describe('at expiry', () => {
  it('an option is its intrinsic value and its delta a step', () => {
    expect(blackGreeks({ ...option, time: 0 })).toMatchObject({ ...nothing, price: 10, delta: 1, rho: 0 });
    expect(blackGreeks({ ...option, time: 0, sign: -1 })).toMatchObject({ ...nothing, price: 0 });
    expect(blackGreeks({ ...option, time: 0, sign: -1, strike: 130 })).toMatchObject({
      ...nothing,
      price: 30,
      delta: -1,
    });
  });

  it('delta is half a step exactly at the money', () => {
    expect(blackGreeks({ ...option, time: 0, strike: 100 })).toMatchObject({ ...nothing, price: 0, delta: 0.5 });
    expect(blackGreeks({ ...option, time: 0, strike: 100, sign: -1 })).toMatchObject({
      ...nothing,
      price: 0,
      delta: -0.5,
    });
  });
});

describe('without volatility', () => {
  it('an option in the money is a forward: value, delta, theta, rho and charm of its two legs', () => {
    const got = blackGreeks({ ...option, vol: 0 });
    const spotLeg = 100 * Math.exp((0.02 - 0.05) * 0.5);
    const strikeLeg = 90 * Math.exp(-0.05 * 0.5);
    expect(got).toMatchObject(nothing);
    expect(got.price).toBeCloseTo(spotLeg - strikeLeg, 12);
    expect(got.delta).toBeCloseTo(spotLeg / 100, 14);
    expect(got.theta).toBeCloseTo(0.03 * spotLeg - 0.05 * strikeLeg, 12);
    expect(got.rho).toBeCloseTo(0.5 * strikeLeg, 12);
    expect(got.charm).toBeCloseTo((0.03 * spotLeg) / 100, 14);
  });

  it('is the limit of a small volatility', () => {
    for (const strike of [90, 130]) {
      for (const sign of [1, -1]) {
        const limit = blackGreeks({ ...option, strike, sign, vol: 0 });
        const near = blackGreeks({ ...option, strike, sign, vol: 0.01 });
        for (const name of Object.keys(limit) as (keyof typeof limit)[])
          expect(near[name], name).toBeCloseTo(limit[name], 10);
      }
    }
  });
});

it('is never NaN, however extreme the finite inputs', () => {
  const vols = [0, 1e-300, 1e-120, 1e-8, 0.01, 1, 50, 1e4];
  const times = [0, 1e-300, 1e-12, 1e-4, 1, 100];
  for (const vol of vols) {
    for (const time of times) {
      for (const strike of [1e-6, 99.9999, 100, 100.0001, 1e9]) {
        for (const sign of [1, -1]) {
          const got = blackGreeks({ spot: 100, strike, time, rate: 0.03, carry: 0, vol, sign });
          for (const [name, value] of Object.entries(got)) {
            expect(Number.isFinite(value), `${name} vol ${vol} time ${time} strike ${strike}: ${value}`).toBe(true);
          }
          expect(got.price).toBeGreaterThanOrEqual(0);
        }
      }
    }
  }
});
