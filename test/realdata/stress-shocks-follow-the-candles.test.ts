import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { STRESS_SCENARIOS } from '../../src/risk/stress.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: candles and volatility indices are not here (${FOLDER})`);

type Row = Record<string, string>;

function rows(path: string): Row[] {
  return parse(gunzipSync(readFileSync(join(FOLDER, `${path}.csv.gz`))), { columns: true });
}

/** From the open of the first candle of some days to the lowest low in them. */
function fall(file: string, from: string, days: number): number {
  const start = Date.parse(from);
  const inside = rows(`candles/${file}`).filter((row) => {
    const at = Number(row['timestamp_ms']);
    return at >= start && at < start + days * 86_400_000;
  });
  const low = Math.min(...inside.map((row) => Number(row['low'])));
  return low / Number(inside[0]!['open']) - 1;
}

function dvol(date: string): number {
  return Number(rows('vol_index/dvol_btc_daily_20240101_20260622').find((row) => row['date'] === date)!['dvol']);
}

/** The shocks have four decimals. */
const ROUNDING = 5.001e-5;

describe.skipIf(!present)('the measured shocks', () => {
  it.each([
    ['march_2020', 'perp_1h_2020', '2020-03-12', 1],
    ['luna', 'perp_1h_2022', '2022-05-09', 4],
    ['ftx', 'perp_1h_2022', '2022-11-08', 2],
    ['august_2024', 'spot_30m_20240715_20240831', '2024-08-04', 2],
  ] as const)('of spot in %s are those of the candles that their source names', (name, file, from, days) => {
    const { btc, eth, source } = STRESS_SCENARIOS[name];
    expect(Math.abs(fall(`btcusdt_${file}`, from, days) - btc.spot)).toBeLessThan(ROUNDING);
    expect(Math.abs(fall(`ethusdt_${file}`, from, days) - eth.spot)).toBeLessThan(ROUNDING);
    expect(source).toContain(`btcusdt_${file}`);
    expect(source).toContain(`ethusdt_${file}`);
  });

  it.each([
    ['august_2024', '2024-08-03', '2024-08-05'],
    ['october_2025', '2025-10-09', '2025-10-11'],
  ] as const)('of BTC volatility in %s are those of the index', (name, before, after) => {
    expect(STRESS_SCENARIOS[name].btc.vol).toBeCloseTo(dvol(after) - dvol(before), 10);
  });
});
