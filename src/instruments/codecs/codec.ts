import type { InstrumentTerms } from '../model.ts';

/** Why a symbol is refused. The codes are part of the interface. */
export type SymbolFaultCode =
  | 'malformed_symbol'
  | 'unknown_venue'
  | 'unknown_underlying'
  | 'invalid_date'
  | 'invalid_strike'
  | 'invalid_option_type';

export interface SymbolFault {
  ok: false;
  code: SymbolFaultCode;
  /** One sentence that says what is wrong. */
  detail: string;
}

export type Decoded = { ok: true; terms: InstrumentTerms } | SymbolFault;

export function refuse(code: SymbolFaultCode, detail: string): SymbolFault {
  return { ok: false, code, detail };
}

export function isFault(value: unknown): value is SymbolFault {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false;
}

/** Midnight UTC of a calendar date (`month` 1 to 12), or undefined where there is no such date: 31 February, month 13. */
export function calendarDate(year: number, month: number, day: number): Date | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}

/** Two-digit years of venue symbols: no listed option or future is older than this century. */
export const CENTURY = 2000;
