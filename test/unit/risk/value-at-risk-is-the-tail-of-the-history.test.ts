import { expect, it } from 'vitest';
import { marketView, row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { AS_OF, SPOT } from './markets.ts';

const market = marketView(AS_OF, [
  { underlying: 'BTC', spot: { mark: SPOT } },
  { underlying: 'ETH', spot: { mark: 2_000 } },
  { underlying: 'SOL', quote: 'EUR', spot: { mark: 100 } },
]);
const BOOK = [row('spot:BTC/USD', 2), row('spot:ETH/USD', -10), row('spot:SOL/EUR', 30)];
const MOVES = [
  { spot: 0.01, vol: 0, at: '2029-01-01T00:00:00.000Z' },
  { spot: -0.1, vol: 0, at: '2029-01-02T00:00:00.000Z' },
  { spot: -0.02, vol: 0 },
];

it('of moves of every underlying: by currency, the worst first', async () => {
  const { valueAtRisk } = await scenariosOf(market, BOOK, {
    valueAtRisk: { confidences: [0.5, 0.9], history: { moves: MOVES } },
  });
  // 100,000 long and 20,000 short.
  const loss = (move: number) => expect.closeTo(-80_000 * move, 8);
  expect(valueAtRisk).toMatchObject({ scenarioCount: 3, leftOut: [] });
  expect(valueAtRisk!.cash).toHaveLength(2);
  expect(valueAtRisk!.cash[0]).toEqual({
    currency: 'USD',
    measures: [
      { confidence: 0.5, valueAtRisk: loss(-0.02), expectedShortfall: expect.closeTo((8_000 + 0.5 * 1_600) / 1.5, 8) },
      { confidence: 0.9, valueAtRisk: loss(-0.1), expectedShortfall: loss(-0.1) },
    ],
    worst: [
      { index: 1, at: MOVES[1]!.at, profit: expect.closeTo(-8_000, 8) },
      { index: 2, at: null, profit: expect.closeTo(-1_600, 8) },
      { index: 0, at: MOVES[0]!.at, profit: expect.closeTo(800, 8) },
    ],
  });
});

it('of moves by underlying: those at one place happen together, and who has none is left out', async () => {
  const move = (spot: number) => ({ spot, vol: 0 });
  const history = {
    underlyings: [
      { underlying: 'BTC', moves: [move(0.1), move(-0.1)] },
      { underlying: 'ETH', moves: [move(0.3), move(0.2)] },
    ],
  };
  const { valueAtRisk } = await scenariosOf(market, BOOK, { valueAtRisk: { confidences: [0.5], history } });
  expect(valueAtRisk!.leftOut).toEqual([
    { underlying: 'SOL', quote: 'EUR', code: 'missing_history', detail: expect.stringContaining('SOL') },
  ]);
  expect(valueAtRisk!.cash).toHaveLength(1);
  expect(valueAtRisk!.cash[0]!.worst.map(({ profit }) => profit)).toEqual([
    expect.closeTo(-10_000 - 4_000, 8),
    expect.closeTo(10_000 - 6_000, 8),
  ]);
});
