import { expect, it } from 'vitest';
import { importDeribit } from '../../../src/market/deribit.ts';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';

const NOW = Date.parse('2026-05-22T08:00:00.000Z');
const TIME = 7 / 365;

function price(strike: number, vol: number, sign: number): number {
  return blackGreeks({ spot: 101, strike, time: TIME, rate: 0, carry: 0, vol, sign }).price;
}

function imported(name: string, fields: object) {
  const row = {
    instrument_name: name,
    creation_timestamp: NOW,
    mark_price: 0.01,
    mark_iv: 50,
    estimated_delivery_price: 100,
    underlying_index: 'SYN.BTC-29MAY26',
    underlying_price: 101,
    ...fields,
  };
  const { snapshot } = importDeribit({ summaries: [{ result: [row] }], instruments: [] });
  const { volatility } = snapshot.underlyings[0]!;
  return volatility?.type === 'quotes' ? volatility.quotes[0] : undefined;
}

it('as volatilities of coin prices at the forward that the option names', () => {
  const quote = imported('BTC-29MAY26-105-C', {
    bid_price: price(105, 0.48, 1) / 101,
    ask_price: price(105, 0.53, 1) / 101,
  });
  expect(quote).toMatchObject({ strike: 105, iv: 0.5, bidIv: 0.48, askIv: 0.53 });
});

it('as volatilities of prices in the stablecoin of a linear option', () => {
  const quote = imported('BTC_USDC-29MAY26-95-P', {
    bid_price: price(95, 0.6, -1),
    ask_price: price(95, 0.7, -1),
  });
  expect(quote).toMatchObject({ bidIv: 0.6, askIv: 0.7 });
});

it.each([
  ['there is no bid', { bid_price: null, ask_price: 0.02 }],
  ['they cross', { bid_price: 0.03, ask_price: 0.02 }],
  ['the bid is below the intrinsic value', { bid_price: 0.001, ask_price: 0.2 }],
])('not where %s', (_, fields) => {
  const quote = imported('BTC-29MAY26-90-C', fields);
  expect(quote).toMatchObject({ iv: 0.5 });
  expect(quote).not.toHaveProperty('bidIv');
  expect(quote).not.toHaveProperty('askIv');
});
