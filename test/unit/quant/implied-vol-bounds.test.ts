import { expect, it } from 'vitest';
import { impliedVol } from '../../../src/quant/pricing/impliedVol.ts';
import { preciseBlack } from './precise-black.ts';

it('has no answer at or below intrinsic value', () => {
  expect(impliedVol(10, 110, 100, 1, 1, 1)).toBeNaN();
  expect(impliedVol(9, 110, 100, 1, 1, 1)).toBeNaN();
  expect(impliedVol(0, 90, 100, 1, 1, 1)).toBeNaN();
  expect(impliedVol(-1, 90, 100, 1, 1, 1)).toBeNaN();
});

it('has no answer at or above the forward (call) or the strike (put), discounted', () => {
  expect(impliedVol(0.9 * 90, 90, 100, 1, 0.9, 1)).toBeNaN();
  expect(impliedVol(0.9 * 100, 90, 100, 1, 0.9, -1)).toBeNaN();
  expect(impliedVol(0.9 * 89.9, 90, 100, 1, 0.9, 1)).toBeGreaterThan(0);
});

it('has no answer at expiry, without a discount factor, or for NaN', () => {
  expect(impliedVol(5, 100, 100, 0, 1, 1)).toBeNaN();
  expect(impliedVol(5, 100, 100, 1, 0, 1)).toBeNaN();
  expect(impliedVol(NaN, 100, 100, 1, 1, 1)).toBeNaN();
  expect(impliedVol(5, NaN, 100, 1, 1, 1)).toBeNaN();
});

it('solves a price ten standard deviations out of the money', () => {
  // The example of Choi et al. 2023 (arXiv:2302.08758), the price with 60 digits.
  const input = { spot: 1, strike: 1.5, time: 1, rate: 0, carry: 0, vol: 0.04, sign: 1 };
  const price = preciseBlack(input).values.price!.value.toNumber();
  expect(Math.abs(impliedVol(price, 1, 1.5, 1, 1, 1) / 0.04 - 1)).toBeLessThan(1e-15);
});
