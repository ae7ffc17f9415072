import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { History, HistoryOption } from '../src/quant/simulation/history.ts';

// Chains of coin-settled options as ../shared/data/deribit_history has them, every six hours or so, as a history of one
// strangle that is rolled from expiry to expiry. What its columns mean is in the page beside the data.

export const HISTORY_FOLDER = join(import.meta.dirname, '../../shared/data/deribit_history');
const PERPETUALS = 'futures_perp_20260301_20260415.csv.gz';

const YEAR_MS = 365 * 86_400_000;
/** Expiries fall at 08:00 UTC. */
const EXPIRY_HOUR = 'T08:00:00Z';
const SOLD_DELTA = 0.25;

/** One file of chains, and the expiries that are sold one after another. */
export interface Window {
  readonly currency: 'BTC' | 'ETH';
  /** As the files are named: from and to. */
  readonly dates: string;
  /** ISO dates, ascending: the last Fridays of the months. */
  readonly expiries: readonly string[];
}

export interface Sold {
  readonly name: string;
  readonly atMs: number;
  readonly spot: number;
  readonly vol: number;
  /** In the currency of the spot, per coin. */
  readonly premium: number;
  readonly payoff: number;
}

export interface RecordedStrangle {
  readonly history: History;
  readonly instants: readonly string[];
  readonly sold: readonly Sold[];
  /** Instants at which the hedge trades at the perpetual; at the others it does at the index. */
  readonly atPerpetual: number;
}

interface Quote {
  readonly name: string;
  readonly expiryMs: number;
  readonly strike: number;
  readonly sign: number;
  readonly forward: number;
  readonly index: number;
  readonly mark: number;
  readonly vol: number;
  readonly delta: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly quotes: ReadonlyMap<string, Quote>;
  readonly index: number;
  readonly perpetual: number | undefined;
}

/** Sells the call and the put nearest to a delta of 25 %, one coin of each, and the next ones when they expire. */
export function recordedStrangle(window: Window): RecordedStrangle {
  const expiries = window.expiries.map((date) => Date.parse(date + EXPIRY_HOUR));
  const snapshots = withExpiries(snapshotsOf(window), expiries);
  const startMs = snapshots[0]!.atMs;
  const legs = expiries.flatMap((expiryMs, i) => {
    const from = i === 0 ? 0 : snapshots.findIndex(({ atMs }) => atMs === expiries[i - 1]);
    return [1, -1].map((sign) => ({ quote: nearest(snapshots[from]!, expiryMs, sign), from }));
  });
  const priceOf = ({ perpetual, index }: Snapshot) => perpetual ?? index;
  const history: History = {
    times: Float64Array.from(snapshots, ({ atMs }) => (atMs - startMs) / YEAR_MS),
    spots: Float64Array.from(snapshots, priceOf),
    rate: 0, // that of every row of the exchange
    dividendYield: 0,
    options: legs.map(({ quote, from }) => optionOf(snapshots, quote, from, startMs)),
  };
  return {
    history,
    instants: snapshots.map(({ atMs }) => new Date(atMs).toISOString()),
    sold: legs.map(({ quote, from }) => soldOf(snapshots, quote, from)),
    atPerpetual: snapshots.filter(({ perpetual }) => perpetual !== undefined).length,
  };
}

function rowsOf(file: string): Record<string, string>[] {
  return parse(gunzipSync(readFileSync(join(HISTORY_FOLDER, file))), { columns: true });
}

function snapshotsOf({ currency, dates }: Window): Snapshot[] {
  const perpetuals = new Map(
    rowsOf(PERPETUALS)
      .filter((row) => row['instrument_name'] === `${currency}-PERPETUAL`)
      .map((row) => [Number(row['timestamp_ms']), Number(row['price'])]),
  );
  const groups = new Map<number, Quote[]>();
  for (const row of rowsOf(`chain6h_${dates}_${currency.toLowerCase()}.csv.gz`)) {
    const atMs = Number(row['timestamp_ms']);
    const group = groups.get(atMs) ?? [];
    groups.set(atMs, group);
    group.push(quoteOf(row));
  }
  return [...groups].map(([atMs, quotes]) => ({
    atMs,
    quotes: new Map(quotes.map((quote) => [quote.name, quote])),
    // A snapshot is read over minutes: the middle of the index prices of its rows.
    index: median(quotes.map(({ index }) => index)),
    perpetual: perpetuals.get(atMs),
  }));
}

