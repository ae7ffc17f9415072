import { expect, it } from 'vitest';
import { logRatio } from '../../../src/quant/pricing/normal.ts';
import { exact } from './precise-black.ts';

// Out of [1e-150, 1e150], where powers of two are taken out first, and across its ends; ratios near 1 there as well.
it.each([
  [5e-324, 1],
  [1e-310, 3e-310],
  [1e-300, 1.0000001e-300],
  [1e-300, 1e-150],
  [1e-151, 1e-149],
  [2e-160, 1e308],
  [1.0000001e308, 1e308],
  [1.7e308, 5e-324],
  [1e151, 1e149],
  [0.9999e-150, 1.0001e-150],
  [1.0001e150, 0.9999e150],
  [1e-151, 1e-99],
  [3e200, 7e180],
])('ln(%d/%d) to 4 ulp', (a, b) => {
  const want = exact(a).ln().minus(exact(b).ln());
  expect(exact(logRatio(a, b)).div(want).minus(1).abs().toNumber()).toBeLessThan(4 * 2 ** -53);
});

it.each([
  [0, 1, -Infinity],
  [1, 0, Infinity],
  [0, 0, NaN],
  [-1, 1, NaN],
  [1, NaN, NaN],
  [Infinity, 1, Infinity],
  [1, Infinity, -Infinity],
  [7, 7, 0],
])('ln(%d/%d) is %d', (a, b, value) => {
  expect(logRatio(a, b)).toBe(value);
});
