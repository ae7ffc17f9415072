import { pathToFileURL } from 'node:url';
import { IMPLIED_VOL_COLUMNS } from '../src/quant/kernel/impliedVols.ts';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { type Book, GRID_COLUMNS, type Scenarios } from '../src/quant/kernel/scenarioGrid.ts';
import {
  ALL_OUTPUT_COLUMNS,
  type BlackInput,
  blackGreeks,
  type Greeks,
  INPUT_COLUMNS,
  OUTPUT_COLUMNS,
} from '../src/quant/pricing/black.ts';
import { textbookGreeks } from './textbook.ts';
import { compare, seededUniform } from './timing.ts';

type Metrics = Record<string, number>;

const COUNT = 100_000;
const simd = openKernel();
const scalar = openKernel({ form: 'scalar' });
const relaxed = openKernel({ form: 'relaxed', memory: simd.arena.memory });

/** Spot 50 … 150, |ln(K/S)| <= 0.5, T 4 days … 2 years, σ 5 % … 105 %, calls and puts in random order. */
export function randomOptions(count: number): BlackInput[] {
  const uniform = seededUniform(12345);
  return Array.from({ length: count }, () => {
    const spot = 50 + 100 * uniform();
    return {
      spot,
      strike: spot * Math.exp(uniform() - 0.5),
      time: 0.01 + 2 * uniform(),
      rate: 0.1 * uniform(),
      carry: 0.1 * uniform() - 0.05,
      vol: 0.05 + uniform(),
      sign: uniform() < 0.5 ? 1 : -1,
    };
  });
}

function columnsOf(options: readonly BlackInput[]): Float64Array {
  const count = options.length;
  const columns = simd.arena.allocate(INPUT_COLUMNS.length * count);
  options.forEach((option, i) => INPUT_COLUMNS.forEach((name, c) => (columns[c * count + i] = option[name])));
  return columns;
}

function viewOf({ byteOffset, length }: Float64Array): Float64Array {
  return relaxed.arena.view(byteOffset, length);
}

/** The contenders must agree, or the comparison means nothing. */
function assertSameAnswers(options: readonly BlackInput[], output: Float64Array): void {
  for (let i = 0; i < options.length; i += 997) {
    const want = textbookGreeks(options[i]!);
    OUTPUT_COLUMNS.forEach((name, c) => {
      const got = output[c * options.length + i]!;
      if (!(Math.abs(got - want[name]) <= 1e-9 * (1 + Math.abs(got))))
        throw new Error(`${name} of option ${i}: ${got} and ${want[name]}`);
    });
  }
}

/** Nine outputs of 100,000 options through the forms of the kernel and, objects in and out, by the textbook's formulas. */
function benchGreeks(): Metrics {
  const options = randomOptions(COUNT);
  const input = columnsOf(options);
  const output = simd.arena.allocate(ALL_OUTPUT_COLUMNS.length * COUNT);
  // The same columns as another kernel on the memory sees them.
  const seen = { input: viewOf(input), output: viewOf(output) };
  const own = { input: Float64Array.from(input), output: new Float64Array(OUTPUT_COLUMNS.length * COUNT) };
  const kept: Greeks[] = new Array(COUNT);
  const strikes = input.subarray(COUNT, 2 * COUNT);
  const vols = input.subarray(5 * COUNT, 6 * COUNT);
  const calls = simd.arena.allocate(OUTPUT_COLUMNS.length * COUNT);
  const puts = simd.arena.allocate(OUTPUT_COLUMNS.length * COUNT);
  simd.europeans(input, output, COUNT);
  assertSameAnswers(options, output);
  const times = compare(
    {
      nine: () => simd.europeans(input, output, COUNT),
      copied: () => simd.europeans(own.input, own.output, COUNT),
      seventeen: () => simd.allGreeks(input, output, COUNT),
      chain: () => simd.chain({ spot: 100, time: 0.4, rate: 0.03, carry: 0.01 }, strikes, vols, calls, puts),
      relaxed: () => relaxed.europeans(seen.input, seen.output, COUNT),
      scalar: () => scalar.europeans(input, output, COUNT),
      scalarSeventeen: () => scalar.allGreeks(input, output, COUNT),
      objects: () => options.forEach((option, i) => (kept[i] = blackGreeks(option))),
      textbook: () => options.forEach((option, i) => (kept[i] = textbookGreeks(option))),
    },
    COUNT,
  );
  [output, calls, puts, input].forEach((array) => simd.arena.free(array));
  return {
    kernelNsPerOption: times.nine,
    kernelOptionsPerSecond: 1e9 / times.nine,
    copiedNsPerOption: times.copied,
    seventeenNsPerOption: times.seventeen,
    chainNsPerPair: times.chain,
    scalarNsPerOption: times.scalar,
    objectsNsPerOption: times.objects,
    textbookNsPerOption: times.textbook,
    ratioToScalar: times.scalar / times.nine,
    ratioToTextbook: times.textbook / times.nine,
    seventeenToNine: times.seventeen / times.nine,
    scalarSeventeenToNine: times.scalarSeventeen / times.scalar,
    twoOptionsToPairOfChain: (2 * times.nine) / times.chain,
    ...(relaxed.form === 'relaxed' ? { ratioToRelaxed: times.nine / times.relaxed } : {}),
  };
}

export function randomScenarios(count: number): Scenarios {
  const uniform = seededUniform(99);
  const column = (draw: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => draw(i));
  const dates = [0, 1, 7];
  return {
    spotMoves: column(() => 0.6 * uniform() - 0.3),
    volScales: column(() => 0.6 + uniform()),
    volShifts: column(() => 0),
    years: column((i) => dates[Math.floor((i * dates.length) / count)]! / 365),
  };
}

