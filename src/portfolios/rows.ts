import type { Instrument } from '../instruments/model.ts';
import { isInverse } from '../instruments/service.ts';
import type { BookRow } from './model.ts';

/** An instrument as a position that is not in any book; its id is the symbol. */
export function bookRowOf({ symbol, terms }: Instrument, quantity: number): BookRow {
  const option = terms.kind === 'option' ? terms : undefined;
  return {
    positionId: symbol,
    ...{ kind: terms.kind, underlying: terms.underlying, quote: terms.quote },
    settlement: isInverse(terms) ? 'inverse' : 'linear',
    optionType: option?.optionType ?? null,
    strike: option ? Number(option.strike) : null,
    expiryMs: 'expiry' in terms ? Date.parse(terms.expiry) : null,
    pool: terms.kind === 'liquidity' ? terms : null,
    quantity,
    multiplier: 1,
  };
}

/** What a position is in, whatever it is called and wherever it is listed: alike where the terms are. */
export function termsKey({ kind, underlying, quote, settlement, optionType, strike, expiryMs }: BookRow): string {
  return [kind, underlying, quote, settlement, optionType, strike, expiryMs].join(' ');
}
