import { describe, expect, it } from 'vitest';
import { decodeSymbol } from '../../../src/instruments/service.ts';

const cases: [symbol: string, code: string, detail: RegExp][] = [
  ['', 'malformed_symbol', /starts with its venue/],
  ['BTC-PERPETUAL', 'malformed_symbol', /starts with its venue/],
  [':BTC', 'malformed_symbol', /starts with its venue/],
  ['okx:BTC-USD-SWAP', 'unknown_venue', /deribit, occ, otc, spot/],
  ['constructor:BTC', 'unknown_venue', /can be read/],
  ['Deribit:BTC-PERPETUAL', 'unknown_venue', /can be read/],

  ['deribit:', 'malformed_symbol', /looks like/],
  ['deribit:BTC', 'malformed_symbol', /looks like/],
  ['deribit:btc-PERPETUAL', 'malformed_symbol', /looks like/],
  ['deribit:BTC-27MAR26-90000', 'malformed_symbol', /looks like/],
  ['deribit:BTC-27MAR26-90000-C-X', 'malformed_symbol', /looks like/],
  ['deribit:BTC-FS-27MAR26_PERP', 'malformed_symbol', /held as their legs/],
  ['deribit:SOL-27MAR26-150-C', 'unknown_underlying', /BTC and ETH only, not on SOL/],
  ['deribit:BTC_USD-PERPETUAL', 'unknown_underlying', /USDC or USDT, not in USD/],
  ['deribit:BTC-31FEB26-90000-C', 'invalid_date', /no 31FEB26/],
  ['deribit:BTC-29FEB26', 'invalid_date', /no 29FEB26/],
  ['deribit:BTC-0JAN26', 'invalid_date', /without a leading zero/],
  ['deribit:BTC-05JUN26-90000-C', 'invalid_date', /without a leading zero/],
  ['deribit:BTC-5JUNE26', 'invalid_date', /such as 27MAR26/],
  ['deribit:BTC-27MAI26-90000-C', 'invalid_date', /no month MAI/],
  ['deribit:BTC-PERPETUAL-90000-C', 'invalid_date', /PERPETUAL or a date/],
  ['deribit:BTC-27MAR26-0-C', 'invalid_strike', /above zero/],
  ['deribit:BTC-27MAR26-090000-C', 'invalid_strike', /needless zeros/],
  ['deribit:BTC-27MAR26--C', 'invalid_strike', /above zero/],
  ['deribit:BTC-27MAR26-9.5-C', 'invalid_strike', /decimal point/],
  ['deribit:XRP_USDC-30JUN26-0d620-C', 'invalid_strike', /needless zeros/],
  ['deribit:XRP_USDC-30JUN26-0d0-C', 'invalid_strike', /needless zeros/],
  ['deribit:BTC-27MAR26-90000-X', 'invalid_option_type', /C \(call\) or P \(put\)/],
  ['deribit:BTC-27MAR26-90000-c', 'invalid_option_type', /C \(call\) or P \(put\)/],

  ['occ:SPY240621C00450000', 'malformed_symbol', /21 characters/],
  ['occ:SPY    240621C0450000', 'malformed_symbol', /21 characters/],
  ['occ:spy   240621C00450000', 'malformed_symbol', /21 characters/],
  ['occ:SPY   240631C00450000', 'invalid_date', /no date 2024-06-31/],
  ['occ:SPY   241321C00450000', 'invalid_date', /no date 2024-13-21/],
  ['occ:SPY   240623C00450000', 'invalid_date', /a Sunday/],
  ['occ:SPY   240621X00450000', 'invalid_option_type', /C \(call\) or P \(put\)/],
  ['occ:SPY   240621C00000000', 'invalid_strike', /above zero/],

  ['otc:BTC/USD', 'malformed_symbol', /looks like/],
  ['otc:BTC/USD:swap:linear', 'malformed_symbol', /looks like/],
  ['otc:BTC/USD:spot:linear', 'malformed_symbol', /looks like/],
  ['otc:BTC/USD:perpetual:linear:2026-12-25T08:00:00.000Z', 'malformed_symbol', /looks like/],
  ['otc:btc/USD:perpetual:linear', 'unknown_underlying', /underlying/],
  ['otc:BTC/USD:future:linear', 'invalid_date', /expiry/],
  ['otc:BTC/USD:future:linear:2026-02-31T08:00:00.000Z', 'invalid_date', /RFC 3339/],
  ['otc:BTC/USD:future:linear:2026-12-25T08:00:00Z', 'malformed_symbol', /one spelling.*25T08:00:00\.000Z$/],
  ['otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:0:call', 'invalid_strike', /above zero/],
  ['otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:9e4:call', 'invalid_strike', /decimal/],
  [
    'otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:90000.0:call',
    'malformed_symbol',
    /one spelling.*:90000:call$/,
  ],
  ['otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:90000:straddle', 'invalid_option_type', /optionType/],
  ['spot:BTC', 'malformed_symbol', /looks like/],
  ['spot:BTC/usd', 'unknown_underlying', /quote/],
];

describe('a symbol that is not the one spelling of an instrument', () => {
  it.each(cases)('%s: %s', (symbol, code, detail) => {
    expect(decodeSymbol(symbol)).toEqual({ ok: false, code, detail: expect.stringMatching(detail) });
  });
});
