import type { Instrument } from '../instruments/model.ts';
import { isInverse } from '../instruments/service.ts';
import type { BookRow } from './model.ts';

/** An instrument as a position that is not in any book; its id is the symbol. */
export function bookRowOf({ symbol, terms }: Instrument, quantity: number): BookRow {
  const option = terms.kind === 'option' ? terms : undefined;
  return {
    ...{ positionId: symbol, symbol },
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

/** As `isInverseContract` of terms: a fixed amount of quote currency, whose coins add up and not its prices. */
export function isInverseRow({ kind, settlement }: Pick<BookRow, 'kind' | 'settlement'>): boolean {
  return settlement === 'inverse' && kind !== 'option';
}
