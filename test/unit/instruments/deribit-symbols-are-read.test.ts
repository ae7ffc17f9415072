import { describe, expect, it } from 'vitest';
import { decodeSymbol } from '../../../src/instruments/service.ts';
import type { InstrumentTerms } from '../../../src/instruments/model.ts';

const inverse = { underlying: 'BTC', quote: 'USD', settlement: 'inverse' } as const;
const cases: [string, InstrumentTerms][] = [
  [
    'deribit:BTC-27MAR26-90000-C',
    { kind: 'option', ...inverse, optionType: 'call', strike: '90000', expiry: '2026-03-27T08:00:00.000Z' },
  ],
  [
    'deribit:ETH-5JUN26-2400-P',
    {
      kind: 'option',
      ...inverse,
      underlying: 'ETH',
      optionType: 'put',
      strike: '2400',
      expiry: '2026-06-05T08:00:00.000Z',
    },
  ],
  ['deribit:BTC-PERPETUAL', { kind: 'perpetual', ...inverse }],
  ['deribit:BTC-27MAR26', { kind: 'future', ...inverse, expiry: '2026-03-27T08:00:00.000Z' }],
  [
    'deribit:SOL_USDC-27MAR26-150-C',
    {
      kind: 'option',
      underlying: 'SOL',
      quote: 'USDC',
      settlement: 'linear',
      optionType: 'call',
      strike: '150',
      expiry: '2026-03-27T08:00:00.000Z',
    },
  ],
  ['deribit:BTC_USDC-PERPETUAL', { kind: 'perpetual', underlying: 'BTC', quote: 'USDC', settlement: 'linear' }],
  [
    'deribit:XRP_USDC-30JUN26-0d625-C',
    {
      kind: 'option',
      underlying: 'XRP',
      quote: 'USDC',
      settlement: 'linear',
      optionType: 'call',
      strike: '0.625',
      expiry: '2026-06-30T08:00:00.000Z',
    },
  ],
  ['deribit:BTC_USDC', { kind: 'spot', underlying: 'BTC', quote: 'USDC' }],
  ['deribit:BTC-29FEB28', { kind: 'future', ...inverse, expiry: '2028-02-29T08:00:00.000Z' }],
];

describe('Deribit symbols', () => {
  it.each(cases)('%s', (symbol, terms) => {
    expect(decodeSymbol(symbol)).toEqual({ ok: true, instrument: { symbol, terms } });
  });
});
