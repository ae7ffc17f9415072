import { describe, expect, it } from 'vitest';
import { allBlackGreeks, type BlackInput } from '../../../src/quant/pricing/black.ts';

const option: BlackInput = { spot: 100, strike: 90, time: 0.5, rate: 0.05, carry: 0.02, vol: 0.3, sign: 1 };
const noDensity = { gamma: 0, speed: 0, zomma: 0, color: 0, veta: 0, ultima: 0, dualGamma: 0 };

it('at expiry the dual delta is the step, ½ at the money exactly, and rhos are 0', () => {
  expect(allBlackGreeks({ ...option, time: 0 })).toMatchObject({ ...noDensity, dualDelta: -1, rho: 0, rhoDividend: 0 });
  expect(allBlackGreeks({ ...option, time: 0, strike: 100 })).toMatchObject({ ...noDensity, dualDelta: -0.5 });
  expect(allBlackGreeks({ ...option, time: 0, strike: 110, sign: -1 })).toMatchObject({ ...noDensity, dualDelta: 1 });
});

it('without volatility the legs are left', () => {
  const got = allBlackGreeks({ ...option, vol: 0 });
  expect(got).toMatchObject(noDensity);
  expect(got.dualDelta).toBeCloseTo(-Math.exp(-0.025), 14);
  expect(got.rhoDividend).toBeCloseTo(-0.5 * 100 * Math.exp(-0.015), 12);
});

describe('a strike of 0', () => {
  it('makes a call its spot leg', () => {
    const got = allBlackGreeks({ ...option, strike: 0 });
    const leg = 100 * Math.exp(-0.015);
    expect(got).toMatchObject({ ...noDensity, vega: 0, vanna: 0, volga: 0, rho: 0 });
    expect(got.price).toBeCloseTo(leg, 12);
    expect(got.delta).toBeCloseTo(leg / 100, 14);
    expect(got.theta).toBeCloseTo(0.03 * leg, 12);
    expect(got.dualDelta).toBeCloseTo(-Math.exp(-0.025), 14);
  });

  it('makes a put worthless', () => {
    const got = allBlackGreeks({ ...option, strike: 0, sign: -1 });
    for (const [name, value] of Object.entries(got)) expect(value + 0, name).toBe(0);
  });
});

it('a spot of 0 makes a put its strike leg', () => {
  const got = allBlackGreeks({ ...option, spot: 0, sign: -1 });
  expect(got.price).toBeCloseTo(90 * Math.exp(-0.025), 12);
  expect(got.delta).toBeCloseTo(-Math.exp(-0.015), 14);
});

it.each([
  { spot: -1 },
  { strike: NaN },
  { time: -0.1 },
  { vol: -0.1 },
  { rate: Infinity },
  { sign: 0 },
] as Partial<BlackInput>[])('inputs that are no option (%o) give NaN', (bad) => {
  for (const [name, value] of Object.entries(allBlackGreeks({ ...option, ...bad }))) expect(value, name).toBeNaN();
});
