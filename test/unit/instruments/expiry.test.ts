import { expect, it } from 'vitest';
import { decodeSymbol, expiryOf, isExpired } from '../../../src/instruments/service.ts';

function terms(symbol: string) {
  const decoded = decodeSymbol(symbol);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.instrument.terms;
}

it('an option is expired from the instant of its expiry on', () => {
  const option = terms('deribit:BTC-27MAR26-90000-C');
  expect(isExpired(option, new Date('2026-03-27T07:59:59.999Z'))).toBe(false);
  expect(isExpired(option, new Date('2026-03-27T08:00:00.000Z'))).toBe(true);
});

it('perpetuals and spot never expire', () => {
  for (const symbol of ['deribit:BTC-PERPETUAL', 'spot:BTC/USD']) {
    expect(expiryOf(terms(symbol))).toBeUndefined();
    expect(isExpired(terms(symbol), new Date('9999-01-01T00:00:00Z'))).toBe(false);
  }
});
