import { expect, it } from 'vitest';
import { STRESS_NAMES, STRESS_SCENARIOS } from '../../../src/risk/stress.ts';
import { marketView, row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { AS_OF } from './markets.ts';

const market = marketView(
  AS_OF,
  ['BTC', 'ETH', 'SOL'].map((underlying) => ({ underlying, spot: { mark: 100 } })),
);
const BOOK = ['BTC', 'ETH', 'SOL'].map((underlying) => row(`spot:${underlying}/USD`, 1));

it('all of them when none is named: ETH by its own shocks, every other as BTC', async () => {
  const { stress } = await scenariosOf(market, BOOK, { stress: {} });
  expect(stress!.map(({ name }) => name)).toEqual([...STRESS_NAMES]);
  for (const { name, date, source, volMoves, underlyings, cash } of stress!) {
    const { btc, eth, ...known } = STRESS_SCENARIOS[name as (typeof STRESS_NAMES)[number]];
    expect({ date, source, volMoves }).toEqual({ date: known.date, source: known.source, volMoves: 'points' });
    expect(underlyings.map(({ spotMove, volMove }) => ({ spot: spotMove, vol: volMove }))).toEqual([btc, eth, btc]);
    expect(underlyings.map(({ profit }) => profit)).toEqual(
      [btc, eth, btc].map(({ spot }) => expect.closeTo(100 * spot, 11)),
    );
    expect(cash).toEqual([{ currency: 'USD', profit: expect.closeTo(100 * (2 * btc.spot + eth.spot), 11) }]);
  }
});

it("the named ones keep their points where the client's own moves are relative", async () => {
  const { stress } = await scenariosOf(market, BOOK, {
    volMoves: 'relative',
    stress: { names: ['ftx'], custom: [{ name: 'mine', spot: -0.5, vol: 0.2, days: 2 }] },
  });
  expect(stress!.map(({ name, volMoves, days, date }) => ({ name, volMoves, days, date }))).toEqual([
    { name: 'ftx', volMoves: 'points', days: 0, date: '2022-11-09' },
    { name: 'mine', volMoves: 'relative', days: 2, date: null },
  ]);
  expect(stress![1]!.underlyings[1]).toMatchObject({ underlying: 'ETH', spotMove: -0.5, volMove: 0.2, profit: -50 });
});
