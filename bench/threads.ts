import { type Crew, openCrew } from '../src/pricing/crew.ts';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../src/quant/pricing/black.ts';
import { randomOptions, randomScenarios } from './kernel.ts';
import { quantile, wait } from './service.ts';
import { seededUniform } from './timing.ts';

type Metrics = Record<string, number>;

const SIZES = [1_000, 10_000, 100_000];
const GRID = { positions: 1_000, scenarios: 1_000 };
const ROUNDS = 21;
const CALLS = 8;
/** Long enough for every thread to have gone to sleep. */
const PAUSE_MS = 3;

/** Median milliseconds of each contender, in turns of a few calls in a row, the first of which wakes its threads and does not count. */
async function compareCalls<Name extends string>(
  contenders: Record<Name, () => unknown>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      for (let call = 0; call < CALLS; call++) {
        const started = performance.now();
        await contenders[name]();
        if (call > 0) times[name].push(performance.now() - started);
      }
    }
  }
  return Object.fromEntries(names.map((name) => [name, quantile(times[name], 0.5)])) as Record<Name, number>;
}

function columnsOf(count: number): Float64Array {
  const columns = new Float64Array(INPUT_COLUMNS.length * count);
  randomOptions(count).forEach((option, i) =>
    INPUT_COLUMNS.forEach((name, c) => (columns[c * count + i] = option[name])),
  );
  return columns;
}

/**
 * Nine outputs by one thread and by two. In place: columns in the memory of the threads. Copied: columns of the caller's,
 * and a new array for each answer, as books are priced. Against the kernel on the caller's own thread, which is blocked then.
 */
async function benchOptions(one: Crew, two: Crew): Promise<Metrics> {
  const metrics: Metrics = {};
  const kernel = openKernel();
  for (const count of SIZES) {
    const columns = columnsOf(count);
    const placed = [kernel.arena, one, two].map((memory) => {
      const input = memory.allocate(columns.length);
      input.set(columns);
      return [input, memory.allocate(OUTPUT_COLUMNS.length * count)] as const;
    });
    const [[input, output], [inputOfOne, outputOfOne], [inputOfTwo, outputOfTwo]] = placed as [Place, Place, Place];
    const times = await compareCalls({
      own: () => kernel.europeans(input, output, count),
      one: () => one.europeans(inputOfOne, count, outputOfOne),
      two: () => two.europeans(inputOfTwo, count, outputOfTwo),
      oneCopied: () => one.europeans(columns, count),
      twoCopied: () => two.europeans(columns, count),
    });
    const size = `1e${Math.log10(count)}`;
    for (const [name, ms] of Object.entries(times)) metrics[`${name}Ms_${size}`] = ms;
    metrics[`ratio_${size}`] = times.one / times.two;
    metrics[`copiedRatio_${size}`] = times.oneCopied / times.twoCopied;
    metrics[`ratioToOwnThread_${size}`] = times.own / times.two;
    placed[0]!.forEach((array) => kernel.arena.free(array));
    placed[1]!.forEach((array) => one.release(array));
    placed[2]!.forEach((array) => two.release(array));
  }
  return metrics;
}

type Place = readonly [Float64Array, Float64Array];

async function benchGrid(one: Crew, two: Crew): Promise<Metrics> {
  const uniform = seededUniform(3);
  const count = GRID.positions;
  const book = { input: columnsOf(count), weights: Float64Array.from({ length: count }, () => uniform() - 0.5), count };
  const scenarios = randomScenarios(GRID.scenarios);
  const times = await compareCalls({ one: () => one.grid(book, scenarios), two: () => two.grid(book, scenarios) });
  return { gridOneThreadMs: times.one, gridTwoThreadsMs: times.two, gridRatio: times.one / times.two };
}

/** What a call costs beside the kernel: one option, with the threads awake, and after a pause. */
async function benchDispatch(crew: Crew): Promise<Metrics> {
  const input = columnsOf(1);
  const call = async (): Promise<number> => {
    const started = performance.now();
    const { kernelSeconds } = await crew.europeans(input, 1);
    return 1000 * (performance.now() - started - 1000 * kernelSeconds);
  };
  const awake: number[] = [];
  const asleep: number[] = [];
  for (let i = 0; i < 2_000; i++) awake.push(await call());
  for (let i = 0; i < 200; i++) {
    await wait(PAUSE_MS);
    asleep.push(await call());
  }
  return { dispatchAwakeUs: quantile(awake, 0.5), dispatchAsleepUs: quantile(asleep, 0.5) };
}

/** Threads of the pricing pool against one of them, awaited by the event loop as the service does. */
export async function benchThreads(): Promise<{ name: string; metrics: Metrics }> {
  const one = openCrew({ threads: 1 });
  const two = openCrew({ threads: 2 });
  try {
    const metrics = {
      ...(await benchOptions(one, two)),
      ...(await benchGrid(one, two)),
      ...(await benchDispatch(one)),
    };
    return { name: `threads: one against two, grid of ${GRID.positions} × ${GRID.scenarios}`, metrics };
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}
