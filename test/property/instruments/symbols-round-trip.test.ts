import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InstrumentTermsSchema } from '../../../src/instruments/model.ts';
import { decodeSymbol, encodeSymbol, venueSymbol } from '../../../src/instruments/service.ts';
import { anyTerms, deribitSymbol, occSymbol } from './instruments.ts';

it('the canonical name of any terms gives the terms back', () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      const symbol = encodeSymbol(terms);
      expect(decodeSymbol(symbol)).toEqual({ ok: true, instrument: { symbol, terms } });
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['deribit', deribitSymbol],
  ['occ', occSymbol],
] as const)('the terms of any %s symbol give the symbol back, and pass the schema', (venue, symbols) => {
  fc.assert(
    fc.property(symbols, (symbol) => {
      const decoded = decodeSymbol(symbol);
      if (!decoded.ok) return expect.fail(`${symbol}: ${decoded.detail}`);
      expect(InstrumentTermsSchema.parse(decoded.instrument.terms)).toEqual(decoded.instrument.terms);
      expect(venueSymbol(venue, decoded.instrument.terms)).toBe(symbol);
    }),
    { numRuns: 2000 },
  );
});

it('a venue symbol made from any terms gives the terms back', () => {
  fc.assert(
    fc.property(anyTerms, fc.constantFrom('deribit', 'occ'), (terms, venue) => {
      const symbol = venueSymbol(venue, terms);
      if (symbol === undefined) return;
      expect(decodeSymbol(symbol)).toEqual({ ok: true, instrument: { symbol, terms } });
    }),
    { numRuns: 2000 },
  );
});
