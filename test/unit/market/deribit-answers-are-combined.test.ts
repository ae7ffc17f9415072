import { describe, expect, it } from 'vitest';
import { importDeribit } from '../../../src/market/deribit.ts';
import { MarketSnapshotInputSchema } from '../../../src/market/model.ts';
import { snapshotFaults } from '../../../src/market/validate.ts';

const NOW = Date.parse('2026-05-22T14:00:00.000Z');
const answer = (...result: object[]) => ({ jsonrpc: '2.0', result });

function row(name: string, fields: object = {}) {
  return { instrument_name: name, creation_timestamp: NOW, mark_price: 100, estimated_delivery_price: 100, ...fields };
}

function option(name: string, markIv: number | null, fields: object = {}) {
  const underlying = { underlying_index: 'SYN.BTC-29MAY26', underlying_price: 101 };
  return row(name, { mark_price: 0.01, mark_iv: markIv, ...underlying, ...fields });
}

function imported(...rows: object[]) {
  const { snapshot, skipped } = importDeribit({ summaries: [answer(...rows)], instruments: [] });
  expect(MarketSnapshotInputSchema.parse(JSON.parse(JSON.stringify(snapshot)))).toBeTruthy();
  expect(snapshotFaults(snapshot)).toEqual([]);
  return { market: snapshot.underlyings[0]!, skipped, snapshot };
}

describe('forwards', () => {
  it('are the dated futures, and the options’ own underlying where there is none', () => {
    const { market } = imported(
      row('BTC-5JUN26', { mark_price: 102, bid_price: 101.5, ask_price: 102.5 }),
      option('BTC-5JUN26-100-C', 50, { underlying_price: 999 }),
      option('BTC-29MAY26-100-C', 50),
    );
    expect(market.forwards).toEqual([
      { expiry: '2026-05-29T08:00:00.000Z', price: 101 },
      { expiry: '2026-06-05T08:00:00.000Z', price: 102, bid: 101.5, ask: 102.5 },
    ]);
  });

  it('are never the index', () => {
    const { market } = imported(
      row('BTC-5JUN26'),
      option('BTC-23MAY26-100-C', 50, { underlying_index: 'index_price' }),
    );
    expect(market.forwards?.map(({ expiry }) => expiry)).toEqual(['2026-06-05T08:00:00.000Z']);
  });

  it('are spot where options know nothing but the index', () => {
    const { market } = imported(option('BTC-23MAY26-100-C', 50, { underlying_index: 'index_price' }));
    expect(market.forwards).toBeUndefined();
    expect(market.carry).toEqual({ rate: 0, yield: 0 });
  });

  it('leave out a book that crosses or is empty', () => {
    const { market } = imported(
      row('BTC-5JUN26', { bid_price: 103, ask_price: 102 }),
      row('BTC-12JUN26', { bid_price: 0, ask_price: null }),
    );
    expect(market.forwards?.map(({ bid, ask }) => [bid, ask])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

describe('volatilities', () => {
  it('are one per strike, of the out-of-the-money option where call and put differ', () => {
    const { market } = imported(
      option('BTC-29MAY26-90-C', 60),
      option('BTC-29MAY26-90-P', 61),
      option('BTC-29MAY26-110-P', 62),
      option('BTC-29MAY26-110-C', 63),
    );
    expect(market.volatility).toMatchObject({
      quotes: [
        { strike: 90, iv: 0.61 },
        { strike: 110, iv: 0.63 },
      ],
    });
  });

  it('leave out what has none, and say so', () => {
    const { market, skipped } = imported(
      option('BTC-29MAY26-90-P', 61),
      option('BTC-29MAY26-80-P', 0),
      option('BTC-29MAY26-70-P', null),
    );
    expect(market.volatility).toMatchObject({ quotes: [{ strike: 90 }] });
    expect(skipped.map(({ instrument }) => instrument)).toEqual(['BTC-29MAY26-80-P', 'BTC-29MAY26-70-P']);
  });

  it('end with their expiry', () => {
    const { market } = imported(row('BTC-PERPETUAL'), option('BTC-22MAY26-90-P', 61));
    expect(market.volatility).toBeUndefined();
  });

  it('have the decimals of the venue', () => {
    const { market } = imported(option('BTC-29MAY26-90-P', 56.11));
    expect(market.volatility).toMatchObject({ quotes: [{ iv: 0.5611 }] });
  });
});

describe('spot and time', () => {
  it('the snapshot is of the newest observation, the others say when they were made', () => {
    const { market, snapshot } = imported(
      row('BTC-PERPETUAL', { creation_timestamp: NOW - 2000 }),
      option('BTC-29MAY26-90-P', 61),
      option('BTC-29MAY26-90-P', 99, { creation_timestamp: NOW - 5000 }),
    );
    expect(snapshot.asOf).toBe('2026-05-22T14:00:00.000Z');
    expect(market.perpetual?.asOf).toBe('2026-05-22T13:59:58.000Z');
    expect(market.volatility).toMatchObject({ quotes: [{ iv: 0.61, asOf: undefined }] });
  });

  it('spot is the perpetual’s index, not the running average of what expires today', () => {
    const { market } = imported(
      row('BTC-22MAY26', { estimated_delivery_price: 90 }),
      row('BTC-PERPETUAL', { estimated_delivery_price: 100, creation_timestamp: NOW - 1 }),
    );
    expect(market.spot.mark).toBe(100);
  });

  it('the listed expiry goes before the one in the name', () => {
    const { snapshot } = importDeribit({
      summaries: [answer(row('BTC-PERPETUAL'), option('BTC-29MAY26-90-P', 61))],
      instruments: [answer({ instrument_name: 'BTC-29MAY26-90-P', expiration_timestamp: NOW + 3_600_000 })],
    });
    expect(snapshot.underlyings[0]?.volatility).toMatchObject({ quotes: [{ expiry: '2026-05-22T15:00:00.000Z' }] });
  });

  it('markets are told apart by underlying and quote currency', () => {
    const { snapshot } = imported(row('BTC-PERPETUAL'), row('BTC_USDC-PERPETUAL'), row('SOL_USDC-PERPETUAL'));
    expect(snapshot.underlyings.map(({ underlying, quote }) => `${underlying}/${quote}`)).toEqual([
      'BTC/USD',
      'BTC/USDC',
      'SOL/USDC',
    ]);
  });
});

describe('what cannot be read', () => {
  it.each([
    [{ error: { code: 10028, message: 'too_many_requests' } }, /with an error: .*too_many_requests/],
    ['<html>', /not a JSON-RPC answer/],
    [{ result: { nothing: 1 } }, /book summary cannot be read/],
    [{ result: [{ instrument_name: 'BTC-PERPETUAL' }] }, /result\.0\.creation_timestamp/],
    [{ result: [] }, /no market in these answers/],
  ])('%j', (given, message) => {
    expect(() => importDeribit({ summaries: [given], instruments: [] })).toThrow(message);
  });

  it('instruments with names of another kind are left out, and told', () => {
    const { skipped } = imported(row('BTC-PERPETUAL'), row('BTC-FS-27MAR26_PERP'));
    expect(skipped).toEqual([{ instrument: 'BTC-FS-27MAR26_PERP', reason: expect.stringMatching(/looks like/) }]);
  });
});
