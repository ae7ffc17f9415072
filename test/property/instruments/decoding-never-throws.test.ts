import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSymbol, encodeSymbol } from '../../../src/instruments/service.ts';
import { anyTerms, deribitSymbol, occSymbol } from './instruments.ts';

const prefixed = fc
  .tuple(
    fc.constantFrom('deribit:', 'occ:', 'otc:', 'spot:', 'lp:', 'lp:ETH/USD:concentrated:'),
    fc.string({ unit: 'binary' }),
  )
  .map((parts) => parts.join(''));
/** A good symbol with one stretch of it replaced. */
const damaged = fc
  .tuple(
    fc.oneof(deribitSymbol, occSymbol, anyTerms.map(encodeSymbol)),
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.string({ maxLength: 3 }),
  )
  .map(([symbol, at, cut, insert]) => {
    const start = at % symbol.length;
    return symbol.slice(0, start) + insert + symbol.slice(start + cut);
  });

it('whatever the text: it is an instrument of that very name, or a refusal with a reason', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), prefixed, damaged), (text) => {
      const decoded = decodeSymbol(text);
      if (decoded.ok) {
        expect(decoded.instrument.symbol).toBe(text);
      } else {
        expect(decoded.code).toMatch(/^[a-z_]+$/);
        expect(decoded.detail.length).toBeGreaterThan(10);
      }
    }),
    { numRuns: 5000 },
  );
});
