import { expect, it } from 'vitest';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { carryMarket, future, listedMarket, option, perpetual } from './markets.ts';

const BOOK = [
  row(option('call', 55_000), -10.1),
  row(option('put', 45_000, 'inverse'), 7.3),
  row(perpetual('inverse'), 31_007),
  row(future('inverse'), -12_345.6),
  row(future('linear'), 0.7),
  row('spot:BTC/USD', 0.1),
];

it.each([
  ['listed forwards', listedMarket()],
  ['a carry', carryMarket()],
])('with %s a step of nothing has a profit of 0 to the bit, in either unit of volatility', async (_what, market) => {
  for (const volMoves of ['points', 'relative']) {
    const { ladders, matrix, stress } = await scenariosOf(market, BOOK, {
      volMoves,
      ladders: { spot: [0.1, 0], vol: [0, 0.5], time: [0, 1] },
      matrix: { spot: [0], vol: [-0.1, -0] },
      stress: { names: [], custom: [{ name: 'calm', spot: 0, vol: 0 }] },
    });
    const profits = [
      ladders!.spot!.underlyings[0]!.profit[1],
      ladders!.vol!.cash[0]!.profit[0],
      ladders!.time!.cash[0]!.profit[0],
      matrix!.underlyings[0]!.profit[1],
      stress![0]!.cash[0]!.profit,
    ];
    expect(profits).toEqual([0, 0, 0, 0, 0]);
  }
});
