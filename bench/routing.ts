import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poolOfPositions, swap, type ConcentratedPool } from '../src/quant/pools/concentrated.ts';
import { sqrtPriceAtTick } from '../src/quant/pools/tickPrice.ts';
import { concentratedVenue, constantProductVenue } from '../src/quant/routing/chainVenues.ts';
import { routeThroughNetwork, type Edge } from '../src/quant/routing/network.ts';
import { splitOrder } from '../src/quant/routing/split.ts';
import { concentratedRanges, constantProduct } from '../src/quant/routing/venues.ts';
import { splitUnits, type UnitVenue } from '../src/quant/routing/wholeUnits.ts';
import { quantile } from './service.ts';
import { seededUniform } from './timing.ts';

// One order over 20 pools against Uniswap's own router, given the same pools, quotes and gas; a thousand pools between many tokens; and
// a single quote of a Uniswap v3 pool.

const PEER = '@uniswap/smart-order-router@4.31.10';
const ORDERS = 12;
/** Enough that a 99th percentile is one, and compilation is over before the first that counts. */
const [WARM_UPS, ROUNDS] = [40, 100];
const PEER_ROUNDS = 3;
const UNIT = 10n ** 18n;
const GOALS = { splitP99Ms: 2, shortfallBps: 0.1, networkMs: 30, quoteUs: 50 };

interface Case {
  readonly venues: () => UnitVenue[];
  readonly amount: bigint;
}

function pools(uniform: () => number, count: number): (() => UnitVenue)[] {
  return Array.from({ length: count }, (_, i) => {
    const depth = BigInt(Math.round(10 ** (2 + 2 * uniform())));
    const price = 1_990_000n + BigInt(Math.round(20_000 * uniform()));
    const gas = Math.round(2e17 * (0.8 + 0.4 * uniform()));
    if (i % 3 > 0) {
      const [reserveIn, reserveOut] = [depth * UNIT, (depth * UNIT * price) / 1_000_000n];
      return () => constantProductVenue({ reserveIn, reserveOut, feePips: 3_000 }, gas);
    }
    const pool = ranged(uniform, depth * UNIT);
    return () => concentratedVenue(pool, true, gas);
  });
}

/** 60 positions around a price near 2. */
function ranged(uniform: () => number, depth: bigint): ConcentratedPool {
  const centre = Math.round(Math.log(2) / Math.log(1.0001) / 60) * 60;
  const positions = Array.from({ length: 60 }, () => {
    const width = 60 * Math.ceil(80 * uniform());
    const lower = centre - width - 60 * Math.floor(20 * uniform());
    return { tickLower: lower, tickUpper: lower + 2 * width, liquidity: depth / 20n };
  });
  return poolOfPositions(sqrtPriceAtTick(centre + Math.round(40 * uniform() - 20)), 60, 3_000, positions);
}

function cases(count: number): Case[] {
  const uniform = seededUniform(5);
  return Array.from({ length: ORDERS }, () => {
    const made = pools(uniform, count);
    return { venues: () => made.map((make) => make()), amount: BigInt(Math.round(200 + 4_000 * uniform())) * UNIT };
  });
}

function netOf(venues: readonly UnitVenue[], amount: bigint): number {
  const { parts, amountOut } = splitUnits(venues, amount)!;
  return Number(amountOut) - parts.reduce((sum, { venue }) => sum + venues[venue]!.fixedCost, 0);
}

interface Peer {
  /** Milliseconds, and output less gas. */
  route(venues: readonly UnitVenue[], amount: bigint): Promise<{ ms: number; net: number }>;
}

interface Amount {
  subtract(other: Amount): Amount;
  quotient: { toString(): string };
}

