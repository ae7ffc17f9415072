import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSymbol, tradingRules } from '../../src/instruments/service.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit/raw_api');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's answers are not here (${FOLDER})`);

interface Listed {
  instrument_name: string;
  expiration_timestamp: number;
  min_trade_amount: number;
  tick_size: number;
  tick_size_steps: { above_price: number; tick_size: number }[];
  settlement_period: string;
}

describe.skipIf(!present).each(['future', 'option'])('%s instruments of get_instruments', (kind) => {
  const text = present
    ? readFileSync(join(FOLDER, `deribit_get_instruments_btc_${kind}_20260522.json`), 'utf8')
    : '{"result":[]}';
  const listed: Listed[] = JSON.parse(text).result;

  it.each(listed)('$instrument_name', (row) => {
    const decoded = decodeSymbol(`deribit:${row.instrument_name}`);
    if (!decoded.ok) return expect.fail(decoded.detail);
    const { terms } = decoded.instrument;
    if ('expiry' in terms) expect(Date.parse(terms.expiry)).toBe(row.expiration_timestamp);
    else expect(row.settlement_period).toBe('perpetual');
    const rules = tradingRules(decoded.instrument);
    expect(Number(rules.minTrade)).toBe(row.min_trade_amount);
    expect(Number(rules.tickSize)).toBe(row.tick_size);
    const steps = rules.coarseTick
      ? [{ above_price: Number(rules.coarseTick.above), tick_size: Number(rules.coarseTick.tickSize) }]
      : [];
    expect(steps).toEqual(row.tick_size_steps);
  });
});
