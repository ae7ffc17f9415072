import { describe, expect, it } from 'vitest';
import type { Fill } from '../../../src/execution/model.ts';
import type { OrderStatus } from '../../../src/execution/orderState.ts';
import { progressOf } from '../../../src/execution/orderProgress.ts';
import { fill, report } from './orders.ts';

const order = (status: OrderStatus, fills: Fill[] = [], inverse = false) => ({
  status,
  quantity: '10',
  inverse,
  fills,
});
const some = fill('t1', '4');
const rest = fill('t2', '6');

describe('a first report', () => {
  it.each([
    ['accepted', [], ['accepted']],
    ['rejected', [], ['rejected']],
    ['partially_filled', [some], ['accepted', 'partially_filled']],
    ['filled', [some, rest], ['accepted', 'filled']],
    ['canceled', [], ['accepted', 'canceled']],
    ['canceled', [some], ['accepted', 'partially_filled', 'canceled']],
    ['expired', [some], ['accepted', 'partially_filled', 'expired']],
  ] as const)('%s with %j', (status, fills, moves) => {
    expect(progressOf(order('submitted'), report(status, [...fills])).moves).toEqual(moves);
  });
});

describe('a report that is known already', () => {
  it.each([
    ['accepted', 'accepted', []],
    ['partially_filled', 'partially_filled', [some]],
    ['partially_filled', 'accepted', [some]],
    ['filled', 'filled', [some, rest]],
    ['canceled', 'canceled', [some]],
    ['canceled', 'partially_filled', [some]],
    ['expired', 'canceled', [some]],
    ['rejected', 'rejected', []],
  ] as const)('changes nothing: %s told %s', (from, status, fills) => {
    expect(progressOf(order(from, [...fills]), report(status, [...fills]))).toMatchObject({ added: [], moves: [] });
  });
});

it('a fill told twice is counted once, in one report or in two', () => {
  const once = progressOf(order('submitted'), report('partially_filled', [some, some]));
  expect(once).toMatchObject({ added: [some], filled: '4', fee: '0.01', averagePrice: '100' });
  const again = progressOf(order('partially_filled', [some]), report('filled', [some, rest, rest]));
  expect(again).toMatchObject({ added: [rest], filled: '10', fee: '0.02', moves: ['filled'] });
});

it('fills that a later report no longer tells are kept', () => {
  const progress = progressOf(order('partially_filled', [some]), report('canceled', []));
  expect(progress).toMatchObject({ added: [], filled: '4', averagePrice: '100', moves: ['canceled'] });
});

describe('a fill after the cancellation', () => {
  it('opens the order again, and closes it where the venue says that it is closed', () => {
    expect(progressOf(order('canceled'), report('canceled', [some])).moves).toEqual(['partially_filled', 'canceled']);
    expect(progressOf(order('canceled', [some]), report('filled', [some, rest])).moves).toEqual(['filled']);
    expect(progressOf(order('expired'), report('partially_filled', [some])).moves).toEqual(['partially_filled']);
  });
});

describe('what the venue says of the order and what it tells of fills', () => {
  it('filled, but fills are missing: not filled yet', () => {
    expect(progressOf(order('submitted'), report('filled', [])).moves).toEqual(['accepted']);
    expect(progressOf(order('submitted'), report('filled', [some])).moves).toEqual(['accepted', 'partially_filled']);
    expect(progressOf(order('partially_filled', [some]), report('filled', [some])).moves).toEqual([]);
  });

  it('rejected, but there are fills: the rest is canceled', () => {
    expect(progressOf(order('submitted'), report('rejected', [some])).moves).toEqual([
      'accepted',
      'partially_filled',
      'canceled',
    ]);
    expect(progressOf(order('partially_filled', [some]), report('rejected')).moves).toEqual(['canceled']);
  });

  it('more fills than were asked for: all of them count, and the reason says so', () => {
    const progress = progressOf(order('submitted'), report('filled', [some, fill('t2', '6.5')]));
    expect(progress).toMatchObject({
      moves: ['accepted', 'filled'],
      filled: '10.5',
      overfilled: true,
      reason: 'Overfilled: the venue traded 10.5 of 10',
    });
  });
});

describe('the average price', () => {
  const fills = [fill('t1', '100', '50'), fill('t2', '300', '100')];

  it('is weighted by quantity', () => {
    expect(progressOf(order('submitted'), report('partially_filled', fills)).averagePrice).toBe('87.5');
  });

  it('of an inverse contract is what its coins cost: harmonic', () => {
    // 100/50 + 300/100 = 5 coins for 400
    expect(progressOf(order('submitted', [], true), report('partially_filled', fills)).averagePrice).toBe('80');
  });

  it('is of all fills, those told before too', () => {
    const progress = progressOf(order('partially_filled', fills.slice(0, 1)), report('canceled', fills.slice(1)));
    expect(progress.averagePrice).toBe('87.5');
  });

  it('is none without fills', () => {
    expect(progressOf(order('submitted'), report('rejected', [], 'no')).averagePrice).toBeNull();
  });
});

it("the venue's reason is kept", () => {
  expect(progressOf(order('submitted'), report('rejected', [], 'price out of band')).reason).toBe('price out of band');
});