function openPeer(): Peer | undefined {
  const folder = join(tmpdir(), 'ballast-bench-peers', 'router');
  if (!existsSync(join(folder, 'node_modules/@uniswap/smart-order-router'))) {
    mkdirSync(folder, { recursive: true });
    const options = ['--silent', '--no-save', '--no-package-lock', '--ignore-scripts', '--prefix', folder];
    try {
      execFileSync('npm', ['install', ...options, PEER], { stdio: 'ignore' });
    } catch {
      process.stderr.write(`no ${PEER}\n`);
      return undefined;
    }
  }
  const load = createRequire(join(folder, 'node_modules/@uniswap/smart-order-router/package.json'));
  load('./build/main/index.js'); // its modules load each other in a circle, which only its own entry gets right
  const { getBestSwapRoute } = load('./build/main/routers/alpha-router/functions/best-swap-route.js');
  const { Token, CurrencyAmount, TradeType } = load('@uniswap/sdk-core');
  const { BigNumber } = load('@ethersproject/bignumber');
  const token = (digit: string) => new Token(1, `0x${digit.repeat(40)}`, 18, digit);
  const [paid, got, dollar] = [token('1'), token('2'), token('3')];
  const of = (currency: object, amount: bigint): Amount => CurrencyAmount.fromRawAmount(currency, amount.toString());
  const percents = Array.from({ length: 20 }, (_, i) => 5 * (i + 1));
  const quotesOf = (venues: readonly UnitVenue[], amount: bigint) =>
    venues.flatMap((venue, i) =>
      percents.map((percent) => {
        const share = (amount * BigInt(percent)) / 100n;
        const quote = of(got, venue.pays(share));
        const cost = of(got, BigInt(venue.fixedCost));
        return {
          ...{ protocol: 'V2', percent, amount: of(paid, share), quote, quoteAdjustedForGas: quote.subtract(cost) },
          ...{ gasEstimate: BigNumber.from(0), gasCostInToken: cost, gasCostInUSD: of(dollar, 0n), quoteToken: got },
          ...{
            poolIdentifiers: [`pool ${i}`],
            tokenPath: [paid, got],
            route: { protocol: 'V2', input: paid, output: got, path: [paid, got], pairs: [] },
            tradeType: TradeType.EXACT_INPUT,
          },
        };
      }),
    );
  // What its own configuration has for mainnet.
  const config = { minSplits: 1, maxSplits: 7, forceCrossProtocol: false, forceMixedRoutes: false };
  const portions = {
    getPortionAdjustedQuote: () => undefined,
    getRouteWithQuotePortionAdjusted: (_: unknown, routes: unknown) => routes,
    getQuoteGasAndPortionAdjusted: (_: unknown, quote: unknown) => quote,
  };
  return {
    async route(venues, amount) {
      const quotes = quotesOf(venues, amount);
      const started = performance.now();
      const best = await getBestSwapRoute(
        of(paid, amount),
        percents,
        quotes,
        TradeType.EXACT_INPUT,
        1,
        config,
        portions,
      );
      const ms = performance.now() - started;
      return { ms, net: Number(best.quoteGasAdjusted.quotient.toString()) };
    },
  };
}

async function againstPeer(count: number): Promise<Record<string, number>> {
  const asked = cases(count);
  const peer = openPeer();
  const [ours, theirs, gains, shortfalls]: number[][] = [[], [], [], []];
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const { venues: make, amount } of asked) {
      const started = performance.now();
      const venues = make();
      const net = netOf(venues, amount);
      if (round < 0) continue;
      ours!.push(performance.now() - started);
      if (round >= PEER_ROUNDS) continue;
      shortfalls!.push(1e4 * (splitOrder(venues, Number(amount))!.bound / net - 1));
      if (!peer) continue;
      const answer = await peer.route(venues, amount);
      theirs!.push(answer.ms);
      gains!.push(1e4 * (net / answer.net - 1));
    }
  }
  return {
    [`split${count}Ms`]: quantile(ours!, 0.5),
    [`split${count}P99Ms`]: quantile(ours!, 0.99),
    [`split${count}P99OfGoal`]: quantile(ours!, 0.99) / GOALS.splitP99Ms,
    [`split${count}WorstShortfallBps`]: Math.max(...shortfalls!),
    ...(peer
      ? {
          [`router${count}Ms`]: quantile(theirs!, 0.5),
          [`router${count}Ratio`]: quantile(theirs!, 0.5) / quantile(ours!, 0.5),
          [`router${count}LeastGainBps`]: Math.min(...gains!),
          [`router${count}MedianGainBps`]: quantile(gains!, 0.5),
        }
      : {}),
  };
}

