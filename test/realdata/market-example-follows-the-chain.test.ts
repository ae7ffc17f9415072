import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { MarketSnapshotInputSchema } from '../../src/market/model.ts';
import { snapshotFaults } from '../../src/market/validate.ts';
import { isMissing } from '../../src/market/pricing.ts';
import { buildMarketView } from '../../src/market/view.ts';

const CHAIN = join(import.meta.dirname, '../../../shared/data/deribit/chain_btc_eth_20260821T1547Z_delta_vega.csv.gz');
const present = existsSync(CHAIN);
if (!present) console.warn(`skipped: the chain is not here (${CHAIN})`);

const text = readFileSync(join(import.meta.dirname, '../../examples/market.json'), 'utf8');
const example = MarketSnapshotInputSchema.parse(JSON.parse(text));
const view = buildMarketView('example', example);

it('the example is a snapshot without faults, and short', () => {
  expect(snapshotFaults(example)).toEqual([]);
  expect(text.length).toBeLessThan(15_000);
});

it('its total variance grows with time at every moneyness: no calendar arbitrage', () => {
  for (const { underlying, quote } of view.underlyings) {
    const market = view.underlying(underlying, quote)!;
    const expiries = example.underlyings
      .find((given) => given.underlying === underlying)!
      .forwards!.map(({ expiry }) => Date.parse(expiry));
    for (let k = -1; k <= 1; k += 0.1) {
      const variances = expiries.map((expiryMs) => {
        const inputs = market.pricing(expiryMs, market.forward(expiryMs)! * Math.exp(k));
        return isMissing(inputs) ? NaN : inputs.vol ** 2 * inputs.time;
      });
      expect(variances).toEqual(variances.toSorted((a, b) => a - b));
    }
  }
});

describe.skipIf(!present)('against the chain that it was fitted from', () => {
  const rows: Record<string, string>[] = present ? parse(gunzipSync(readFileSync(CHAIN)), { columns: true }) : [];
  const central = rows.filter(
    (row) => Math.abs(Number(row['delta'])) >= 0.05 && Math.abs(Number(row['delta'])) <= 0.95,
  );
  const errors = central.map((row) => {
    const inputs = view.underlying(row['currency']!, 'USD')!.pricing(Number(row['expiry_ms']), Number(row['strike']));
    return isMissing(inputs) ? NaN : Math.abs(100 * inputs.vol - Number(row['mark_iv']));
  });

  it('volatilities of 5 to 95 delta are within 0.7 points, and 0.2 in the mean square', () => {
    expect(central.length).toBeGreaterThan(800);
    expect(Math.max(...errors)).toBeLessThan(0.7);
    expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)).toBeLessThan(0.2);
  });
});
