import { expect, it } from 'vitest';
import { InstrumentInputSchema } from '../../../src/instruments/model.ts';
import { encodeSymbol, resolveInstrument } from '../../../src/instruments/service.ts';

const CANONICAL = 'otc:BTC/USD:option:inverse:2026-12-25T08:00:00.000Z:90000.5:call';
const option = { kind: 'option', underlying: 'BTC', settlement: 'inverse', optionType: 'call' };

it.each([
  { ...option, strike: '90000.5', expiry: '2026-12-25T08:00:00Z' },
  { ...option, strike: 90000.5, expiry: '2026-12-25T09:00:00+01:00' },
  { ...option, quote: 'USD', strike: '90000.500', expiry: '2026-12-25T08:00:00.000Z' },
])('however they are spelled: %j', (given) => {
  const resolved = resolveInstrument(InstrumentInputSchema.parse(given));
  expect(resolved.ok && resolved.instrument.symbol).toBe(CANONICAL);
});

it.each([
  [{ kind: 'spot', underlying: 'BTC', quote: 'USD' }, 'spot:BTC/USD'],
  [{ kind: 'perpetual', underlying: 'BTC', quote: 'USD', settlement: 'linear' }, 'otc:BTC/USD:perpetual:linear'],
  [
    { kind: 'future', underlying: 'ETH', quote: 'USD', settlement: 'linear', expiry: '2026-12-25T08:00:00.000Z' },
    'otc:ETH/USD:future:linear:2026-12-25T08:00:00.000Z',
  ],
] as const)('%j is %s', (terms, name) => {
  expect(encodeSymbol(terms)).toBe(name);
});
