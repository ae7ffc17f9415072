// Builds examples/market.json: a whole BTC and ETH market, fitted from a Deribit chain of 2026-08-21 15:47 UTC. Run with
//   node --import tsx examples/build-market.ts
//
// Of the chain only what is computed from it is kept: median index and forward prices, and one SVI slice per expiry, by
// least squares on mark_iv with vega as weight. The chain has no perpetual: its mark here is the index, its bid the tick
// at or below that, its ask one tick more, and its sizes are those of BTC-PERPETUAL on 2026-05-22 for both.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { MarketSnapshotInputSchema } from '../src/market/model.ts';
import { sviSliceProblems, sviTotalVariance, type SviSlice } from '../src/quant/surface/surface.ts';

const CHAIN = new URL('../../shared/data/deribit/chain_btc_eth_20260821T1547Z_delta_vega.csv.gz', import.meta.url);
const OUT = new URL('./market.json', import.meta.url);
const YEAR_MS = 365 * 86_400_000;
/** Tick of the perpetual, and the decimals that prices are kept with. */
const COINS = { BTC: { tick: 0.5, decimals: 2 }, ETH: { tick: 0.05, decimals: 2 } };
const TOP_OF_BOOK = { bidSize: 385_760, askSize: 23_540 };
/** Log-moneyness at which butterflies are looked for: from a fifth of the forward to five times it. */
const BUTTERFLY_GRID = Array.from({ length: 41 }, (_, i) => (i - 20) / 12.5);
/** Log-moneyness at which the expiries are compared: 37 % to 272 % of the forward. */
const CALENDAR_GRID = Array.from({ length: 21 }, (_, i) => (i - 10) / 10);

interface Row {
  timestamp_ms: string;
  currency: keyof typeof COINS;
  strike: string;
  expiry_ms: string;
  underlying_price: string;
  index_price: string;
  mark_iv: string;
  delta: string;
  vega: string;
}

/** One strike of an expiry, as the fit sees it. */
interface Point {
  /** ln(K/F) */
  k: number;
  vol: number;
  vega: number;
  /** Whether the option is between 5 and 95 delta, where the fit is judged. */
  central: boolean;
}

const rows: Row[] = parse(gunzipSync(readFileSync(CHAIN)), { columns: true });
const asOfMs = Math.round(median(rows.map((row) => Number(row.timestamp_ms))) / 1000) * 1000;
const input = {
  asOf: new Date(asOfMs).toISOString(),
  source: 'SVI fitted to a Deribit chain of 2026-08-21; the perpetuals are made up',
  underlyings: (['BTC', 'ETH'] as const).map(buildUnderlying),
};
MarketSnapshotInputSchema.parse(input);
// One slice or forward a line: short, and still a readable difference.
const text = JSON.stringify(input, null, 2).replace(
  /\{\s+("expiry"[^{}]*?)\s+\}/g,
  (_, body: string) => `{ ${body.replace(/\s+/g, ' ')} }`,
);
writeFileSync(OUT, `${text}\n`);
console.log(`${text.length} bytes, as of ${input.asOf}`);

function buildUnderlying(currency: keyof typeof COINS) {
  const chain = rows.filter((row) => row.currency === currency);
  const { tick, decimals } = COINS[currency];
  const index = round(median(chain.map((row) => Number(row.index_price))), decimals);
  const bid = round(Math.floor(index / tick) * tick, decimals);
  const expiries = [...new Set(chain.map((row) => Number(row.expiry_ms)))].sort((a, b) => a - b);
  const fitted: ReturnType<typeof fitExpiry>[] = [];
  for (const expiryMs of expiries) {
    const ofExpiry = chain.filter((row) => Number(row.expiry_ms) === expiryMs);
    fitted.push(fitExpiry(currency, expiryMs, ofExpiry, fitted.at(-1)?.slice));
  }
  return {
    underlying: currency,
    quote: 'USD',
    spot: { mark: index },
    perpetual: {
      symbol: `deribit:${currency}-PERPETUAL`,
      mark: index,
      bid,
      ask: round(bid + tick, decimals),
      ...TOP_OF_BOOK,
    },
    forwards: fitted.map(({ expiry, forward }) => ({ expiry, price: round(forward, decimals) })),
    volatility: {
      type: 'svi',
      slices: fitted.map(({ expiry, slice: { a, b, rho, m, sigma } }) => ({ expiry, a, b, rho, m, sigma })),
    },
  };
}

