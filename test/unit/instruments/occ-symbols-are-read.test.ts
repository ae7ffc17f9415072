import { expect, it } from 'vitest';
import { decodeSymbol } from '../../../src/instruments/service.ts';

it('reads root, date, type and a strike with mills', () => {
  expect(decodeSymbol('occ:SPXW  270618P04512500')).toEqual({
    ok: true,
    instrument: {
      symbol: 'occ:SPXW  270618P04512500',
      terms: {
        kind: 'option',
        underlying: 'SPXW',
        quote: 'USD',
        settlement: 'linear',
        optionType: 'put',
        strike: '4512.5',
        expiry: '2027-06-18T20:00:00.000Z',
      },
    },
  });
});