/** A mark is in coin, worth its price × the forward of its expiry. */
function quoteOf(row: Record<string, string>): Quote {
  const name = row['instrument_name']!;
  const [, date, strike, type] = name.split('-');
  const forward = Number(row['underlying_price']);
  return {
    name,
    expiryMs: Date.parse(`${date!.replace(/(\d+)([A-Z]+)(\d+)/, '$1 $2 20$3')} 08:00 UTC`),
    strike: Number(strike),
    sign: type === 'C' ? 1 : -1,
    forward,
    index: Number(row['index_price']),
    mark: Number(row['mark_price']) * forward,
    vol: Number(row['mark_iv']) / 100,
    delta: Number(row['delta']),
  };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/**
 * With an instant at each expiry that repeats the snapshot before it: no delivery prices are recorded, so the market is taken to
 * stand still until it settles.
 */
function withExpiries(snapshots: readonly Snapshot[], expiries: readonly number[]): Snapshot[] {
  const settled = expiries.map((atMs) => ({ ...snapshots.findLast((before) => before.atMs < atMs)!, atMs }));
  return [...snapshots, ...settled].sort((a, b) => a.atMs - b.atMs);
}

function nearest({ quotes }: Snapshot, expiryMs: number, sign: number): Quote {
  const listed = [...quotes.values()].filter((quote) => quote.expiryMs === expiryMs && quote.sign === sign);
  return listed.reduce((best, quote) =>
    Math.abs(Math.abs(quote.delta) - SOLD_DELTA) < Math.abs(Math.abs(best.delta) - SOLD_DELTA) ? quote : best,
  );
}

function optionOf(snapshots: readonly Snapshot[], quote: Quote, from: number, startMs: number): HistoryOption {
  const { name, sign, strike, expiryMs } = quote;
  const column = (value: (quote: Quote, snapshot: Snapshot) => number) =>
    Float64Array.from(snapshots, (snapshot) => {
      const known = snapshot.quotes.get(name);
      return known ? value(known, snapshot) : NaN;
    });
  return {
    ...{ sign, strike, expiryYears: (expiryMs - startMs) / YEAR_MS, deliveryPrice: deliveryOf(snapshots, expiryMs) },
    quantities: Float64Array.from(snapshots, ({ atMs }, at) => (at >= from && atMs < expiryMs ? -1 : 0)),
    marks: column(({ mark }) => mark),
    vols: column(({ vol }) => vol),
    forwards: column(({ forward }) => forward),
    slopes: column(slopeOf),
  };
}

/** ∂σ/∂ln K by the strikes beside it, of which one is enough. */
function slopeOf(quote: Quote, { quotes }: Snapshot): number {
  const smile = [...quotes.values()]
    .filter(({ expiryMs, sign }) => expiryMs === quote.expiryMs && sign === quote.sign)
    .sort((a, b) => a.strike - b.strike);
  const at = smile.indexOf(quote);
  const [below, above] = [smile[Math.max(at - 1, 0)]!, smile[Math.min(at + 1, smile.length - 1)]!];
  return (above.vol - below.vol) / Math.log(above.strike / below.strike);
}

function deliveryOf(snapshots: readonly Snapshot[], expiryMs: number): number {
  return snapshots.find(({ atMs }) => atMs === expiryMs)!.index;
}

function soldOf(snapshots: readonly Snapshot[], { name, sign, strike, expiryMs }: Quote, from: number): Sold {
  const { atMs, index, quotes } = snapshots[from]!;
  const { mark, vol } = quotes.get(name)!;
  const payoff = Math.max(sign * (deliveryOf(snapshots, expiryMs) - strike), 0);
  return { name, atMs, spot: index, vol, premium: mark, payoff };
}
