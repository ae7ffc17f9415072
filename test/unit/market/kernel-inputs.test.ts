import { expect, it } from 'vitest';
import { expiry, view } from './snapshots.ts';

const volatility = { type: 'flat', vol: 0.5 };
const YEAR = Date.parse(expiry(365));

it('are the forward without carry where forwards are given', () => {
  const btc = view({ forwards: [{ expiry: expiry(365), price: 110 }], rate: 0.03, volatility });
  expect(btc.pricing(YEAR, 90)).toEqual({ spot: 110, time: 1, rate: 0.03, carry: 0, vol: 0.5 });
});

it('are spot with its carry where the carry is given', () => {
  const btc = view({ carry: { rate: 0.05, yield: 0.02 }, rate: 0.9, volatility });
  expect(btc.pricing(YEAR, 90)).toEqual({ spot: 100, time: 1, rate: 0.05, carry: 0.05 - 0.02, vol: 0.5 });
  expect(btc.forward(YEAR)).toBeCloseTo(100 * Math.exp(0.03), 10);
});
