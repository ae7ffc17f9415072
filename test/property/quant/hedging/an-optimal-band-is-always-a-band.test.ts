import fc from 'fast-check';
import { expect, it } from 'vitest';
import { solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { solveBandNow } from '../../../../src/quant/hedging/optimalBandNow.ts';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';
import { bookOf, optionLists, problems } from './books.ts';
import { positive } from './states.ts';

it('at every node, whatever the book and the risk aversion: two finite numbers in order', () => {
  fc.assert(
    fc.property(problems, optionLists, (problem, options) => {
      const { lower, upper } = solveBand({ ...problem, book: bookOf(options) });
      expect(lower.every((low, i) => Math.abs(low) < Infinity && low <= upper[i]! && upper[i]! < Infinity)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('between the nodes and outside them too', () => {
  fc.assert(
    fc.property(problems, optionLists, positive(1e-3, 1e7), (problem, options, spot) => {
      const table = solveBand({ ...problem, steps: 2, book: bookOf(options) });
      const edges = new Float64Array(3);
      bandEdges(table, 1, spot, edges, 1);
      const [, lower, upper] = edges as unknown as [number, number, number];
      expect(lower <= upper && lower >= Math.min(...table.lower) && upper <= Math.max(...table.upper)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('now, and where the hedge is watched without end', () => {
  fc.assert(
    fc.property(problems, optionLists, fc.constantFrom(0, 1e-4, 0.1, Infinity), (problem, options, lookYears) => {
      const { lower, aim, upper } = solveBandNow({ ...problem, book: bookOf(options), lookYears });
      expect(-Infinity < lower && lower <= aim && aim <= upper && upper < Infinity).toBe(true);
    }),
    { numRuns: 15 },
  );
});
