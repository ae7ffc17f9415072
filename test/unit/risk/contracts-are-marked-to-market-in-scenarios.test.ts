import { describe, expect, it } from 'vitest';
import type { BookRow } from '../../../src/portfolios/model.ts';
import type { MarketView } from '../../../src/market/service.ts';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { CARRY, carryMarket, FORWARD, future, listedMarket, perpetual, SPOT, TIME } from './markets.ts';

const MOVE = -0.2;
const DAYS = 10;
const PERPETUAL = 50_100;
const CARRIED = SPOT * Math.exp(CARRY * TIME);
const LATER = TIME - DAYS / 365;

async function matrixOf(market: MarketView, position: BookRow) {
  const { matrix } = await scenariosOf(market, [position], { matrix: { spot: [MOVE], vol: [50], days: DAYS } });
  const { profit, value, delta, gamma, vega } = matrix!.underlyings[0]!;
  return { profit: profit[0]!, delta: delta[0]!, rest: [value[0], gamma[0], vega[0]] };
}

describe.each<[string, MarketView, BookRow, { profit: number; delta: number }]>([
  ['a linear perpetual', listedMarket(), row(perpetual('linear'), 3), { profit: 3 * PERPETUAL * MOVE, delta: 3 }],
  [
    'an inverse perpetual: N·(1/P₀ − 1/P) coins at P',
    listedMarket(),
    row(perpetual('inverse'), 60_000),
    { profit: 60_000 * MOVE, delta: 60_000 / PERPETUAL },
  ],
  [
    'a linear future on a listed forward, which time does not move',
    listedMarket(),
    row(future('linear'), 3),
    { profit: 3 * FORWARD * MOVE, delta: 3 },
  ],
  [
    'an inverse future on a listed forward',
    listedMarket(),
    row(future('inverse'), 60_000),
    { profit: 60_000 * MOVE, delta: 60_000 / FORWARD },
  ],
  [
    'a linear future on a carry, which time moves to spot',
    carryMarket(),
    row(future('linear'), 3),
    {
      profit: 3 * (SPOT * (1 + MOVE) * Math.exp(CARRY * LATER) - CARRIED),
      delta: 3 * Math.exp(CARRY * LATER),
    },
  ],
  [
    'an inverse future on a carry, in coins at spot',
    carryMarket(),
    row(future('inverse'), 60_000),
    {
      profit: 60_000 * (1 / CARRIED - 1 / (SPOT * (1 + MOVE) * Math.exp(CARRY * LATER))) * SPOT * (1 + MOVE),
      delta: 60_000 / CARRIED,
    },
  ],
])('%s', (_what, market, position, expected) => {
  it('makes what its price moved by and has no worth of its own', async () => {
    const { profit, delta, rest } = await matrixOf(market, position);
    expect(rest).toEqual([0, 0, 0]);
    // Differences of numbers of the size of the notional: a few roundings of it.
    expect(Math.abs(profit - expected.profit)).toBeLessThan(1e-14 * 200_000);
    expect(delta / expected.delta).toBeCloseTo(1, 14);
  });
});
