import { readFileSync } from 'node:fs';
import type { MarketSnapshotInput } from '../src/market/model.ts';

export const MARKET = JSON.parse(
  readFileSync(new URL('../examples/market.json', import.meta.url), 'utf8'),
) as MarketSnapshotInput;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** `count` option positions over every expiry but the first of a market, as CSV: strikes 60 % to 140 % of spot, both sides. */
export function bookCsv(count: number, { underlyings } = MARKET): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const market = underlyings[i % 2]!;
    const expiries = (market.forwards ?? []).slice(1);
    const expiry = new Date(expiries[i % expiries.length]!.expiry);
    const code = `${expiry.getUTCDate()}${MONTHS[expiry.getUTCMonth()]}${String(expiry.getUTCFullYear()).slice(2)}`;
    const strike = Math.round((market.spot.mark * (0.6 + (0.8 * ((i * 7919) % 1000)) / 1000)) / 10) * 10;
    const quantity = (((i * 104729) % 200) - 100.5) / 10;
    return `p${i},deribit:${market.underlying}-${code}-${strike}-${i % 3 ? 'C' : 'P'},${quantity}`;
  });
  return ['id,instrument,quantity', ...rows].join('\n');
}
