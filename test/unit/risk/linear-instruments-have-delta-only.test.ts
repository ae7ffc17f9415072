import { describe, expect, it } from 'vitest';
import { resultOf, row } from '../../support/books.ts';
import { CARRY, carryMarket, FORWARD, future, listedMarket, perpetual, SPOT, TIME } from './markets.ts';

const none = { gamma: 0, vega: 0, vanna: 0, volga: 0 };
const still = { ...none, theta: 0, rho: 0, charm: 0 };
const PERPETUAL = 50_100;
const forward = SPOT * Math.exp(CARRY * TIME);

it('spot is worth its price and has the delta of its quantity', async () => {
  const got = await resultOf(listedMarket(), row('spot:BTC/USD', -0.5));
  expect(got).toEqual({ ...still, price: SPOT, value: -0.5 * SPOT, delta: -0.5 });
});

describe('a perpetual', () => {
  it('linear: one unit is one of the underlying, whatever its price', async () => {
    const got = await resultOf(listedMarket(), row(perpetual('linear'), 3, { multiplier: 10 }));
    expect(got).toEqual({ ...still, price: PERPETUAL, value: 0, delta: 30 });
  });

  it('inverse: a dollar amount, worth so many coins at its own price', async () => {
    const got = await resultOf(listedMarket(), row('deribit:BTC-PERPETUAL', 25_000));
    expect(got).toEqual({ ...still, price: PERPETUAL, value: 0, delta: 25_000 / PERPETUAL });
  });
});

describe('a dated future', () => {
  it('on a listed forward moves one for one with spot', async () => {
    const got = await resultOf(listedMarket(), row(future('linear'), -4));
    expect(got).toMatchObject({ ...none, price: FORWARD, value: 0, delta: -4 });
    expect(got.theta + 0).toBe(0);
    expect(got.charm + 0).toBe(0);
  });

  it('inverse on a listed forward is a dollar amount over that forward', async () => {
    const got = await resultOf(listedMarket(), row(future('inverse'), 10_200));
    expect(got).toMatchObject({ ...none, price: FORWARD, value: 0, delta: 10_200 / FORWARD });
  });

  it('on a carried forward moves with the forward: e^{bT} for one', async () => {
    const got = await resultOf(carryMarket(), row(future('linear'), 2));
    expect(got.price).toBeCloseTo(forward, 8);
    expect(got.delta).toBeCloseTo(2 * Math.exp(CARRY * TIME), 12);
  });

  it('inverse on a carried forward has the coins of its notional', async () => {
    const got = await resultOf(carryMarket(), row(future('inverse'), 10_000));
    expect(got.delta).toBeCloseTo(10_000 / forward, 12);
  });
});
