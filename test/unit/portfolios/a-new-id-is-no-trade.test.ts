import { expect, it } from 'vitest';
import { movesAt } from '../../../src/portfolios/moves.ts';
import { row } from '../../support/books.ts';

const held = (
  id: string,
  quantity: number,
  averagePrice: number | null,
  life: { from: number; to: number | null },
) => ({
  ...row('spot:BTC/USD', quantity, { id }),
  ...{ averagePrice, ...life },
});

it('a position that only gets another id has not moved', () => {
  const rows = [held('1', 2, 100, { from: 1, to: 2 }), held('2', 2, 100, { from: 2, to: null })];
  expect(movesAt(2, rows)).toEqual([]);
});

it('what is split and grown is one move, at the average of what it cost', () => {
  const rows = [
    held('1', 2, 100, { from: 1, to: 2 }),
    held('a', 1, 100, { from: 2, to: null }),
    held('b', 3, 120, { from: 2, to: null }),
  ];
  expect(movesAt(2, rows)).toMatchObject([
    { before: { size: 2, averagePrice: 100 }, after: { size: 4, averagePrice: 115 } },
  ]);
});

it('what is opened and closed is told, and of a price that is not known of a part none is', () => {
  const rows = [
    held('1', 2, 100, { from: 1, to: 2 }),
    held('a', 1, null, { from: 2, to: null }),
    held('b', 3, 120, { from: 2, to: null }),
    { ...row('spot:ETH/USD', 5, { id: 'e' }), averagePrice: 7, from: 2, to: null },
  ];
  expect(movesAt(2, rows)).toMatchObject([
    { row: { symbol: 'spot:ETH/USD' }, before: null, after: { size: 5 } },
    { after: { size: 4, averagePrice: null } },
  ]);
});
