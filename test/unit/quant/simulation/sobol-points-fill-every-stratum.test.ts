import { describe, expect, it } from 'vitest';
import { coordinate, type DigitalNet, scrambledNet, sobolNet } from '../../../../src/quant/simulation/sobol.ts';
import { MOST_DIMENSIONS } from '../../../../src/quant/simulation/sobolDirections.ts';

const POINTS = 256;
const source = { seed: 7, stream: 3 };
const NETS: [string, DigitalNet][] = [
  ['plain', sobolNet(MOST_DIMENSIONS)],
  ['scrambled', scrambledNet(source, 0, MOST_DIMENSIONS)],
  ['scrambled again', scrambledNet(source, 1, MOST_DIMENSIONS)],
];

/** How many of the 2^8 intervals of a dimension have a point. */
function filled(net: DigitalNet, dimension: number, first: number): number {
  const seen = new Uint8Array(256);
  for (let i = 0; i < POINTS; i++) seen[coordinate(net, first + i, dimension) >>> 24] = 1;
  return seen.reduce((sum, one) => sum + one, 0);
}

function cells(net: DigitalNet, dimension: number, first: number, bits: number): number[] {
  return Array.from({ length: POINTS }, (_, i) => coordinate(net, first + i, dimension) >>> (32 - bits));
}

describe.each(NETS)('%s', (_, net) => {
  it.each([0, 5 * POINTS])('every 256 points in a row from %i have one in each 256th of every dimension', (first) => {
    const dimensions = Array.from({ length: MOST_DIMENSIONS }, (_, d) => d);
    expect(dimensions.filter((d) => filled(net, d, first) !== POINTS)).toEqual([]);
  });

  it('the first two dimensions are a (0, 8, 2)-net: one point in each box of area 1/256', () => {
    for (let bits = 0; bits <= 8; bits++) {
      const rows = cells(net, 0, 0, bits);
      const boxes = cells(net, 1, 0, 8 - bits).map((column, i) => `${bits && rows[i]} ${bits < 8 && column}`);
      expect(new Set(boxes).size).toBe(POINTS);
    }
  });
});

it('replicates, streams and seeds are scrambled differently', () => {
  const first = scrambledNet(source, 0, 4);
  for (const other of [
    scrambledNet(source, 1, 4),
    scrambledNet({ ...source, stream: 4 }, 0, 4),
    scrambledNet({ ...source, seed: 8 }, 0, 4),
    scrambledNet({ ...source, seed: 7 + 2 ** 40 }, 0, 4),
  ]) {
    expect([...other.shifts]).not.toEqual([...first.shifts]);
    expect([...other.directions]).not.toEqual([...first.directions]);
  }
});

it('a scrambled coordinate is uniform over the replicates', () => {
  const replicates = 4000;
  const values = Array.from({ length: replicates }, (_, r) => coordinate(scrambledNet(source, r, 2), 5, 1) / 2 ** 32);
  const mean = values.reduce((sum, x) => sum + x, 0) / replicates;
  // The standard error is √(1/12/4000) = 0.0046.
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.0184);
});
