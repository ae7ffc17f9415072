import { expect, it } from 'vitest';
import { marketView, row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';

const ID = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
  '33333333-3333-4333-8333-333333333333',
];

function day(date: number, spot: number, vol: number | undefined, eth = true) {
  const of = (underlying: string, mark: number) => ({
    ...{ underlying, spot: { mark }, carry: { rate: 0 } },
    ...(vol === undefined ? {} : { volatility: { type: 'flat', vol } }),
  });
  return marketView(`2030-01-0${date}T08:00:00.000Z`, [of('BTC', spot), ...(eth ? [of('ETH', 1_000)] : [])]);
}

const NOW = day(9, 50_000, 0.5);
const OPTION = row(
  {
    ...{ kind: 'option', underlying: 'BTC', quote: 'USD', settlement: 'linear', optionType: 'call' },
    ...{ strike: '50000', expiry: '2030-04-09T08:00:00.000Z' },
  },
  1,
);
const asked = (snapshotIds: string[]) => ({ valueAtRisk: { history: { snapshotIds } } });

it('between neighbours in time, whatever order they are named in: spot relative, volatility in points', async () => {
  const others = { [ID[0]!]: day(3, 44_000, 0.55), [ID[1]!]: day(1, 40_000, 0.5), [ID[2]!]: day(2, 36_000, 0.75) };
  const { valueAtRisk } = await scenariosOf(NOW, [OPTION], asked(ID), { others });
  const { matrix } = await scenariosOf(NOW, [OPTION], { matrix: { spot: [-0.1, 44 / 36 - 1], vol: [25, -20] } });
  const [first, , , second] = matrix!.cash[0]!.profit;
  expect(valueAtRisk!.scenarioCount).toBe(2);
  const { worst } = valueAtRisk!.cash[0]!;
  expect([...worst].sort((a, b) => a.index - b.index)).toEqual([
    { index: 0, at: '2030-01-02T08:00:00.000Z', profit: expect.closeTo(first!, 8) },
    { index: 1, at: '2030-01-03T08:00:00.000Z', profit: expect.closeTo(second!, 8) },
  ]);
});

it('an underlying that a snapshot lacks, or has no volatility of, is left out and told', async () => {
  const book = [OPTION, row('spot:ETH/USD', 5)];
  const others = {
    [ID[0]!]: day(1, 40_000, 0.5),
    [ID[1]!]: day(2, 41_000, undefined),
    [ID[2]!]: day(3, 42_000, 0.5, false),
  };
  const { valueAtRisk } = await scenariosOf(NOW, book, asked(ID), { others });
  expect(valueAtRisk!.cash).toEqual([]);
  expect(valueAtRisk!.leftOut.map(({ underlying, code }) => [underlying, code])).toEqual([
    ['BTC', 'missing_volatility'],
    ['ETH', 'missing_history'],
  ]);
});
