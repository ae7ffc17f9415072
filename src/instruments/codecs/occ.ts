import { exact } from '../../platform/decimal.ts';
import type { InstrumentTerms } from '../model.ts';
import { calendarDate, CENTURY, refuse, type Decoded } from './codec.ts';

// OCC option symbology (Options Clearing Corporation, Options Symbology Initiative 2010), 21 characters: the root padded
// with spaces to 6, the expiry as yymmdd, C or P, the strike times 1000 in 8 digits: `SPY   240621C00450000`.

const SYMBOL = /^([A-Z0-9]{1,6}) {0,5}(\d\d)(\d\d)(\d\d)([A-Z])(\d{8})$/;
const LENGTH = 21;
const ROOT = /^[A-Z0-9]{1,6}$/;
const CLOSE_HOUR = 16;
/** New York is 5 hours behind UTC in winter, 4 in summer. */
const WINTER_OFFSET = 5;
const SUMMER_OFFSET = 4;

/**
 * Reads an OCC symbol. The root stands for the underlying as it is (SPXW is not folded into SPX). Expiry is 16:00 New York
 * on the date. These terms are European: options on single stocks and on ETFs such as SPY are American, and valuing them
 * as European leaves out the early-exercise premium.
 *
 * Sundays are refused. Saturdays are taken: until January 2015 monthly options carried the Saturday after the third
 * Friday, and some long-dated series kept it.
 */
export function decodeOcc(symbol: string): Decoded {
  const [, root, year, month, day, type, digits] = SYMBOL.exec(symbol) ?? [];
  if (root === undefined || symbol.length !== LENGTH) {
    return refuse(
      'malformed_symbol',
      'An OCC symbol has 21 characters: root padded to 6, yymmdd, C or P, strike times 1000 in 8 digits',
    );
  }
  const date = calendarDate(CENTURY + Number(year), Number(month), Number(day));
  if (!date) return refuse('invalid_date', `There is no date 20${year}-${month}-${day}`);
  if (date.getUTCDay() === 0)
    return refuse('invalid_date', `20${year}-${month}-${day} is a Sunday, on which no listed option expires`);
  if (type !== 'C' && type !== 'P') return refuse('invalid_option_type', 'After the date comes C (call) or P (put)');
  if (Number(digits) === 0) return refuse('invalid_strike', 'The strike must be above zero');
  return {
    ok: true,
    terms: {
      kind: 'option',
      underlying: root,
      quote: 'USD',
      settlement: 'linear',
      optionType: type === 'C' ? 'call' : 'put',
      strike: exact(digits ?? 0)
        .div(1000)
        .toFixed(),
      expiry: newYorkClose(date).toISOString(),
    },
  };
}

/** The OCC symbol of these terms, or undefined where the symbology cannot express them. */
export function encodeOcc(terms: InstrumentTerms): string | undefined {
  if (terms.kind !== 'option' || terms.settlement !== 'linear' || terms.quote !== 'USD') return undefined;
  const mills = exact(terms.strike).times(1000);
  if (!ROOT.test(terms.underlying) || !mills.isInteger() || mills.gte(1e8)) return undefined;
  const date = terms.expiry.slice(0, 10); // 16:00 in New York is the same date in UTC
  const symbol = `${terms.underlying.padEnd(6)}${date.slice(2).replaceAll('-', '')}${terms.optionType === 'call' ? 'C' : 'P'}${mills.toFixed().padStart(8, '0')}`;
  const decoded = decodeOcc(symbol);
  return decoded.ok && decoded.terms.kind === 'option' && decoded.terms.expiry === terms.expiry ? symbol : undefined;
}

/** 16:00 in New York on a date given as its midnight UTC. */
function newYorkClose(date: Date): Date {
  const offset = isSummerTime(date) ? SUMMER_OFFSET : WINTER_OFFSET;
  return new Date(date.getTime() + (CLOSE_HOUR + offset) * 3_600_000);
}

/**
 * US daylight saving time at 16:00 of the date: second Sunday of March to first Sunday of November (Energy Policy Act of
 * 2005, in force since 2007). Years before 2007 had a shorter summer: their expiries of late March and of the days around
 * 1 November come out one hour early.
 */
function isSummerTime(date: Date): boolean {
  const year = date.getUTCFullYear();
  return date >= sunday(year, 3, 2) && date < sunday(year, 11, 1);
}

/** Midnight UTC of the n-th Sunday of a month. */
function sunday(year: number, month: number, n: number): Date {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return new Date(Date.UTC(year, month - 1, 1 + ((7 - first) % 7) + 7 * (n - 1)));
}