/** Four sums over 2,000 positions under 300 scenarios: fused, and by pricing the moved book again with the same SIMD kernel. */
function benchGrid(): Metrics {
  const count = 2000;
  const input = columnsOf(randomOptions(count));
  const uniform = seededUniform(3);
  const book: Book = { input, weights: Float64Array.from({ length: count }, () => uniform() - 0.5), count };
  const scenarios = randomScenarios(300);
  const n = scenarios.spotMoves.length;
  const fusedSums = new Float64Array(GRID_COLUMNS.length * n);
  const naiveSums = new Float64Array(GRID_COLUMNS.length * n);
  const moved = simd.arena.allocate(INPUT_COLUMNS.length * count);
  const priced = simd.arena.allocate(OUTPUT_COLUMNS.length * count);
  const times = compare(
    {
      fused: () => simd.grid(book, scenarios, fusedSums),
      naive: () => revalueAll(book, scenarios, moved, priced, naiveSums),
    },
    n * count,
  );
  const scale = Math.max(...naiveSums.subarray(0, n).map(Math.abs));
  const apart = Math.max(...fusedSums.subarray(0, n).map((x, s) => Math.abs(x - naiveSums[s]!))) / scale;
  return {
    gridNsPerValuation: times.fused,
    ratioGridToNaive: times.naive / times.fused,
    gridToNaiveDifference: apart,
  };
}

function revalueAll(
  book: Book,
  scenarios: Scenarios,
  moved: Float64Array,
  priced: Float64Array,
  sums: Float64Array,
): void {
  const { input, weights, count } = book;
  const n = scenarios.spotMoves.length;
  moved.set(input);
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < count; i++) {
      moved[i] = input[i]! * (1 + scenarios.spotMoves[s]!);
      moved[2 * count + i] = Math.max(input[2 * count + i]! - scenarios.years[s]!, 0);
      moved[5 * count + i] = Math.max(input[5 * count + i]! * scenarios.volScales[s]! + scenarios.volShifts[s]!, 0);
    }
    simd.europeans(moved, priced, count);
    for (let c = 0; c < GRID_COLUMNS.length; c++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += weights[i]! * priced[c * count + i]!;
      sums[c * n + s] = sum;
    }
  }
}

/** 16,384 out-of-the-money prices above 1e-7 of the forward, σ 5 … 100 %, three days … three years. */
function benchImpliedVol(): Metrics {
  const count = 16_384;
  const uniform = seededUniform(17);
  const input = simd.arena.allocate(IMPLIED_VOL_COLUMNS.length * count);
  const truth = new Float64Array(count);
  for (let i = 0; i < count;) {
    const time = 3 / 365 + 3 * uniform();
    const vol = 0.05 + 0.95 * uniform();
    const strike = 100 * Math.exp(3 * (2 * uniform() - 1) * vol * Math.sqrt(time));
    const sign = strike >= 100 ? 1 : -1;
    const { price } = blackGreeks({ spot: 100, strike, time, rate: 0, carry: 0, vol, sign });
    if (!(price > 1e-5)) continue;
    [price, 100, strike, time, 1, sign].forEach((value, c) => (input[c * count + i] = value));
    truth[i++] = vol;
  }
  const vols = simd.arena.allocate(count);
  const statuses = new Uint8Array(count);
  const times = compare(
    {
      vector: () => simd.impliedVols(input, vols, statuses, count),
      scalar: () => scalar.impliedVols(input, vols, statuses, count),
    },
    count,
  );
  return {
    impliedVolNs: times.vector,
    impliedVolRatioToScalar: times.scalar / times.vector,
    impliedVolWorstError: Math.max(...vols.map((vol, i) => Math.abs(vol / truth[i]! - 1))),
  };
}

/** 10,000 geometric Brownian paths of 100 steps. */
function benchPaths(): Metrics {
  const count = 10_000;
  const terms = { spot: 100, growth: 0.03, vol: 0.5, stepYears: 1 / 365, steps: 100 };
  const prices = simd.arena.allocate(count * terms.steps);
  const source = { seed: 2026, stream: 0 };
  const times = compare(
    {
      vector: () => simd.paths(source, terms, prices, count),
      scalar: () => scalar.paths(source, terms, prices, count),
    },
    count * terms.steps,
  );
  simd.arena.free(prices);
  return { pathNsPerStep: times.vector, pathRatioToScalar: times.scalar / times.vector };
}

/** Cost per option from a thousand to ten million, the large ones in parts of 100,000. */
function benchGrowth(): Metrics {
  const metrics: Metrics = {};
  const part = columnsOf(randomOptions(COUNT));
  const output = simd.arena.allocate(OUTPUT_COLUMNS.length * COUNT);
  for (const size of [1e3, 1e4, 1e5, 1e6, 1e7]) {
    const times: number[] = [];
    for (let repeat = 0; repeat < (size > 1e6 ? 3 : 9); repeat++) {
      const start = process.hrtime.bigint();
      for (let done = 0; done < size; done += COUNT)
        simd.europeans(part, output, COUNT, 0, Math.min(COUNT, size - done));
      times.push(Number(process.hrtime.bigint() - start) / size);
    }
    metrics[`nsPerOptionOf1e${Math.log10(size)}`] = times.sort((a, b) => a - b)[times.length >> 1]!;
  }
  return metrics;
}

/** The kernel's families, each against its scalar twin or the plain way, in one run. */
export async function benchKernel(): Promise<{ name: string; metrics: Metrics }> {
  return {
    name: 'kernel',
    metrics: {
      options: COUNT,
      ...benchGreeks(),
      ...benchGrid(),
      ...benchImpliedVol(),
      ...benchPaths(),
      ...benchGrowth(),
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(await benchKernel(), null, 2));
}
