import { expect, it } from 'vitest';
import { histogramOf } from '../../../../src/quant/simulation/histogram.ts';

const total = (counts: Uint32Array) => counts.reduce((sum, n) => sum + n, 0);

it('bins as Freedman and Diaconis do', () => {
  // 0 … 999: range 999, quartiles 249.75 and 749.25, so bins of 2·499.5/10 = 99.9 and ten of them.
  const histogram = histogramOf(Float64Array.from({ length: 1000 }, (_, i) => i));
  expect(histogram.counts.length).toBe(10);
  expect(histogram.width).toBeCloseTo(99.9, 12);
  expect([...histogram.counts]).toEqual(Array.from({ length: 10 }, () => 100));
});

it('has the bins that are asked for, with the largest in the last', () => {
  const { counts, from, width } = histogramOf([-1, -0.5, 0, 0.5, 1], 4);
  expect([from, width]).toEqual([-1, 0.5]);
  expect([...counts]).toEqual([1, 1, 1, 2]);
});

it('is one bin for equal values, and never more than a thousand', () => {
  expect([...histogramOf([3, 3, 3]).counts]).toEqual([3]);
  const spike = histogramOf([...Array.from({ length: 100 }, () => 0), 1e9]);
  expect(spike.counts.length).toBe(1000);
  expect(total(spike.counts)).toBe(101);
});
