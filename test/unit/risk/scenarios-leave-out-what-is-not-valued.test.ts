import { expect, it } from 'vitest';
import { inlinePricingPool, marketView, row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { AS_OF, listedMarket, option, perpetual } from './markets.ts';

const ASKED = {
  ladders: { spot: [-0.1, 0.1], time: [30] },
  stress: {},
  vegaBuckets: {},
  valueAtRisk: {
    history: {
      moves: [
        { spot: 0.1, vol: 5 },
        { spot: -0.1, vol: 5 },
      ],
    },
  },
};

it('a position that is not valued changes no number', async () => {
  const good = [row(option('call', 55_000), -10), row(perpetual('inverse'), 5_000)];
  const bad = [
    row({ ...perpetual('linear'), underlying: 'ETH' }, 1e6),
    row({ ...option('put', 50_000), expiry: AS_OF }, 1e6),
    row(option('put', 50_000), 1e300),
  ];
  const mixed = [bad[0]!, good[0]!, bad[1]!, good[1]!, bad[2]!];
  expect(await scenariosOf(listedMarket(), mixed, ASKED)).toEqual(await scenariosOf(listedMarket(), good, ASKED));
});

it('a book of which nothing can be valued has scenarios without numbers', async () => {
  const { ladders, valueAtRisk } = await scenariosOf(
    marketView(AS_OF, [{ underlying: 'X', spot: { mark: 1 } }]),
    [row(perpetual('linear'), 1)],
    ASKED,
  );
  expect(ladders!.spot).toEqual({ steps: [-0.1, 0.1], underlyings: [], cash: [] });
  expect(valueAtRisk).toEqual({ scenarioCount: 2, cash: [], leftOut: [] });
});

it('what was not asked for is null', async () => {
  expect(await scenariosOf(listedMarket(), [row(perpetual('linear'), 1)], {})).toEqual({
    volMoves: 'points',
    ...{ ladders: null, matrix: null, vegaBuckets: null, stress: null, valueAtRisk: null, explain: null },
  });
});

it('a sum that is no number is refused, never answered as one', async () => {
  const pool = { ...inlinePricingPool(), grid: async () => new Float64Array(8).fill(NaN) };
  const asked = scenariosOf(listedMarket(), [row(option('call', 50_000), 1)], { ladders: { spot: [0.1] } }, { pool });
  await expect(asked).rejects.toMatchObject({
    code: 'validation_failed',
    message: expect.stringContaining('BTC/USD'),
  });
});

it('more points than an answer should have are refused', async () => {
  const names = Array.from({ length: 39 }, (_, i) => `U${i}`);
  const market = marketView(
    AS_OF,
    names.map((underlying) => ({ underlying, spot: { mark: 1 } })),
  );
  const book = names.map((name) => row(`spot:${name}/USD`, 1));
  const steps = Array.from({ length: 51 }, (_, i) => i / 100);
  const asked = { matrix: { spot: steps, vol: steps } };
  await expect(scenariosOf(market, book, asked)).rejects.toMatchObject({ code: 'validation_failed' });
  expect((await scenariosOf(market, book.slice(0, 38), asked)).matrix!.underlyings).toHaveLength(38);
});
