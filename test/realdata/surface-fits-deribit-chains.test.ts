import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { impliedVol } from '../../src/quant/pricing/impliedVol.ts';
import { normalCdf } from '../../src/quant/pricing/normal.ts';
import { butterflyViolations } from '../../src/quant/surface/butterfly.ts';
import { calendarViolations } from '../../src/quant/surface/calendar.ts';
import { fitSurface, type ExpiryInput } from '../../src/quant/surface/fit.ts';
import { fittedVolSurface, type FittedSurface } from '../../src/quant/surface/fittedSurface.ts';
import { sviDurrleman, sviTotalVariance, type SviSlice } from '../../src/quant/surface/svi.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's chains are not here (${FOLDER})`);

const YEAR_MS = 365 * 86_400_000;

interface Option {
  strike: number;
  sign: number;
  expiryMs: number;
  forward: number;
  time: number;
  bid: number;
  ask: number;
  markIv: number;
}

/** Prices of coin-settled options are in coin, worth price × forward. */
function chain(name: string, currency: string): { asOfMs: number; options: Option[] } {
  const text = gunzipSync(readFileSync(join(FOLDER, `chain_btc_eth_${name}Z_delta_vega.csv.gz`)));
  const rows: Record<string, string>[] = parse(text, { columns: true });
  const own = rows.filter((row) => row['currency'] === currency);
  const options = own.map((row) => {
    const [expiryMs, forward] = [Number(row['expiry_ms']), Number(row['underlying_price'])];
    return {
      strike: Number(row['strike']),
      sign: row['option_type'] === 'call' ? 1 : -1,
      expiryMs,
      forward,
      time: (expiryMs - Number(row['timestamp_ms'])) / YEAR_MS,
      bid: Number(row['best_bid_price']) * forward,
      ask: Number(row['best_ask_price']) * forward,
      markIv: Number(row['mark_iv']) / 100,
    };
  });
  return { asOfMs: Math.max(...own.map((row) => Number(row['timestamp_ms']))), options };
}

function expiriesOf({ asOfMs, options }: ReturnType<typeof chain>): ExpiryInput[] {
  const dates = [...new Set(options.map(({ expiryMs }) => expiryMs))];
  const groups = dates.map((date) => [date, options.filter(({ expiryMs }) => expiryMs === date)] as const);
  return groups.map(([expiryMs, listed]) => ({
    time: (expiryMs - asOfMs) / YEAR_MS,
    forward: listed.map(({ forward }) => forward).sort((a, b) => a - b)[listed.length >> 1]!,
    quotes: listed.map(({ strike, sign, bid, ask, forward }) => ({ strike, sign, bid, ask, forward })),
  }));
}

/** Both sides quoted, and 0.05 <= |delta| <= 0.95 at the exchange's mark. */
function isLiquid({ bid, ask, markIv, strike, forward, time }: Option): boolean {
  const deviation = markIv * Math.sqrt(time);
  const delta = normalCdf(Math.log(forward / strike) / deviation + 0.5 * deviation);
  return bid > 0 && ask > 0 && delta >= 0.05 && delta <= 0.95;
}

/** A bid below intrinsic value bounds nothing, nor does an ask above every volatility. */
function isInside({ strike, sign, bid, ask, forward, time }: Option, vol: number): boolean {
  const of = (price: number) => impliedVol(price, forward, strike, time, 1, sign);
  return !(vol < of(bid)) && !(vol > of(ask));
}

function slicesOf(surface: FittedSurface): SviSlice[] {
  return surface.expiries.map(({ time, parameters }) => {
    if (parameters.kind !== 'svi') throw new Error(`${time} is not SVI`);
    return { time, ...parameters };
  });
}

const NAMES = ['20260114T2122', '20260326T0955', '20260520T2239', '20260604T1211', '20260821T1547'];
const CHAINS = NAMES.flatMap((name) => [[name, 'BTC'] as const, [name, 'ETH'] as const]);

describe.skipIf(!present).each(CHAINS)('the surface of %s %s', (name, currency) => {
  const given = present ? chain(name, currency) : { asOfMs: 0, options: [] };
  const surface = fitSurface({ expiries: expiriesOf(given) });

  it('is one SVI slice per expiry, none left out', () => {
    expect(surface.omitted).toEqual([]);
    expect(surface.expiries.length).toBeGreaterThanOrEqual(11);
    expect(surface.expiries.map(({ method }) => method)).toEqual(surface.expiries.map(() => 'svi'));
    for (const { quotesUsed, rejected, residuals } of surface.expiries) {
      expect(residuals).toHaveLength(quotesUsed);
      expect(quotesUsed + rejected.length).toBeGreaterThan(0);
    }
    const accounted = surface.expiries.reduce((sum, { quotesUsed, rejected }) => sum + quotesUsed + rejected.length, 0);
    expect(accounted).toBe(given.options.length);
  });

  it('lies inside the spread of at least 97 % of the liquid quotes', () => {
    const vols = fittedVolSurface(surface);
    const liquid = given.options.filter(isLiquid);
    const inside = liquid.filter((option) =>
      isInside(option, vols.vol(option.strike, option.forward, (option.expiryMs - given.asOfMs) / YEAR_MS)),
    );
    expect(liquid.length).toBeGreaterThan(200);
    expect(inside.length / liquid.length).toBeGreaterThanOrEqual(0.97);
    // Of the out-of-the-money quote of each strike alone, whose spread is the narrower: 96.3 % on BTC of 26 March 2026.
    expect(surface.quality.liquidWithinBidAsk).toBeGreaterThanOrEqual(0.96);
  });

  it('has no butterfly and no calendar arbitrage, on a dense grid and exactly', () => {
    const slices = slicesOf(surface);
    slices.forEach((slice, i) => {
      expect(butterflyViolations(slice)).toEqual([]);
      const before = slices[i - 1];
      if (before) expect(calendarViolations(before, slice)).toEqual([]);
      for (let k = -4; k <= 4; k += 0.005) {
        expect(sviDurrleman(slice, k)).toBeGreaterThanOrEqual(-1e-12);
        if (before) expect(sviTotalVariance(slice, k)).toBeGreaterThanOrEqual(sviTotalVariance(before, k));
      }
    });
  });
});
