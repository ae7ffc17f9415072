import { expect, it } from 'vitest';
import { decodeSymbol } from '../../../src/instruments/service.ts';
import { tradingRules } from '../../../src/instruments/tradingRules.ts';

function rules(symbol: string) {
  const decoded = decodeSymbol(symbol);
  if (!decoded.ok) throw new Error(decoded.detail);
  return tradingRules(decoded.instrument);
}

it.each([
  ['deribit:BTC-PERPETUAL', { lotSize: '10', minTrade: '10', tickSize: '0.5', unit: 'quote' }],
  ['deribit:ETH-PERPETUAL', { lotSize: '1', minTrade: '1', tickSize: '0.05', unit: 'quote' }],
  ['deribit:BTC-27MAR26', { lotSize: '10', minTrade: '10', tickSize: '2.5', unit: 'quote' }],
  ['deribit:BTC_USDC-PERPETUAL', { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.1', unit: 'underlying' }],
  ['deribit:BTC-27MAR26-90000-C', { lotSize: '0.1', minTrade: '0.1', tickSize: '0.0001', unit: 'underlying' }],
  ['occ:SPY   240621C00450000', { lotSize: '1', minTrade: '1', tickSize: '0.01', unit: 'underlying' }],
  ['otc:BTC/USD:perpetual:inverse', { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.01', unit: 'quote' }],
  ['otc:BTC/USD:perpetual:linear', { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.01', unit: 'underlying' }],
  ['spot:BTC/USD', { lotSize: '0.0001', minTrade: '0.0001', tickSize: '0.01', unit: 'underlying' }],
])('%s', (symbol, expected) => {
  expect(rules(symbol)).toMatchObject(expected);
});

it('Deribit options are quoted in coarser steps above 0.005 coin', () => {
  expect(rules('deribit:BTC-27MAR26-90000-C').coarseTick).toEqual({ above: '0.005', tickSize: '0.0005' });
});
