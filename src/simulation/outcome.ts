import { compensatedSum } from '../quant/simulation/compensatedSum.ts';
import {
  OPTION_COLUMNS,
  optionColumn,
  STRATEGY_COLUMNS,
  strategyColumn,
  type HedgeShard,
} from '../quant/simulation/hedgeSetup.ts';

// What a shard hands over, as doubles one after another: the sums of OPTION_COLUMNS; then of each strategy the sums of
// STRATEGY_COLUMNS, and pnl and cost of every path.

/** Columns that are kept path by path. */
const KEPT = ['pnl', 'cost'] as const;

export interface StrategyOutcome {
  /** Of STRATEGY_COLUMNS, over all paths. */
  readonly sums: Float64Array;
  /** In pieces, in the order of the paths. */
  readonly pnl: readonly Float64Array[];
  readonly cost: readonly Float64Array[];
}

export interface Outcome {
  readonly count: number;
  /** Of OPTION_COLUMNS, over all paths. */
  readonly optionSums: Float64Array;
  readonly strategies: readonly StrategyOutcome[];
}

export function packShard(shard: HedgeShard): Float64Array {
  const count = shard.to - shard.from;
  const each = STRATEGY_COLUMNS.length + KEPT.length * count;
  const packed = new Float64Array(OPTION_COLUMNS.length + shard.strategies.length * each);
  OPTION_COLUMNS.forEach((name, c) => (packed[c] = compensatedSum([optionColumn(shard, name)])));
  shard.strategies.forEach((_, s) => {
    const at = OPTION_COLUMNS.length + s * each;
    STRATEGY_COLUMNS.forEach((name, c) => (packed[at + c] = compensatedSum([strategyColumn(shard, s, name)])));
    KEPT.forEach((name, k) => packed.set(strategyColumn(shard, s, name), at + STRATEGY_COLUMNS.length + k * count));
  });
  return packed;
}

/** Shards in their order; the sums are added in it too, so that the bits do not depend on who did which when. */
export function unpackShards(shards: readonly Float64Array[], strategies: number): Outcome {
  const sizes = shards.map((packed) => pathsIn(packed, strategies));
  const outcomes = Array.from({ length: strategies }, (_, s): StrategyOutcome => {
    const pieces = shards.map((packed, i) => strategyIn(packed, sizes[i]!, s));
    return {
      sums: addColumns(pieces.map(({ sums }) => sums)),
      pnl: pieces.map(({ pnl }) => pnl),
      cost: pieces.map(({ cost }) => cost),
    };
  });
  return {
    count: sizes.reduce((sum, size) => sum + size, 0),
    optionSums: addColumns(shards.map((packed) => packed.subarray(0, OPTION_COLUMNS.length))),
    strategies: outcomes,
  };
}

function pathsIn({ length }: Float64Array, strategies: number): number {
  return ((length - OPTION_COLUMNS.length) / strategies - STRATEGY_COLUMNS.length) / KEPT.length;
}

function strategyIn(packed: Float64Array, count: number, s: number) {
  const from = OPTION_COLUMNS.length + s * (STRATEGY_COLUMNS.length + KEPT.length * count);
  const kept = from + STRATEGY_COLUMNS.length;
  return {
    sums: packed.subarray(from, kept),
    pnl: packed.subarray(kept, kept + count),
    cost: packed.subarray(kept + count, kept + 2 * count),
  };
}

function addColumns(columns: readonly Float64Array[]): Float64Array {
  return Float64Array.from(columns[0] ?? [], (_, c) =>
    compensatedSum([Float64Array.from(columns, (sums) => sums[c]!)]),
  );
}
