import { expect, it } from 'vitest';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { carryMarket, future, option, perpetual } from './markets.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const BOOK = [
  ...[40, 45, 50, 55, 60].map((strike, i) => row(option(i % 2 ? 'put' : 'call', strike * 1_000), 3 - i)),
  row(future('inverse'), 20_000),
  row(perpetual('linear'), 2),
];

it('a book in pieces adds up to the book in one', async () => {
  const asked = {
    matrix: { spot: [-0.2, 0.2], vol: [-5, 5] },
    stress: {},
    explain: { marketSnapshotId: ID },
  };
  const others = { [ID]: carryMarket({ spot: -700, days: 1 }) };
  const [whole, pieces] = await Promise.all(
    [100, 2].map((shard) => scenariosOf(carryMarket(), BOOK, asked, { shard, others })),
  );
  const numbers = (value: unknown): number[] =>
    typeof value === 'number'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(numbers)
        : [];
  const [a, b] = [numbers(whole), numbers(pieces)];
  expect(a.length).toBeGreaterThan(100);
  expect(b).toHaveLength(a.length);
  // Sums of a few numbers below 1e6 in another order.
  a.forEach((number, i) => expect(Math.abs(number - b[i]!)).toBeLessThan(1e-9));
});
