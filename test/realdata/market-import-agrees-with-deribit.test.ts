import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSymbol, expiryOf } from '../../src/instruments/service.ts';
import { importDeribit, pullDeribit, type DeribitImport } from '../../src/market/deribit.ts';
import { deribitFolder } from '../../src/market/deribitFolder.ts';
import { MarketSnapshotInputSchema } from '../../src/market/model.ts';
import { snapshotFaults } from '../../src/market/validate.ts';
import { isMissing } from '../../src/market/pricing.ts';
import { buildMarketView, type MarketView, type UnderlyingView } from '../../src/market/view.ts';
import { blackGreeks } from '../../src/quant/pricing/black.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's answers are not here (${FOLDER})`);

interface Row {
  instrument_name: string;
  mark_iv: number;
  mark_price: number;
  bid_price: number;
  ask_price: number;
}

function rawRows(file: string): Row[] {
  return JSON.parse(readFileSync(join(FOLDER, 'raw_api', file), 'utf8')).result;
}

/** Price in coin as we make it from the snapshot, with the volatility used. */
function priced(view: MarketView, name: string): { price: number; vol: number } {
  const decoded = decodeSymbol(`deribit:${name}`);
  if (!decoded.ok || decoded.instrument.terms.kind !== 'option') throw new Error(`${name} is no option`);
  const { underlying, quote, strike, optionType } = decoded.instrument.terms;
  const inputs = view
    .underlying(underlying, quote)!
    .pricing(Date.parse(expiryOf(decoded.instrument.terms)!), Number(strike));
  if (isMissing(inputs)) throw new Error(`${name}: ${inputs.detail}`);
  const { price } = blackGreeks({ ...inputs, strike: Number(strike), sign: optionType === 'call' ? 1 : -1 });
  return { price: price / inputs.spot, vol: inputs.vol };
}

describe.skipIf(!present)('raw answers of 2026-05-22', () => {
  let snapshot: DeribitImport['snapshot'];
  let skipped: DeribitImport['skipped'];
  let view: MarketView;
  let btc: UnderlyingView;
  beforeAll(async () => {
    ({ snapshot, skipped } = await pullDeribit(await deribitFolder(join(FOLDER, 'raw_api')), ['BTC']));
    view = buildMarketView('raw', snapshot);
    btc = view.underlying('BTC', 'USD')!;
  });

  it('make a snapshot without faults, with nothing left out', () => {
    expect(MarketSnapshotInputSchema.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(
      JSON.parse(JSON.stringify(snapshot)),
    );
    expect(snapshotFaults(snapshot)).toEqual([]);
    expect(skipped).toEqual([]);
  });

  it('give index, perpetual and time as in the ticker, the newest of them', () => {
    const { result } = JSON.parse(
      readFileSync(join(FOLDER, 'raw_api/deribit_ticker_btc_perpetual_20260522.json'), 'utf8'),
    );
    expect(view.asOf.getTime()).toBe(result.timestamp);
    expect(btc.spot).toEqual({ mark: result.index_price });
    expect(btc.perpetual).toMatchObject({
      mark: result.mark_price,
      bid: result.best_bid_price,
      ask: result.best_ask_price,
      bidSize: result.best_bid_amount,
      askSize: result.best_ask_amount,
    });
    expect(btc.staleness).toEqual({ spot: 0, perpetual: 0, forwards: 1.493, volatility: 2.312 });
  });

  it('give every dated future as the forward of its expiry', () => {
    const futures = rawRows('deribit_book_summary_btc_future_20260522.json').filter(
      (row) => row.instrument_name !== 'BTC-PERPETUAL',
    );
    expect(futures).toHaveLength(12);
    const listed = new Map<string, number>(
      JSON.parse(
        readFileSync(join(FOLDER, 'raw_api/deribit_get_instruments_btc_future_20260522.json'), 'utf8'),
      ).result.map((row: { instrument_name: string; expiration_timestamp: number }) => [
        row.instrument_name,
        row.expiration_timestamp,
      ]),
    );
    for (const row of futures) {
      const expiryMs = listed.get(row.instrument_name)!;
      expect(btc.forward(expiryMs)).toBe(row.mark_price);
      expect(btc.forwardQuote(expiryMs)).toMatchObject({
        mark: row.mark_price,
        bid: row.bid_price,
        ask: row.ask_price,
      });
    }
  });

  it('price every option at its mark_iv, to the mark', () => {
    const options = rawRows('deribit_book_summary_btc_option_20260522.json');
    expect(options).toHaveLength(5);
    for (const row of options) {
      const { price, vol } = priced(view, row.instrument_name);
      expect(vol).toBeCloseTo(row.mark_iv / 100, 12);
      // The mark is 8 decimals of a forward a second older; taking the index for it would be off by 1e-4.
      expect(Math.abs(price - row.mark_price)).toBeLessThan(1.5e-5);
    }
  });
});

describe.skipIf(!present)('a whole chain of 2026-08-21, as book summaries', () => {
  let rows: Record<string, string>[];
  let snapshot: DeribitImport['snapshot'];
  let skipped: DeribitImport['skipped'];
  let view: MarketView;
  beforeAll(() => {
    rows = parse(gunzipSync(readFileSync(join(FOLDER, 'chain_btc_eth_20260821T1547Z_delta_vega.csv.gz'))), {
      columns: true,
    });
    const result = rows.map((row) => ({
      instrument_name: row['instrument_name'],
      creation_timestamp: Number(row['timestamp_ms']),
      mark_price: Number(row['mark_price']),
      mark_iv: Number(row['mark_iv']),
      underlying_index: row['underlying_index'],
      underlying_price: Number(row['underlying_price']),
      estimated_delivery_price: Number(row['index_price']),
    }));
    ({ snapshot, skipped } = importDeribit({ summaries: [{ result }], instruments: [] }));
    view = buildMarketView('chain', snapshot);
  });

  it('becomes 24 forwards and 995 volatilities without a fault', () => {
    expect(skipped).toEqual([]);
    expect(snapshotFaults(snapshot)).toEqual([]);
    const counts = snapshot.underlyings.map(({ forwards, volatility }) => [
      forwards?.length,
      volatility?.type === 'quotes' && volatility.quotes.length,
    ]);
    expect(counts).toEqual([
      [12, rows.filter((row) => row['currency'] === 'BTC').length / 2],
      [12, rows.filter((row) => row['currency'] === 'ETH').length / 2],
    ]);
  });

  it('prices every option within 1e-3 coin of the mark', () => {
    const worst = Math.max(
      ...rows.map((row) => Math.abs(priced(view, row['instrument_name']!).price - Number(row['mark_price']))),
    );
    expect(worst).toBeLessThan(1e-3);
  });
});
