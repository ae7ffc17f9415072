import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSymbol } from '../../src/instruments/service.ts';
import { startDeribit, type DeribitInstrument } from '../venues/deribit.ts';
import { startStage, type ExchangeStage } from '../venues/stage.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit/raw_api');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's answers are not here (${FOLDER})`);

function recorded(kind: 'future' | 'option'): DeribitInstrument[] {
  if (!present) return [];
  return JSON.parse(readFileSync(join(FOLDER, `deribit_get_instruments_btc_${kind}_20260522.json`), 'utf8')).result;
}

/** Every future and, for time, every twentieth option. */
const instruments = [...recorded('future'), ...recorded('option').filter((_, i) => i % 20 === 0)];

describe.skipIf(!present)('orders go to every instrument that Deribit listed on 2026-05-22, on its grid', () => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage('deribit', { timeoutMs: 5_000 }, (clock) => startDeribit(clock, instruments));
  });
  afterAll(() => stage.close());

  it.each(instruments)(
    '$instrument_name',
    async ({ instrument_name: name, kind, min_trade_amount: least, tick_size_steps }) => {
      const decoded = decodeSymbol(`deribit:${name}`);
      if (!decoded.ok) return expect.fail(decoded.detail);
      const { terms } = decoded.instrument;
      stage.engine.quote(name, [], [[kind === 'option' ? '0.0125' : '80000', String(3 * least)]]);
      const quantity = (3 * least).toFixed(1);
      const order = stage.order({ terms, quantity, limitPrice: kind === 'option' ? '0.01263' : '80001.3' });
      expect(await stage.venue.submit(order)).toMatchObject({ status: 'filled' });
      const [taken] = stage.engine.taken(order.clientOrderId);
      const price = kind === 'future' ? (name === 'BTC-PERPETUAL' ? '80001' : '80000') : '0.0125';
      expect(taken).toMatchObject({ instrument: name, price, filled: taken!.amount });
      if (kind === 'option') expect(tick_size_steps).toEqual([{ above_price: 0.005, tick_size: 0.0005 }]);
      const off = await stage.venue.submit(stage.order({ terms, quantity: String(least * 1.5) }));
      expect(off.reason).toContain(`${name} is traded in multiples of ${least}`);
    },
  );
});