const TOKENS = 100;
const POOLS = 1_000;

/** Pools between tokens of prices a hundredfold apart, mispriced by up to half a per cent, every token reached. */
function network(uniform: () => number): { edges: Edge[]; holdings: Float64Array } {
  const prices = Array.from({ length: TOKENS }, () => 100 ** uniform());
  const edges: Edge[] = [];
  for (let i = 0; i < POOLS; i++) {
    const from = i < TOKENS - 1 ? i + 1 : Math.floor(TOKENS * uniform());
    const other = Math.floor((i < TOKENS - 1 ? from : TOKENS) * uniform());
    const to = other === from ? (from + 1) % TOKENS : other;
    const worth = 10 ** (3 + 3 * uniform());
    const [x, y] = [worth / prices[from]!, (worth / prices[to]!) * (0.995 + 0.01 * uniform())];
    edges.push({ from, to, exchange: i % 3 ? constantProduct(x, y, 0.003) : rangedExchange(x, y, true) });
    edges.push({ from: to, to: from, exchange: i % 3 ? constantProduct(y, x, 0.003) : rangedExchange(x, y, false) });
  }
  const holdings = new Float64Array(TOKENS);
  holdings[TOKENS - 1] = 10_000 / prices[TOKENS - 1]!;
  return { edges, holdings };
}

/** 20 ranges around the price y/x. */
function rangedExchange(x: number, y: number, zeroForOne: boolean) {
  const centre = Math.floor(Math.log(y / x) / Math.log(1.0001));
  const ranges = Array.from({ length: 20 }, (_, k) => {
    return { tickLower: centre - 150 * (k + 1), tickUpper: centre + 150 * (k + 1), liquidity: Math.sqrt(x * y) };
  });
  return concentratedRanges(Math.sqrt(y / x), ranges, 0.003, zeroForOne);
}

function networks(): Record<string, number> {
  const uniform = seededUniform(3);
  const asked = Array.from({ length: 10 }, () => network(uniform));
  const times: number[] = [];
  const gaps: number[] = [];
  for (let round = -2; round < 5; round++) {
    for (const { edges, holdings } of asked) {
      const started = performance.now();
      const { amountOut, bound } = routeThroughNetwork(TOKENS, edges, holdings, 0);
      if (round < 0) continue;
      times.push(performance.now() - started);
      gaps.push(Math.abs(bound / amountOut - 1));
    }
  }
  return {
    networkMs: quantile(times, 0.5),
    networkP90Ms: quantile(times, 0.9),
    networkOfGoal: quantile(times, 0.5) / GOALS.networkMs,
    networkWorstGap: Math.max(...gaps),
  };
}

/** Of amounts that cross none to some tens of ticks. */
function quotes(): Record<string, number> {
  const uniform = seededUniform(9);
  const pool = ranged(uniform, 1_000n * UNIT);
  const amounts = Array.from({ length: 200 }, () => BigInt(Math.round(1e6 * 10 ** (2.5 * uniform()))) * 10n ** 12n);
  const times: number[] = [];
  for (let round = -5; round < ROUNDS; round++) {
    const started = performance.now();
    for (const amount of amounts) swap(pool, true, amount);
    if (round >= 0) times.push((1e3 * (performance.now() - started)) / amounts.length);
  }
  return { quoteUs: quantile(times, 0.5), quoteOfGoal: quantile(times, 0.5) / GOALS.quoteUs };
}

/** An order over 20 pools, whole units and gas, with Uniswap's router on the same quotes; 1,000 pools between 100 tokens; v3 quotes. */
export async function benchRouting(): Promise<{ name: string; metrics: Record<string, number> }> {
  const metrics = { ...(await againstPeer(20)), ...networks(), ...quotes() };
  return { name: 'routing', metrics };
}
