import fc from 'fast-check';
import { marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, EXPIRY } from '../../support/plans.ts';

export const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Bitcoin at any price, quoted or not. */
export const markets = fc
  .record({ price: number(1, 1e5), halfSpread: number(0, 0.01), basis: number(-0.2, 0.2), quoted: fc.boolean() })
  .map(({ price, halfSpread, basis, quoted }) => {
    const quote = (mark: number) =>
      quoted ? { mark, bid: mark * (1 - halfSpread), ask: mark * (1 + halfSpread) } : { mark };
    const { mark: forward, ...sides } = quote(price * (1 + basis));
    return marketView(AS_OF, [
      bitcoin({
        spot: quote(price),
        perpetual: { ...quote(price), symbol: 'deribit:BTC-PERPETUAL' },
        forwards: [{ expiry: EXPIRY, price: forward, ...sides }],
      }),
    ]);
  });

export const deltas = fc.oneof(
  number(-1e4, 1e4),
  number(-1, 1),
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100),
);

const decimals = fc.constantFrom('0.0001', '0.001', '0.0003', '0.1', '1', '7', '10', '0.00000001');

const tickSize = fc.constantFrom('0.0001', '0.5', '0.01', '0.003');

/** Lots that a double can tell from nothing beside the deltas above: of coins, or of dollars. */
export const instruments = fc.oneof(
  fc.record({
    instrument: fc.constant('spot:BTC/USD'),
    lotSize: fc.constantFrom('0.0001', '0.001', '0.0003', '0.1', '1', '7'),
    tickSize,
  }),
  fc.record({
    instrument: fc.constantFrom('deribit:BTC-PERPETUAL', 'deribit:BTC-27DEC30'),
    lotSize: fc.constantFrom('1', '7', '10', '1000'),
    tickSize,
  }),
);

/** One instrument, with its smallest trade a lot of it and no cap. */
export const simpleRequests = fc.record({ instrument: instruments, target: deltas }).map(({ instrument, target }) => ({
  instruments: [{ ...instrument, minTrade: instrument.lotSize }],
  targets: [{ underlying: 'BTC', target }],
  collarBps: 500,
}));

/** Anything that the schema lets through. */
export const anyRequests = fc.record(
  {
    instruments: fc.array(
      fc.record(
        {
          instrument: fc.constantFrom(
            'deribit:BTC-PERPETUAL',
            'spot:BTC/USD',
            'deribit:BTC-27DEC30',
            'deribit:BTC-28MAR31',
          ),
          lotSize: decimals,
          minTrade: decimals,
          tickSize: decimals,
          maxQuantity: fc.oneof(decimals, fc.constantFrom('1000', '123456789012345678')),
          costs: fc.record({ feeBps: number(0, 10_000), impactCoefficient: number(0, 10_000) }),
        },
        { requiredKeys: ['instrument'] },
      ),
      { maxLength: 4 },
    ),
    targets: fc.tuple(
      fc.record(
        { underlying: fc.constant('BTC'), target: deltas, tolerance: fc.oneof(fc.constant(0), number(0, 100)) },
        { requiredKeys: ['underlying'] },
      ),
    ),
    rebalanceTo: fc.constantFrom('target', 'edge'),
    costs: fc.record({
      feeBps: number(0, 10_000),
      halfSpreadBps: number(0, 10_000),
      impactCoefficient: number(0, 10_000),
    }),
    collarBps: number(1e-3, 5_000),
  },
  { requiredKeys: [] },
);