function fitExpiry(currency: string, expiryMs: number, chain: Row[], before: SviSlice | undefined) {
  const expiry = new Date(expiryMs).toISOString();
  const forward = median(chain.map((row) => Number(row.underlying_price)));
  const time = (expiryMs - asOfMs) / YEAR_MS;
  const points = chain.map((row) => pointOf(row, forward)).filter(({ vega, vol }) => vega > 0 && vol > 0);
  const slice = fitSvi(points, time, before);
  const problems = sviSliceProblems(slice);
  if (problems.length > 0) throw new Error(`${currency} ${expiry}: ${problems.join('; ')}`);
  const central = points.filter((point) => point.central);
  const worst = Math.max(...central.map((point) => Math.abs(volOf(slice, point.k) - point.vol)));
  const evenly = central.map((point) => ({ ...point, vega: 1 }));
  console.log(
    `${currency} ${expiry.slice(0, 10)}  ${String(points.length).padStart(3)} options  RMSE by vega ${points100(rmse(slice, points))}, ` +
      `of 5 to 95 delta ${points100(rmse(slice, evenly))}, largest there ${points100(worst)} vol points`,
  );
  return { expiry, forward, slice };
}

function pointOf(row: Row, forward: number): Point {
  const delta = Math.abs(Number(row.delta));
  return {
    k: Math.log(Number(row.strike) / forward),
    vol: Number(row.mark_iv) / 100,
    vega: Number(row.vega),
    central: delta >= 0.05 && delta <= 0.95,
  };
}

/**
 * Raw SVI by Nelder–Mead on (ln w_min, ln b, artanh ρ, m, ln σ), w_min = a + bσ√(1−ρ²) being the least total variance: so
 * every candidate has positive variance, b > 0, |ρ| < 1 and σ > 0. Candidates with butterfly arbitrage are refused, and
 * those with wings above Lee's bound 2 or above 2.5·√w(0): the expiries with far strikes stay below that, and where there
 * are none a least-squares fit alone would take any slope. Total variance below that of the expiry before costs so much
 * that it goes.
 */
function fitSvi(points: Point[], time: number, before: SviSlice | undefined): SviSlice {
  const atm = points.reduce((nearest, point) => (Math.abs(point.k) < Math.abs(nearest.k) ? point : nearest)).vol;
  const scale = atm * Math.sqrt(time);
  const steepest = Math.min(2, 2.5 * scale);
  const loss = (parameters: number[]) => {
    const slice = sliceOf(parameters, time);
    if (wingSlope(slice) >= steepest || !isFreeOfButterflies(slice)) return Infinity;
    return rmse(slice, points) + (before ? calendarPenalty(before, slice) : 0);
  };
  const starts = [-0.3, 0.3].flatMap((rho) =>
    [0.5, 2].map((width) => [Math.log(0.9 * scale * scale), Math.log(0.3 * scale), rho, 0, Math.log(width * scale)]),
  );
  const best = starts
    .map((start) => nelderMead(loss, nelderMead(loss, start, 0.2, 2500), 0.05, 2500))
    .reduce((a, b) => (loss(b) < loss(a) ? b : a));
  const { a, b, rho, m, sigma } = sliceOf(best, time);
  return { time, a: digits(a), b: digits(b), rho: digits(rho), m: digits(m), sigma: digits(sigma) };
}

