import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { groupBy } from '../../src/platform/pagination.ts';

const FOLDER = new URL('../../../shared/data/deribit_history/', import.meta.url);

export interface RecordedMarket {
  asOf: Date;
  /** As POST /v1/market-snapshots takes it. */
  input: object;
}

/** A file of recorded chains as market snapshots: the index as spot and perpetual, forwards and mark volatilities of each expiry. */
export function recordedMarkets(file: string): RecordedMarket[] {
  const rows = parse(gunzipSync(readFileSync(new URL(file, FOLDER))), { columns: true }) as Record<string, string>[];
  return [...groupBy(rows, (row) => row['timestamp_ms']!)].map(([at, chain]) => {
    const asOf = new Date(Number(at));
    const index = median(chain.map((row) => Number(row['index_price'])));
    const options = chain.map(optionOf).filter(({ expiry }) => expiry > asOf);
    const forwards = [...groupBy(options, ({ expiry }) => expiry.toISOString())].map(([expiry, alike]) => ({
      ...{ expiry, price: median(alike.map(({ forward }) => forward)) },
    }));
    // Calls and puts of a strike have one mark volatility.
    const quotes = options
      .filter(({ optionType }) => optionType === 'C')
      .map(({ expiry, strike, iv }) => ({ expiry: expiry.toISOString(), strike, iv }));
    const size = { bidSize: 1e9, askSize: 1e9 };
    const perpetual = { mark: index, bid: index - 0.5, ask: index + 0.5, ...size, symbol: 'deribit:BTC-PERPETUAL' };
    const btc = { underlying: 'BTC', spot: { mark: index }, perpetual, forwards };
    const underlyings = [{ ...btc, volatility: { type: 'quotes', quotes } }];
    return { asOf, input: { asOf: asOf.toISOString(), source: 'recorded', underlyings } };
  });
}

function optionOf(row: Record<string, string>) {
  const [, date, strike, type] = row['instrument_name']!.split('-');
  return {
    expiry: new Date(`${date!.replace(/(\d+)([A-Z]+)(\d+)/, '$1 $2 20$3')} 08:00 UTC`),
    strike: Number(strike),
    optionType: type,
    forward: Number(row['underlying_price']),
    iv: Number(row['mark_iv']) / 100,
  };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
