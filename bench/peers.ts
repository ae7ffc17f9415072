import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { IMPLIED_VOL_COLUMNS } from '../src/quant/kernel/impliedVols.ts';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { americanPrice } from '../src/quant/pricing/american.ts';
import { allBlackGreeks, INPUT_COLUMNS, OUTPUT_COLUMNS, type BlackInput } from '../src/quant/pricing/black.ts';
import { hestonGreeks } from '../src/quant/pricing/heston.ts';
import { randomOptions } from './kernel.ts';
import { seededUniform } from './timing.ts';

// What others offer, on the same options in the same run: QuantLib's C++ engines, the same mathematics in C at the machine's full
// vector width, and the fastest npm package found. Processor time on both sides, taking turns; medians over the rounds.

type Metrics = Record<string, number>;

const ROUNDS = 7;
const folder = join(tmpdir(), 'ballast-bench-peers');
const kernel = openKernel();

function install(): void {
  mkdirSync(folder, { recursive: true });
  const script = fileURLToPath(new URL('./native/install.sh', import.meta.url));
  execFileSync('bash', [script, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function binary(name: string): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

/** A peer in a process of its own: reads the columns from a file, and answers its own processor time per option. */
function nativePeer(path: string, family: string[], columns: Float64Array) {
  const [input, output] = ['in', 'out'].map((name) => join(folder, `${family.join('') || 'kernel'}.${name}`));
  writeFileSync(input!, new Uint8Array(columns.buffer, columns.byteOffset, columns.byteLength));
  return {
    /** Best of three inside the process: the first of them finds cold caches. */
    nanoseconds: () =>
      Math.min(
        ...execFileSync(path, [...family, '3', input!, output!])
          .toString()
          .trim()
          .split('\n')
          .map(Number),
      ),
    answers: () => new Float64Array(new Uint8Array(readFileSync(output!)).buffer),
  };
}

/** Passes long enough that the clock of processor time, and the engine's own threads, do not show. */
const LEAST_MICROSECONDS = 30_000;

function processorMicroseconds(run: () => void, passes: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < passes; i++) run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function ownNanoseconds(run: () => void, units: number): number {
  const once = processorMicroseconds(run, 1);
  const passes = Math.ceil(LEAST_MICROSECONDS / Math.max(once, 1));
  const times = [0, 1, 2].map(() => processorMicroseconds(run, passes) / passes);
  return (Math.min(...times) * 1000) / units;
}

/** Medians of everybody's nanoseconds, and of the ratios of each round to the first contender. */
function takeTurns(contenders: Record<string, () => number>): Metrics {
  const names = Object.keys(contenders);
  for (const name of names) contenders[name]!(); // warm up
  const rounds = Array.from({ length: ROUNDS }, () => names.map((name) => contenders[name]!()));
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  return Object.fromEntries(
    names.flatMap((name, i) => [
      [`${name}Ns`, median(rounds.map((round) => round[i]!))],
      ...(i === 0 ? [] : [[`${name}Ratio`, median(rounds.map((round) => round[i]! / round[0]!))]]),
    ]),
  );
}

function columnsOf<T>(items: readonly T[], names: readonly (keyof T)[]): Float64Array {
  const columns = kernel.arena.allocate(names.length * items.length);
  items.forEach((item, i) => names.forEach((name, c) => (columns[c * items.length + i] = Number(item[name]))));
  return columns;
}

function greeks(): Metrics {
  const options = randomOptions(100_000);
  const n = options.length;
  const input = columnsOf<BlackInput>(options, INPUT_COLUMNS);
  const output = kernel.arena.allocate(OUTPUT_COLUMNS.length * n);
  const contenders: Record<string, () => number> = {
    kernel: () => ownNanoseconds(() => kernel.europeans(input, output, n), n),
  };
  const quantlib = binary('quantlib');
  const peer = quantlib && nativePeer(quantlib, ['black'], input);
  if (peer) contenders['quantlib'] = peer.nanoseconds;
  for (const width of ['avx512', 'avx2']) {
    const path = binary(`kernel-${width}`);
    if (path) contenders[width] = nativePeer(path, [], input).nanoseconds;
  }
  const npm = npmPeer(options);
  if (npm) contenders['uqee'] = () => ownNanoseconds(npm, n);
  const metrics = takeTurns(contenders);
  if (peer) assertClose(output.subarray(0, n), peer.answers().subarray(0, n), 1e-7, 'QuantLib prices');
  return metrics;
}

interface BlackScholesClass {
  new (args: { sigmaToPricePrecision: 'double' }): { option(args: object): { price: number } };
}

/** Without carry, which it does not know; six outputs, objects in and out, as it is meant to be used. */
function npmPeer(options: readonly BlackInput[]): (() => void) | undefined {
  if (!existsSync(join(folder, 'npm/node_modules/@uqee/black-scholes'))) return undefined;
  const { BlackScholes } = createRequire(join(folder, 'npm/index.js'))('@uqee/black-scholes') as {
    BlackScholes: BlackScholesClass;
  };
  const model = new BlackScholes({ sigmaToPricePrecision: 'double' });
  const given = options.map(({ spot, strike, time, rate, vol, sign }) => ({
    ...{ underlying: spot, strike, time, rate, sigma: vol, type: sign > 0 ? 'call' : 'put' },
  }));
  const kept = new Array<object>(given.length);
  return () => {
    for (let i = 0; i < given.length; i++) kept[i] = model.option(given[i]!);
  };
}

function assertClose(ours: Float64Array, theirs: Float64Array, tolerance: number, what: string): void {
  ours.forEach((value, i) => {
    if (!(Math.abs(value - theirs[i]!) <= tolerance * (1 + Math.abs(value))))
      throw new Error(`${what} differ at ${i}: ${value} and ${theirs[i]}`);
  });
}

/** Out-of-the-money prices above 1e-7·S of true volatilities 5 % … 100 %, 3 days … 3 years. */
function impliedVols(): Metrics {
  const uniform = seededUniform(99);
  const quotes: {
    price: number;
    forward: number;
    strike: number;
    time: number;
    discount: number;
    sign: number;
    vol: number;
  }[] = [];
  while (quotes.length < 16_384) {
    const [forward, time, vol] = [100, (3 / 365) * 365 ** uniform(), 0.05 + 0.95 * uniform()];
    const strike = forward * Math.exp((uniform() - 0.5) * 4 * vol * Math.sqrt(time));
    const sign = strike >= forward ? 1 : -1;
    const { price } = allBlackGreeks({ spot: forward, strike, time, rate: 0, carry: 0, vol, sign });
    if (price > 1e-7 * forward) quotes.push({ price, forward, strike, time, discount: 1, sign, vol });
  }
  const n = quotes.length;
  const input = columnsOf(quotes, IMPLIED_VOL_COLUMNS);
  const vols = kernel.arena.allocate(n);
  const statuses = new Uint8Array(n);
  const contenders: Record<string, () => number> = {
    kernel: () => ownNanoseconds(() => kernel.impliedVols(input, vols, statuses, n), n),
  };
  const quantlib = binary('quantlib');
  const peers = quantlib
    ? ['lirs', 'newton'].map((family) => [family, nativePeer(quantlib, [family], input)] as const)
    : [];
  for (const [family, peer] of peers) contenders[family] = peer.nanoseconds;
  const worst = (answers: Float64Array) => Math.max(...quotes.map(({ vol }, i) => Math.abs(answers[i]! / vol - 1)));
  const metrics = takeTurns(contenders);
  return {
    ...metrics,
    kernelWorstError: worst(vols),
    ...Object.fromEntries(peers.map(([family, peer]) => [`${family}WorstError`, worst(peer.answers())])),
  };
}

const DAY = 1 / 365;

/** Spot 80 … 120 % of strike, 30 … 730 days, σ 10 … 60 %, r and q 1 … 10 %. Both sides against our own `high` tier. */
function americans(): Metrics {
  const uniform = seededUniform(7);
  const options = Array.from({ length: 500 }, () => ({
    ...{ spot: 80 + 40 * uniform(), strike: 100, days: 30 + Math.floor(700 * uniform()) },
    ...{ rate: 0.01 + 0.09 * uniform(), dividendYield: 0.01 + 0.09 * uniform(), vol: 0.1 + 0.5 * uniform() },
    sign: uniform() < 0.5 ? 1 : -1,
  }));
  const priced = options.map((option) => ({ ...option, time: option.days * DAY }));
  const truth = priced.map((option) => numberOf(americanPrice(option, 'high')));
  const input = columnsOf(options, ['spot', 'strike', 'days', 'rate', 'dividendYield', 'vol', 'sign']);
  const metrics: Metrics = {};
  const quantlib = binary('quantlib');
  for (const tier of ['fast', 'accurate'] as const) {
    const ours = new Float64Array(options.length);
    const run = () => priced.forEach((option, i) => (ours[i] = numberOf(americanPrice(option, tier))));
    const peer = quantlib && nativePeer(quantlib, [`american-${tier}`], input);
    const contenders = {
      [tier]: () => ownNanoseconds(run, options.length),
      ...(peer ? { [`${tier}QdFp`]: peer.nanoseconds } : {}),
    };
    const errors = (answers: Float64Array) => truth.map((value, i) => Math.abs(answers[i]! - value) / 100);
    Object.assign(metrics, takeTurns(contenders), errorMetrics(tier, errors(ours)));
    if (peer) Object.assign(metrics, errorMetrics(`${tier}QdFp`, errors(peer.answers())));
  }
  return metrics;
}

function numberOf(answer: number | string): number {
  return typeof answer === 'number' ? answer : NaN;
}

function errorMetrics(name: string, errors: number[]): Metrics {
  const sorted = errors.sort((a, b) => a - b);
  return { [`${name}MedianError`]: sorted[sorted.length >> 1]!, [`${name}WorstError`]: sorted.at(-1)! };
}

/** Strikes 70 … 140 % of spot, 30 … 730 days, parameters of markets. Each its own parameters: nothing is shared between strikes. */
function hestons(): Metrics {
  const uniform = seededUniform(11);
  const options = Array.from({ length: 500 }, () => ({
    ...{ spot: 100, strike: 70 + 70 * uniform(), days: 30 + Math.floor(700 * uniform()) },
    ...{
      rate: 0.05 * uniform(),
      dividendYield: 0.03 * uniform(),
      v0: 0.01 + 0.2 * uniform(),
      kappa: 0.5 + 4 * uniform(),
    },
    ...{ theta: 0.01 + 0.2 * uniform(), sigma: 0.1 + 0.9 * uniform(), rho: -0.9 + 1.2 * uniform(), sign: 1 },
  }));
  const input = columnsOf(options, [
    ...(['spot', 'strike', 'days', 'rate', 'dividendYield', 'v0', 'kappa', 'theta', 'sigma', 'rho', 'sign'] as const),
  ]);
  const priced = options.map((option) => ({ ...option, time: option.days * DAY }));
  const ours = new Float64Array(options.length);
  const run = () =>
    priced.forEach((option, i) => {
      const answer = hestonGreeks(option);
      ours[i] = typeof answer === 'string' ? NaN : answer.price;
    });
  const quantlib = binary('quantlib');
  const peer = quantlib && nativePeer(quantlib, ['heston'], input);
  const metrics = takeTurns({
    allGreeks: () => ownNanoseconds(run, options.length),
    ...(peer ? { laguerre144: peer.nanoseconds } : {}),
  });
  if (peer) {
    const apart = peer.answers().map((value, i) => Math.abs(value - ours[i]!) / 100);
    Object.assign(metrics, errorMetrics('apart', [...apart]));
  }
  return metrics;
}

const FAMILIES: Record<string, () => Metrics> = { greeks, impliedVols, americans, hestons };

/**
 * Our own against what others offer. Each family in a process of its own, as the peers are: what one has made the engine's compiler
 * believe does not slow the next.
 */
export async function benchPeers(): Promise<{ name: string; metrics: Metrics }> {
  install();
  const file = fileURLToPath(import.meta.url);
  const metrics = Object.keys(FAMILIES).flatMap((family) => {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', file, family], { maxBuffer: 1e6 });
    const measured = JSON.parse(printed.toString()) as Metrics;
    return Object.entries(measured).map(([name, value]) => [`${family}.${name}`, value] as const);
  });
  return { name: 'peers', metrics: Object.fromEntries(metrics) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(JSON.stringify(FAMILIES[process.argv[2]!]!()));
}
