import { decimalText } from '../../platform/decimal.ts';
import type { InstrumentTerms } from '../model.ts';
import { calendarDate, CENTURY, isFault, refuse, type Decoded, type SymbolFault } from './codec.ts';

// Deribit's instrument names (docs.deribit.com, "Instrument Naming"): BTC-27MAR26-90000-C and BTC-PERPETUAL settle in the
// coin; SOL_USDC-27MAR26-150-C and BTC_USDC-PERPETUAL in the stablecoin; BTC_USDC is a spot pair.

type Pair = { underlying: string; quote: string; settlement: 'linear' | 'inverse' };

const INVERSE = ['BTC', 'ETH'];
const LINEAR_QUOTES = ['USDC', 'USDT'];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** Options and dated futures expire at 08:00 UTC. */
const EXPIRY_HOUR = 8;

const PAIR = /^([A-Z0-9]{1,15})(?:_([A-Z0-9]{1,15}))?$/;
const DATE = /^([1-9]\d?)([A-Z]{3})(\d\d)$/;
/** `d` stands for the decimal point: 0d625 is 0.625. */
const STRIKE = /^(?:0|[1-9]\d{0,11})(?:d\d{0,9}[1-9])?$/;

/** Reads Deribit's own name of an instrument, in the one spelling that Deribit uses. */
export function decodeDeribit(name: string): Decoded {
  const [pair = '', expiry, strike, type, ...rest] = name.split('-');
  if (rest.length > 0 || (strike !== undefined && type === undefined)) return refuse('malformed_symbol', SHAPE);
  const market = decodePair(pair, expiry === undefined);
  if (isFault(market)) return market;
  const { underlying, quote } = market;
  if (expiry === undefined) return { ok: true, terms: { kind: 'spot', underlying, quote } };
  if (expiry === 'PERPETUAL' && strike === undefined) return { ok: true, terms: { kind: 'perpetual', ...market } };
  const date = decodeExpiry(expiry);
  if (isFault(date)) return date;
  if (strike === undefined || type === undefined)
    return { ok: true, terms: { kind: 'future', ...market, expiry: date } };
  return decodeOption(market, date, strike, type);
}

const SHAPE =
  'A Deribit name looks like BTC-27MAR26-90000-C, BTC-27MAR26, BTC-PERPETUAL, SOL_USDC-27MAR26-150-C or BTC_USDC; combinations are held as their legs';

function decodePair(text: string, isSpot: boolean): Pair | SymbolFault {
  const [, underlying, quote] = PAIR.exec(text) ?? [];
  if (underlying === undefined || (isSpot && quote === undefined)) return refuse('malformed_symbol', SHAPE);
  if (quote === undefined) {
    if (INVERSE.includes(underlying)) return { underlying, quote: 'USD', settlement: 'inverse' };
    return refuse(
      'unknown_underlying',
      `Deribit has coin-settled contracts on ${INVERSE.join(' and ')} only, not on ${underlying}`,
    );
  }
  if (!isSpot && !LINEAR_QUOTES.includes(quote)) {
    return refuse(
      'unknown_underlying',
      `Deribit's linear contracts settle in ${LINEAR_QUOTES.join(' or ')}, not in ${quote}`,
    );
  }
  return { underlying, quote, settlement: 'linear' };
}

function decodeExpiry(text: string): string | SymbolFault {
  const [, day, month, year] = DATE.exec(text) ?? [];
  if (month === undefined) {
    return refuse(
      'invalid_date',
      'The expiry must be PERPETUAL or a date such as 27MAR26 or 5JUN26, without a leading zero',
    );
  }
  if (!MONTHS.includes(month)) return refuse('invalid_date', `There is no month ${month}`);
  const date = calendarDate(CENTURY + Number(year), MONTHS.indexOf(month) + 1, Number(day));
  if (!date) return refuse('invalid_date', `There is no ${text}: the month is shorter`);
  date.setUTCHours(EXPIRY_HOUR);
  return date.toISOString();
}

function decodeOption(market: Pair, expiry: string, strikeText: string, type: string): Decoded {
  const strike = strikeText.replace('d', '.');
  if (!STRIKE.test(strikeText) || Number(strike) === 0) {
    return refuse(
      'invalid_strike',
      'The strike must be above zero and without needless zeros, with d for the decimal point: 90000, 0d625',
    );
  }
  if (type !== 'C' && type !== 'P')
    return refuse('invalid_option_type', 'The name of an option ends in C (call) or P (put)');
  return { ok: true, terms: { kind: 'option', ...market, optionType: type === 'C' ? 'call' : 'put', strike, expiry } };
}

/** Deribit's name for these terms, or undefined where its naming cannot express them. Says nothing of whether it is listed. */
export function encodeDeribit(terms: InstrumentTerms): string | undefined {
  const name = encodeParts(terms);
  return name !== undefined && decodeDeribit(name).ok ? name : undefined;
}

function encodeParts(terms: InstrumentTerms): string | undefined {
  const { underlying, quote } = terms;
  if (terms.kind === 'liquidity') return undefined;
  if (terms.kind === 'spot') return `${underlying}_${quote}`;
  if (terms.settlement === 'inverse' && quote !== 'USD') return undefined;
  const pair = terms.settlement === 'inverse' ? underlying : `${underlying}_${quote}`;
  if (terms.kind === 'perpetual') return `${pair}-PERPETUAL`;
  const date = encodeExpiry(new Date(terms.expiry));
  if (date === undefined) return undefined;
  if (terms.kind === 'future') return `${pair}-${date}`;
  return `${pair}-${date}-${decimalText(terms.strike).replace('.', 'd')}-${terms.optionType === 'call' ? 'C' : 'P'}`;
}

function encodeExpiry(expiry: Date): string | undefined {
  const year = expiry.getUTCFullYear() - CENTURY;
  const onTheHour = expiry.getTime() % 86_400_000 === EXPIRY_HOUR * 3_600_000;
  if (!onTheHour || year < 0 || year > 99) return undefined;
  return `${expiry.getUTCDate()}${MONTHS[expiry.getUTCMonth()]}${String(year).padStart(2, '0')}`;
}
