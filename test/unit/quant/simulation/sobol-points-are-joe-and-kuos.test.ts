import { expect, it } from 'vitest';
import { coordinate, nextCoordinate, sobolNet } from '../../../../src/quant/simulation/sobol.ts';
import { MOST_DIMENSIONS } from '../../../../src/quant/simulation/sobolDirections.ts';

const net = sobolNet(MOST_DIMENSIONS);
const point = (index: number, dimensions: readonly number[]) =>
  dimensions.map((d) => coordinate(net, index, d) / 2 ** 32);

// Joe & Kuo, Notes on generating Sobol sequences (2008): what their program prints for ten points in three dimensions.
const FIRST_POINTS = [
  [0, 0, 0],
  [0.5, 0.5, 0.5],
  [0.75, 0.25, 0.25],
  [0.25, 0.75, 0.75],
  [0.375, 0.375, 0.625],
  [0.875, 0.875, 0.125],
  [0.625, 0.125, 0.875],
  [0.125, 0.625, 0.375],
  [0.1875, 0.3125, 0.9375],
  [0.6875, 0.8125, 0.4375],
];

it.each(FIRST_POINTS.map((want, index) => [index, want] as const))('point %i is %o', (index, want) => {
  expect(point(index, [0, 1, 2])).toEqual(want);
});

// scipy 1.17.1, qmc.Sobol(1111, scramble=False, bits=32), which reads the published file itself.
const DIMENSIONS = [0, 1, 2, 36, 99, 499, 1110];
it.each([
  [2, [0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.75]],
  [1000, [0.2197265625, 0.0966796875, 0.5185546875, 0.8486328125, 0.1865234375, 0.2548828125, 0.3701171875]],
  [
    8191,
    [
      0.0001220703125, 0.5333251953125, 0.5015869140625, 0.5294189453125, 0.7947998046875, 0.1353759765625,
      0.1932373046875,
    ],
  ],
])('agrees with scipy at point %i, up to the last dimension', (index, want) => {
  expect(point(index, DIMENSIONS)).toEqual(want);
});

it('the next point is one direction number further', () => {
  for (const d of DIMENSIONS) {
    let x = coordinate(net, 0, d);
    for (let index = 0; index < 300; index++) {
      expect(x).toBe(coordinate(net, index, d));
      x = nextCoordinate(net, x, index, d);
    }
  }
});
