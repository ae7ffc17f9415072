import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { DEFAULT_EFFORT, type Effort, type Outcome, type Problem } from '../../quant/hedging/optimiser/model.ts';

/** Optimises hedges in worker threads, so that the event loop stays free. */
export interface HedgeSolver {
  /** Never rejects: a thread that crashes, or does not answer in time, is an outcome too. */
  solve(problem: Problem, effort?: Effort): Promise<Outcome>;
  close(): Promise<void>;
}

export interface SolverOptions {
  /** Each has a solver of its own, which keeps some 20 MB. */
  readonly threads?: number;
  /** Of a problem, the wait for a thread included; then its thread is ended. Far above what one takes: a backstop. */
  readonly timeoutMs?: number;
  /** Another entry of the threads. */
  readonly entry?: URL;
}

const TIMEOUT_MS = 30_000;

export function openHedgeSolver({ threads = 1, timeoutMs = TIMEOUT_MS, entry }: SolverOptions = {}): HedgeSolver {
  const source = import.meta.url.endsWith('.ts');
  const pool = new Piscina({
    filename: fileURLToPath(entry ?? new URL(`./worker.${source ? 'ts' : 'js'}`, import.meta.url)),
    name: 'plan', // what a thread looks for as it starts; there is no default export
    minThreads: 1,
    maxThreads: threads,
    ...(source ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  return {
    async solve(problem, effort = DEFAULT_EFFORT) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return (await pool.run({ problem, effort }, { signal })) as Outcome;
      } catch {
        return { status: 'unsolved', reason: signal.aborted ? 'timed_out' : 'crashed' };
      }
    },
    close: () => pool.destroy(),
  };
}
