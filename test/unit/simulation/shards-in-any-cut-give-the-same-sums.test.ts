import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OPTION_COLUMNS, STRATEGY_COLUMNS, type HedgeShard } from '../../../src/quant/simulation/hedgeSetup.ts';
import { packShard, unpackShards } from '../../../src/simulation/outcome.ts';

const PATHS = 24;
const STRATEGIES = 2;

/** A number of its own for every path, column and strategy; whole, so that sums are exact in any order. */
const valueOf = (path: number, column: number, strategy: number) => path * 1_000 + column * 10 + strategy;

function shard(from: number, to: number): HedgeShard {
  const columns = (count: number, strategy: number) =>
    Float64Array.from({ length: count * (to - from) }, (_, at) =>
      valueOf(from + (at % (to - from)), Math.floor(at / (to - from)), strategy),
    );
  return {
    ...{ from, to, options: columns(OPTION_COLUMNS.length, 9) },
    strategies: Array.from({ length: STRATEGIES }, (_, s) => columns(STRATEGY_COLUMNS.length, s)),
  };
}

const together = (pieces: readonly Float64Array[]) => pieces.flatMap((piece) => [...piece]);

it('whatever the cut, the sums are those of all paths, and pnl and cost are kept path by path in order', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: PATHS - 1 }), { maxLength: 8 });
  fc.assert(
    fc.property(cuts, (given) => {
      const ends = [0, ...given.sort((a, b) => a - b), PATHS];
      const packed = ends.slice(1).map((to, i) => packShard(shard(ends[i]!, to)));
      const outcome = unpackShards(packed, STRATEGIES);
      expect(outcome.count).toBe(PATHS);
      const pathSum = (1_000 * PATHS * (PATHS - 1)) / 2;
      const sumOf = (column: number, strategy: number) => pathSum + PATHS * (10 * column + strategy);
      expect([...outcome.optionSums]).toEqual(OPTION_COLUMNS.map((_, c) => sumOf(c, 9)));
      outcome.strategies.forEach(({ sums, pnl, cost }, s) => {
        expect([...sums]).toEqual(STRATEGY_COLUMNS.map((_, c) => sumOf(c, s)));
        const kept = (name: (typeof STRATEGY_COLUMNS)[number]) =>
          Array.from({ length: PATHS }, (_, path) => valueOf(path, STRATEGY_COLUMNS.indexOf(name), s));
        expect(together(pnl)).toEqual(kept('pnl'));
        expect(together(cost)).toEqual(kept('cost'));
      });
    }),
    { numRuns: 50 },
  );
});