/** How far the slice falls below the earlier one, as a share of it, with a margin for rounding; 0 without calendar arbitrage. */
function calendarPenalty(before: SviSlice, slice: SviSlice): number {
  return CALENDAR_GRID.reduce((most, k) => {
    const earlier = sviTotalVariance(before, k);
    return Math.max(most, 1.001 - sviTotalVariance(slice, k) / earlier);
  }, 0);
}

function wingSlope({ b, rho }: SviSlice): number {
  return b * (1 + Math.abs(rho));
}

/** Durrleman's condition g(k) >= 0 (Gatheral and Jacquier 2014, eq. 2.1), with a margin for what lies between the grid points. */
function isFreeOfButterflies(slice: SviSlice): boolean {
  const { b, rho, m, sigma } = slice;
  return BUTTERFLY_GRID.every((k) => {
    const root = Math.sqrt((k - m) ** 2 + sigma * sigma);
    const w = sviTotalVariance(slice, k);
    const slope = b * (rho + (k - m) / root);
    const bend = (b * sigma * sigma) / (root * root * root);
    return (1 - (k * slope) / (2 * w)) ** 2 - 0.25 * slope * slope * (1 / w + 0.25) + 0.5 * bend > 0.005;
  });
}

function sliceOf([logLeast = 0, logB = 0, fisherRho = 0, m = 0, logSigma = 0]: number[], time: number): SviSlice {
  const b = Math.exp(logB);
  const rho = Math.tanh(fisherRho);
  const sigma = Math.exp(logSigma);
  return { time, a: Math.exp(logLeast) - b * sigma * Math.sqrt(1 - rho * rho), b, rho, m, sigma };
}

function volOf(slice: SviSlice, k: number): number {
  return Math.sqrt(sviTotalVariance(slice, k) / slice.time);
}

function rmse(slice: SviSlice, points: Point[]): number {
  let squares = 0;
  let weights = 0;
  for (const { k, vol, vega } of points) {
    squares += vega * (volOf(slice, k) - vol) ** 2;
    weights += vega;
  }
  return Math.sqrt(squares / weights);
}

/** Nelder and Mead (1965), with their coefficients 1, 2, ½, ½. */
function nelderMead(loss: (x: number[]) => number, start: number[], step: number, iterations: number): number[] {
  let simplex = [start, ...start.map((_, i) => start.map((x, j) => (i === j ? x + step : x)))].map((x) => ({
    x,
    loss: loss(x),
  }));
  for (let i = 0; i < iterations; i++) {
    simplex.sort((a, b) => a.loss - b.loss);
    const worst = simplex.pop()!;
    const centre = start.map((_, j) => simplex.reduce((sum, { x }) => sum + x[j]!, 0) / simplex.length);
    const along = (t: number) => {
      const x = centre.map((c, j) => c + t * (worst.x[j]! - c));
      return { x, loss: loss(x) };
    };
    const reflected = along(-1);
    const best = simplex[0]!;
    if (reflected.loss < best.loss) {
      const expanded = along(-2);
      simplex.push(expanded.loss < reflected.loss ? expanded : reflected);
    } else if (reflected.loss < simplex.at(-1)!.loss) {
      simplex.push(reflected);
    } else {
      const contracted = along(reflected.loss < worst.loss ? -0.5 : 0.5);
      if (contracted.loss < worst.loss) simplex.push(contracted);
      else simplex = [...simplex, worst].map(({ x }) => shrink(x, best.x)).map((x) => ({ x, loss: loss(x) }));
    }
  }
  return simplex.reduce((a, b) => (b.loss < a.loss ? b : a)).x;
}

function shrink(x: number[], towards: number[]): number[] {
  return x.map((value, j) => 0.5 * (value + towards[j]!));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : 0.5 * (sorted[middle - 1]! + sorted[middle]!);
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** Six significant digits: some 1e-4 volatility points. */
function digits(value: number): number {
  return Number(value.toPrecision(6));
}

function points100(vol: number): string {
  return (100 * vol).toFixed(2);
}
