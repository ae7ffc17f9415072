import { expect, it } from 'vitest';
import { expiry, view } from './snapshots.ts';

const btc = view({
  forwards: [
    { expiry: expiry(200), price: 121 },
    { expiry: expiry(100), price: 110, bid: 109, ask: 111 },
  ],
});
const forward = (days: number) => btc.forward(Date.parse(expiry(days)));

it('is what was given at a listed expiry', () => {
  expect(forward(100)).toBe(110);
  expect(forward(200)).toBe(121);
});

it('is log-linear in time between spot and the first, and between neighbours', () => {
  expect(forward(50)).toBeCloseTo(Math.sqrt(100 * 110), 10);
  expect(forward(150)).toBeCloseTo(Math.sqrt(110 * 121), 10);
});

it('keeps the last annualised carry beyond the last', () => {
  expect(forward(400)).toBeCloseTo(121 * 1.21, 10);
});

it('is undefined from asOf back', () => {
  expect(forward(0)).toBeUndefined();
  expect(forward(-1)).toBeUndefined();
});

it('has a quote only where it is listed', () => {
  expect(btc.forwardQuote(Date.parse(expiry(100)))).toEqual({ mark: 110, bid: 109, ask: 111 });
  expect(btc.forwardQuote(Date.parse(expiry(150)))).toBeUndefined();
});
