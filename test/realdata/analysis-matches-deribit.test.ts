import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { marketView, resultOf, row } from '../support/books.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's chains are not here (${FOLDER})`);

/** Two decimals of mark_iv and five of each Greek leave about this much (data README). */
const TOLERANCE = { delta: 3e-4, vega: 0.011, theta: 0.15, rho: 0.004 };
const GREEKS = Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[];
/** So that a number of the position cannot be taken for one of the unit. */
const QUANTITY = -20;

type Row = Record<string, string>;

function chain(name: string): Map<string, Row[]> {
  const rows: Row[] = parse(gunzipSync(readFileSync(join(FOLDER, `${name}.csv.gz`))), { columns: true });
  const byExpiry = new Map<string, Row[]>();
  for (const option of rows) {
    const expiry = option['expiry_ms']!;
    byExpiry.set(expiry, [...(byExpiry.get(expiry) ?? []), option]);
  }
  return byExpiry;
}

/**
 * The market of one row: its own forward and instant (each row of a chain has another), its own volatility at its strike,
 * and the other strikes of the expiry around it.
 */
function marketOf(option: Row, expiry: Row[]) {
  const expiryAt = new Date(Number(option['expiry_ms'])).toISOString();
  const strikes = new Map([...expiry, option].map((each) => [each['strike']!, Number(each['mark_iv']) / 100]));
  return marketView(new Date(Number(option['timestamp_ms'])).toISOString(), [
    {
      underlying: option['currency'],
      spot: { mark: Number(option['index_price']) },
      forwards: [{ expiry: expiryAt, price: Number(option['underlying_price']) }],
      rate: Number(option['interest_rate']),
      volatility: {
        type: 'quotes',
        quotes: [...strikes].map(([strike, iv]) => ({ expiry: expiryAt, strike: Number(strike), iv })),
      },
    },
  ]);
}

describe.skipIf(!present)('an analysis of a short position', () => {
  it.each([
    ['chain_btc_20200514T0541Z', 7, 310],
    ['chain_btc_testnet_20210211T1837Z', 9, 488],
    ['chain_eth_testnet_20210211T1838Z', 8, 498],
  ])("tells %s's Greeks in the units that the exchange quotes them in", async (name, expiries, options) => {
    const byExpiry = chain(name);
    expect([byExpiry.size, [...byExpiry.values()].flat().length]).toEqual([expiries, options]);
    for (const expiry of byExpiry.values()) {
      for (const option of expiry) {
        const symbol = `deribit:${option['instrument_name']}`;
        const got = await resultOf(marketOf(option, expiry), row(symbol, QUANTITY));
        // A theta capped at the worth of the option is the exchange's worth there, and ours of a rounded volatility here.
        const worth = Math.abs(got.price - Number(option['mark_price']) * Number(option['underlying_price']));
        for (const greek of GREEKS) {
          const deviation = Math.abs(got[greek] / QUANTITY - Number(option[greek]));
          const allowed = TOLERANCE[greek] + (greek === 'theta' ? worth : 0);
          expect(deviation, `${greek} of ${symbol}`).toBeLessThanOrEqual(allowed);
        }
        expect(worth / Number(option['underlying_price']), `mark of ${symbol}`).toBeLessThan(2e-3);
      }
    }
  });
});
