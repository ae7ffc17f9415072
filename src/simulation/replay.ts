import type { Kernel } from '../quant/kernel/contract.ts';
import {
  OPTION_COLUMNS,
  optionColumn,
  STRATEGY_COLUMNS,
  strategyColumn,
  type HedgeShard,
} from '../quant/simulation/hedgeSetup.ts';
import type { History } from '../quant/simulation/history.ts';
import { replayHistory } from '../quant/simulation/historyReplay.ts';
import { maxDrawdown } from '../quant/simulation/statistics.ts';
import type { BacktestInput } from './model.ts';
import type { Outcome } from './outcome.ts';
import type { BacktestResult, StrategyResult } from './resultModel.ts';
import { historyEdges } from './historyEdges.ts';
import { markFrontier, summarise } from './summary.ts';
import { hedgeStrategy } from './terms.ts';

/** Points of an equity curve that are told at most. */
const MOST_POINTS = 1_000;

/** Every strategy along the one path that was. Its standard deviation is that of the changes of its equity from one snapshot to the next. */
export function replay(
  kernel: Kernel,
  request: Parameters<typeof summarise>[0] & Pick<BacktestInput, 'financing' | 'settlement'>,
  history: History,
  instants: readonly string[],
): BacktestResult {
  const strategies = request.strategies.map((strategy) => hedgeStrategy(strategy, 0));
  const edges = strategies.map((strategy) => historyEdges(kernel, history, strategy));
  const { financing, settlement } = request;
  const shard = replayHistory(kernel, history, { financing, settlement }, strategies, edges);
  const premium = premiumOf(history);
  const results = summarise(request, lastOf(shard), 0);
  return {
    paths: 1,
    steps: instants.length - 1,
    premium,
    financing,
    strategies: markFrontier(results.map((result, s) => alongTime(result, shard, s, history, instants))),
    notes: [
      'One path that was: pnl and cost are its own, sd is that of the changes of equity from one snapshot to the next, and there are no standard errors',
    ],
  };
}

/** The end of the history, as one path. */
function lastOf(shard: HedgeShard): Outcome {
  const last = shard.to - 1;
  return {
    count: 1,
    optionSums: Float64Array.from(OPTION_COLUMNS, (name) => optionColumn(shard, name)[last]!),
    strategies: shard.strategies.map((_, s) => {
      const at = (name: (typeof STRATEGY_COLUMNS)[number]) => strategyColumn(shard, s, name)[last]!;
      return {
        sums: Float64Array.from(STRATEGY_COLUMNS, at),
        pnl: [Float64Array.of(at('pnl'))],
        cost: [Float64Array.of(at('cost'))],
      };
    }),
  };
}

function alongTime(
  result: StrategyResult,
  shard: HedgeShard,
  s: number,
  { spots }: History,
  instants: readonly string[],
): StrategyResult {
  const pnl = strategyColumn(shard, s, 'pnl');
  const cost = strategyColumn(shard, s, 'cost');
  const changes = pnl.slice(1).map((value, i) => value - pnl[i]!);
  const stride = Math.ceil(instants.length / MOST_POINTS);
  const told = instants.flatMap((at, i) => (i % stride === 0 || i + 1 === instants.length ? [{ at, i }] : []));
  return {
    ...result,
    sd: { value: deviation(changes), standardError: null },
    performance: null,
    certaintyEquivalents: [],
    trades: strategyColumn(shard, s, 'trades').at(-1)!,
    maxDrawdown: maxDrawdown(pnl),
    equity: told.map(({ at, i }) => ({ at, spot: spots[i]!, pnl: pnl[i]!, cost: cost[i]! })),
  };
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
}

/** Of everything that is ever sold, less everything that is ever bought. */
function premiumOf({ options }: History): number | null {
  let premium = 0;
  for (const { quantities, marks } of options) {
    const at = quantities.findIndex((quantity) => quantity !== 0);
    if (at >= 0) premium -= quantities[at]! * marks[at]!;
  }
  return Number.isFinite(premium) ? premium : null;
}
