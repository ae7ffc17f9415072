// A small market and a small book that tests share. Far expiries, so that no test ages.

export const EXPIRY = '2030-12-27T08:00:00.000Z';
export const AS_OF = '2030-11-01T08:00:00.000Z';

export const MARKET = {
  asOf: AS_OF,
  source: 'test',
  underlyings: [
    {
      underlying: 'BTC',
      spot: { mark: 100_000 },
      perpetual: {
        mark: 100_000,
        bid: 99_999.5,
        ask: 100_000.5,
        bidSize: 50_000,
        askSize: 50_000,
        symbol: 'deribit:BTC-PERPETUAL',
      },
      forwards: [{ expiry: EXPIRY, price: 101_000, bid: 100_990, ask: 101_010 }],
      volatility: { type: 'flat', vol: 0.6 },
    },
    { underlying: 'ETH', spot: { mark: 4_000 }, carry: { rate: 0.04 }, volatility: { type: 'flat', vol: 0.7 } },
  ],
};

/** With a perpetual of each underlying. */
export const TWO_PERPETUALS = {
  ...MARKET,
  underlyings: [
    MARKET.underlyings[0]!,
    {
      ...MARKET.underlyings[1]!,
      perpetual: {
        ...{ mark: 4_000, bid: 3_999.9, ask: 4_000.1, bidSize: 50_000, askSize: 50_000 },
        symbol: 'deribit:ETH-PERPETUAL',
      },
    },
  ],
};

export const POSITIONS = [
  { instrument: 'deribit:BTC-27DEC30-100000-C', quantity: '-10', averagePrice: '0.09' },
  { instrument: 'deribit:BTC-27DEC30-90000-P', quantity: '5' },
  { instrument: 'deribit:BTC-PERPETUAL', quantity: '50000' },
  { instrument: 'spot:BTC/USD', quantity: '0.5' },
  {
    id: 'eth-put',
    quantity: '20',
    instrument: {
      kind: 'option',
      underlying: 'ETH',
      settlement: 'linear',
      optionType: 'put',
      strike: '3800',
      expiry: EXPIRY,
    },
  },
];

export const PORTFOLIO = { name: 'test book', asOf: AS_OF, positions: POSITIONS };
