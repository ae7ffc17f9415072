import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Rule } from '../src/quant/hedging/policy.ts';
import type { Kernel } from '../src/quant/kernel/contract.ts';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { quantile } from './service.ts';
import {
  EVERY_STEP,
  FEES,
  GBM,
  HESTON,
  RATE,
  SHARE,
  simulate,
  SPOT,
  STEPS,
  strategyOf,
  STRIKE,
  VOL,
  YEARS,
} from './simulationShare.ts';
import { compare } from './timing.ts';

type Metrics = Record<string, number>;

const PATHS = 8_192;
const CALLS = 15;

/** N(x) by Abramowitz & Stegun 26.2.17, as textbooks have it: error below 7.5e-8. */
function textbookCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    0.3989422804014327 *
    Math.exp((-x * x) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}

function textbookD1(spot: number, years: number): number {
  return (Math.log(spot / STRIKE) + (RATE + (VOL * VOL) / 2) * years) / (VOL * Math.sqrt(years));
}

/** The same hedge as anyone would write it: Math.random, Box & Muller, one path after another. */
function naive(count: number): Float64Array {
  const dt = YEARS / STEPS;
  const d1 = textbookD1(SPOT, YEARS);
  const premium = SPOT * textbookCdf(d1) - STRIKE * Math.exp(-RATE * YEARS) * textbookCdf(d1 - VOL * Math.sqrt(YEARS));
  return Float64Array.from({ length: count }, () => {
    let [spot, cash, held] = [SPOT, premium, 0];
    for (let step = 0; step < STEPS; step++) {
      const delta = textbookCdf(textbookD1(spot, YEARS - step * dt));
      cash -= (delta - held) * spot;
      held = delta;
      const z = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
      spot *= Math.exp((RATE - (VOL * VOL) / 2) * dt + VOL * Math.sqrt(dt) * z);
      cash *= Math.exp(RATE * dt);
    }
    return cash + held * spot - Math.max(spot - STRIKE, 0);
  });
}

/** The contenders must agree, or the comparison means nothing: to 5 % of the sd of 8,192 paths. */
function assertSameRisk(kernel: Kernel): void {
  const sd = (column: Float64Array) => Math.sqrt(column.reduce((sum, x) => sum + x * x, 0) / column.length);
  const ratio = sd(simulate(kernel, GBM, [EVERY_STEP], PATHS)) / sd(naive(PATHS));
  if (!(Math.abs(ratio - 1) < 0.05)) throw new Error(`the naive simulation errs ${ratio} times as much`);
}

function benchOneThread(): Metrics {
  const kernel = openKernel();
  assertSameRisk(kernel);
  const run = (rule: Rule, model = GBM) => {
    const strategies = [strategyOf(rule, FEES)];
    return () => simulate(kernel, model, strategies, PATHS);
  };
  const times = compare(
    {
      clock: () => simulate(kernel, GBM, [EVERY_STEP], PATHS),
      sixClocks: () =>
        simulate(
          kernel,
          GBM,
          Array.from({ length: 6 }, () => EVERY_STEP),
          PATHS,
        ),
      whalleyWilmott: run({ kind: 'whalley_wilmott', riskAversion: 1 }),
      zakamouline: run({ kind: 'zakamouline', riskAversion: 1 }),
      heston: run({ kind: 'interval', years: 0 }, HESTON),
      naive: () => naive(PATHS),
    },
    PATHS * STEPS,
  );
  return {
    pathStepsPerSecond: 1e9 / times.clock,
    clockNsPerPathStep: times.clock,
    furtherStrategyNsPerPathStep: (times.sixClocks - times.clock) / 5,
    whalleyWilmottNsPerPathStep: times.whalleyWilmott,
    zakamoulineNsPerPathStep: times.zakamouline,
    hestonNsPerPathStep: times.heston,
    naiveNsPerPathStep: times.naive,
    ratioToNaive: times.naive / times.clock,
  };
}

interface Crew {
  run(shards: readonly number[]): Promise<void>;
  close(): Promise<unknown>;
}

/** Threads that each simulate one share after another. */
function openCrew(threads: number): Crew {
  // tsx reads what a thread requires, but not the file that it begins with.
  const code = `require(${JSON.stringify(fileURLToPath(new URL('./simulationShare.ts', import.meta.url)))})`;
  const workers = Array.from(
    { length: threads },
    () => new Worker(code, { eval: true, execArgv: ['--require', 'tsx/cjs'] }),
  );
  const ask = async (worker: Worker, from: number) => {
    worker.postMessage(from);
    await once(worker, 'message');
  };
  return {
    async run(shards) {
      const lanes = workers.map(async (worker, index) => {
        for (let i = index; i < shards.length; i += threads) await ask(worker, shards[i]!);
      });
      await Promise.all(lanes);
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

/** Two shards by one thread and by two, in turns. */
async function benchTwoThreads(): Promise<Metrics> {
  const [one, two] = [openCrew(1), openCrew(2)];
  const times: { one: number[]; two: number[] } = { one: [], two: [] };
  try {
    for (let call = -2; call < CALLS; call++) {
      for (const [name, crew] of [
        ['one', one],
        ['two', two],
      ] as const) {
        const started = performance.now();
        await crew.run([0, SHARE]);
        if (call >= 0) times[name].push(performance.now() - started);
      }
    }
    const [oneMs, twoMs] = [quantile(times.one, 0.5), quantile(times.two, 0.5)];
    return { oneThreadMs: oneMs, twoThreadsMs: twoMs, ratioOfTwoThreads: oneMs / twoMs };
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

/** Hedging one option along simulated paths: by tier of decision, against the naive way, and by two threads against one. */
export async function benchSimulation(): Promise<{ name: string; metrics: Metrics }> {
  const metrics = { ...benchOneThread(), ...(await benchTwoThreads()) };
  return { name: `simulation: one call hedged on ${PATHS} paths of ${STEPS} steps`, metrics };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await benchSimulation(), null, 2));
}
