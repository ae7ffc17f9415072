import { expect, it } from 'vitest';
import type { OptionTerms } from '../../../src/instruments/model.ts';
import { venueSymbol } from '../../../src/instruments/service.ts';

const option: OptionTerms = {
  kind: 'option',
  underlying: 'BTC',
  quote: 'USD',
  settlement: 'inverse',
  optionType: 'call',
  strike: '90000',
  expiry: '2026-12-25T08:00:00.000Z',
};

it('is the venue’s name where the venue can express the terms', () => {
  expect(venueSymbol('deribit', option)).toBe('deribit:BTC-25DEC26-90000-C');
  expect(
    venueSymbol('deribit', { ...option, underlying: 'XRP', quote: 'USDC', settlement: 'linear', strike: '0.625' }),
  ).toBe('deribit:XRP_USDC-25DEC26-0d625-C');
  expect(
    venueSymbol('occ', {
      ...option,
      underlying: 'SPY',
      settlement: 'linear',
      strike: '450.5',
      expiry: '2024-06-21T20:00:00.000Z',
    }),
  ).toBe('occ:SPY   240621C00450500');
});

it.each([
  ['deribit', { ...option, expiry: '2026-12-25T16:00:00.000Z' }],
  ['deribit', { ...option, expiry: '2126-12-25T08:00:00.000Z' }],
  ['deribit', { ...option, quote: 'EUR' }],
  ['deribit', { ...option, underlying: 'SOL' }],
  ['deribit', { ...option, settlement: 'linear' }],
  ['occ', option],
  ['occ', { ...option, settlement: 'linear', expiry: '2024-06-21T19:00:00.000Z' }],
  ['occ', { ...option, settlement: 'linear', strike: '0.0005', expiry: '2024-06-21T20:00:00.000Z' }],
  ['occ', { ...option, settlement: 'linear', strike: '100000', expiry: '2024-06-21T20:00:00.000Z' }],
  ['elsewhere', option],
] satisfies [string, OptionTerms][])('is undefined where it cannot: %s %j', (venue, terms) => {
  expect(venueSymbol(venue, terms)).toBeUndefined();
});
