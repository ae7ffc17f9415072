import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../src/quant/pricing/black.ts';
import { thetaPerDay } from '../../src/quant/pricing/conventions.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's chains are not here (${FOLDER})`);

const YEAR_MS = 365 * 86_400_000;
/** Largest deviations allowed: two decimals of mark_iv and five of each Greek leave about this much (data README). */
const TOLERANCE = { delta: 3e-4, vega: 0.011, theta: 0.15, rho: 0.004 };

type Row = Record<string, string>;

function chain(name: string): Row[] {
  const text = gunzipSync(readFileSync(join(FOLDER, `${name}.csv.gz`))).toString('utf8');
  const [head, ...lines] = text.trim().split('\n');
  const names = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i]!, field])));
}

const usable = (row: Row): boolean =>
  Number(row.mark_iv) > 0 && Number(row.underlying_price) > 0 && row.delta !== '' && row.theta !== '';

/** Our Greeks in the exchange's units: vega and rho per point, theta per day. */
function deviations(row: Row): Record<keyof typeof TOLERANCE, number> {
  const spot = Number(row.underlying_price);
  const time = (Number(row.expiry_ms) - Number(row.timestamp_ms)) / YEAR_MS;
  const greeks = blackGreeks({
    spot,
    strike: Number(row.strike),
    time,
    rate: Number(row.interest_rate),
    carry: 0,
    vol: Number(row.mark_iv) / 100,
    sign: row.option_type === 'call' ? 1 : -1,
  });
  const theta = thetaPerDay(greeks.theta, time, Number(row.mark_price) * spot);
  return {
    delta: Math.abs(greeks.delta - Number(row.delta)),
    vega: Math.abs(greeks.vega / 100 - Number(row.vega)),
    theta: Math.abs(theta - Number(row.theta)),
    rho: Math.abs(greeks.rho / 100 - Number(row.rho)),
  };
}

describe.skipIf(!present)("Deribit's own Greeks", () => {
  it.each([
    ['chain_btc_20200514T0541Z', 310],
    ['chain_btc_testnet_20210211T1837Z', 488],
    ['chain_eth_testnet_20210211T1838Z', 498],
  ])('are reproduced for every option of %s', (name, count) => {
    const rows = chain(name);
    expect(rows.length).toBe(count);
    expect(rows.filter((row) => !usable(row)).length, 'rows without data').toBe(0);
    for (const row of rows) {
      const got = deviations(row);
      for (const field of Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[]) {
        expect(got[field], `${field} of ${row.instrument_name}`).toBeLessThanOrEqual(TOLERANCE[field]);
      }
    }
  });
});
