import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Problem } from '../platform/problem.ts';
import type { History } from '../quant/simulation/history.ts';
import type { BacktestInput } from './model.ts';
import type { BacktestResult, PlotKind, StrategyResult } from './resultModel.ts';

/** Simulates in worker threads, so that the event loop stays free. Rejects with a Problem what cannot be simulated. */
export interface SimulationThreads {
  /** What paths `from` … `to − 1` come to, packed as outcome.ts has it. */
  shard(task: { request: BacktestInput; from: number; to: number }): Promise<Float64Array>;
  recorded(task: { request: BacktestInput; history: History; instants: string[] }): Promise<BacktestResult>;
  summary(task: { request: BacktestInput; shards: Float64Array[]; premium: number }): Promise<StrategyResult[]>;
  /** A plot as SVG. */
  plot(task: { kind: PlotKind; result: BacktestResult }): Promise<string>;
  close(): Promise<void>;
}

export function openSimulationThreads(): SimulationThreads {
  // The names are what a thread looks for as it starts; there are no default exports.
  const threads = openThreads('worker', 'shard', availableParallelism());
  const plotter = openThreads('plotWorker', 'plot', 1);
  const run = async (name: string, task: object): Promise<never> => {
    try {
      return (await threads.run(task, { name })) as never;
    } catch (error) {
      // The engine refuses what it cannot simulate with a RangeError; anything else is a defect, and is tried again.
      if (error instanceof Error && error.name === 'RangeError')
        throw new Problem('validation_failed', `It cannot be simulated: ${error.message}`, { cause: error });
      throw error;
    }
  };
  return {
    shard: (task) => run('shard', task),
    recorded: (task) => run('recorded', task),
    summary: (task) => run('summary', task),
    plot: (task) => plotter.run(task) as Promise<string>,
    close: async () => void (await Promise.all([threads.close(), plotter.close()])),
  };
}

function openThreads(file: string, name: string, maxThreads: number): Piscina {
  const source = import.meta.url.endsWith('.ts');
  return new Piscina({
    filename: fileURLToPath(new URL(`./${file}.${source ? 'ts' : 'js'}`, import.meta.url)),
    ...{ name, minThreads: 0, maxThreads, idleTimeout: 60_000 },
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
  });
}
