import { openKernel } from '../quant/kernel/kernel.ts';
import type { Kernel } from '../quant/kernel/contract.ts';
import type { BandTable } from '../quant/hedging/optimalBandTable.ts';
import { simulateHedges } from '../quant/simulation/hedgeSimulation.ts';
import type { History } from '../quant/simulation/history.ts';
import { edgesOf, solveStrategyBands } from '../quant/simulation/optimalEdges.ts';
import { modelFeed, windowFeed, type PathFeed } from '../quant/simulation/pathFeed.ts';
import type { HedgeStrategy, HedgeTerms } from '../quant/simulation/hedgeSetup.ts';
import type { BacktestInput } from './model.ts';
import { packShard, unpackShards } from './outcome.ts';
import { replay } from './replay.ts';
import { summarise } from './summary.ts';
import { hedgeStrategy, hedgeTerms, pathModel, pathSource } from './terms.ts';
import type { StrategyResult } from './resultModel.ts';

// Entry of a worker thread: its exports are the tasks that it can be given.

let opened: Kernel | undefined;
const kernel = () => (opened ??= openKernel());

/** Bands take seconds to solve and are the same for every shard of a backtest. */
const solved = new Map<string, BandTable[]>();
const KEPT = 128;

interface ShardTask {
  request: BacktestInput;
  from: number;
  to: number;
}

/** What paths `from` … `to − 1` come to, packed. */
export function shard(task: ShardTask): Float64Array {
  try {
    return simulate(task);
  } catch (error) {
    opened = undefined; // memory that a kernel has run out of, or left behind, goes with it
    throw error;
  }
}

function simulate({ request, from, to }: ShardTask): Float64Array {
  const terms = hedgeTerms(request);
  const strategies = request.strategies.map((strategy) => hedgeStrategy(strategy, terms.grid.stepYears));
  const feed = feedOf(request, terms);
  try {
    const bands = strategies.map((strategy) => edgesOf(bandsOf(terms, spotOf(request), strategy)));
    return packShard(simulateHedges(kernel(), terms, feed, strategies, bands, from, to));
  } finally {
    feed.close();
  }
}

/** What a recorded history comes to, summed up. */
export function recorded({
  request,
  history,
  instants,
}: {
  request: BacktestInput;
  history: History;
  instants: string[];
}) {
  return replay(kernel(), request, history, instants);
}

/** Statistics of all shards. */
export function summary({
  request,
  shards,
  premium,
}: {
  request: BacktestInput;
  shards: Float64Array[];
  premium: number;
}): StrategyResult[] {
  return summarise(request, unpackShards(shards, request.strategies.length), premium);
}

function spotOf({ paths, history }: BacktestInput): number {
  if (paths) return paths.spot;
  if (history?.source !== 'series') throw new RangeError('a recorded history has no spot of its own');
  return history.spot ?? history.prices[0]!;
}

function feedOf(request: BacktestInput, { grid, market }: HedgeTerms): PathFeed {
  const { paths, history } = request;
  if (paths) return modelFeed(kernel(), pathModel(paths), grid, pathSource(paths), market.vol);
  if (history?.source !== 'series') throw new RangeError('a recorded history is replayed, not simulated');
  return windowFeed({ spots: history.prices, vols: history.vols ?? market.vol }, spotOf(request), history.strideSteps);
}

function bandsOf(terms: HedgeTerms, spot: number, strategy: HedgeStrategy): BandTable[] {
  const { rule } = strategy.policy;
  const key = JSON.stringify([terms.grid, terms.market, terms.book, spot, rule, strategy.costs, strategy.forecastVol]);
  const known = solved.get(key) ?? solveStrategyBands(kernel(), terms, spot, strategy);
  solved.delete(key);
  solved.set(key, known);
  const [oldest] = solved.keys();
  if (solved.size > KEPT && oldest !== undefined) solved.delete(oldest);
  return known;
}
