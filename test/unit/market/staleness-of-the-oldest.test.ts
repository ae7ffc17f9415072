import { expect, it } from 'vitest';
import { AS_OF, expiry, view } from './snapshots.ts';

const ago = (seconds: number) => new Date(Date.parse(AS_OF) - seconds * 1000).toISOString();

it('is the age at asOf of the oldest observation of each field', () => {
  const btc = view({
    spot: { mark: 100, asOf: ago(1.5) },
    perpetual: { mark: 100, asOf: ago(2) },
    forwards: [
      { expiry: expiry(1), price: 100, asOf: ago(3) },
      { expiry: expiry(2), price: 100, asOf: ago(40) },
      { expiry: expiry(3), price: 100 },
    ],
    volatility: {
      type: 'quotes',
      quotes: [
        { expiry: expiry(1), strike: 100, iv: 0.5, asOf: ago(600) },
        { expiry: expiry(2), strike: 100, iv: 0.5, asOf: ago(5) },
      ],
    },
  });
  expect(btc.staleness).toEqual({ spot: 1.5, perpetual: 2, forwards: 40, volatility: 600 });
});

it('is that of the carry where there are no forwards', () => {
  expect(view({ carry: { rate: 0, asOf: ago(7) } }).staleness.forwards).toBe(7);
});

it('is nought where nothing says otherwise, and null where the field is absent', () => {
  expect(view({}).staleness).toEqual({ spot: 0, perpetual: null, forwards: null, volatility: null });
  expect(view({ forwards: [] }).staleness.forwards).toBeNull();
});
