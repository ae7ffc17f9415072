import { describe, expect, it } from 'vitest';
import { candidate, named, problem, quantities, solve, target } from './problems.ts';

const limit = (value: number) => ({ value, priority: 0, scale: 1 }) as const;
const delta = Float64Array.of(1);

describe('orders that count', () => {
  it('are as few as the limit says, the better ones', () => {
    const costs = [1, 2, 3, 4].map((cost) => candidate({ id: `at ${cost}`, greeks: delta, buyCost: cost, maxBuy: 5 }));
    const targets = [target({ id: 'delta', value: -20, tolerance: 11 })];
    const plan = named(solve(problem({ candidates: costs, targets, limits: { maxLegs: limit(2) } })), 'cheapest');
    expect(quantities(plan)).toEqual({ 'at 1': expect.closeTo(5, 6), 'at 2': expect.closeTo(4, 6) });
  });

  it('open no more legs than may be opened', () => {
    const opened = candidate({ id: 'new', greeks: delta, buyCost: 1, isNew: true });
    const held = candidate({ id: 'held', greeks: delta, buyCost: 2 });
    const targets = [target({ id: 'delta', value: -20 })];
    const limits = { maxNewLegs: limit(0) };
    expect(quantities(named(solve(problem({ candidates: [opened, held], targets, limits })), 'cheapest'))).toEqual({
      held: expect.closeTo(20, 6),
    });
  });

  it('pay their fixed cost once each', () => {
    const gas = candidate({ id: 'gas', greeks: delta, buyCost: 0.1, fixedCost: 30 });
    const book = candidate({ id: 'book', greeks: delta, buyCost: 1 });
    const targets = (value: number) => [target({ id: 'delta', value })];
    const hedge = (value: number) =>
      named(solve(problem({ candidates: [gas, book], targets: targets(value) })), 'cheapest');
    // 0.9·q = 30 at q = 33.3
    expect(quantities(hedge(-33))).toEqual({ book: expect.closeTo(33, 6) });
    expect(quantities(hedge(-34))).toEqual({ gas: expect.closeTo(34, 6) });
  });

  it('are at least as large as they must be', () => {
    const targets = [target({ id: 'delta', value: -4, tolerance: 1 })];
    const cheap = candidate({ id: 'cheap', greeks: delta, buyCost: 1, minTrade: 6, maxSell: 0 });
    const dear = candidate({ id: 'dear', greeks: delta, buyCost: 2, minTrade: 1, maxSell: 0 });
    expect(quantities(named(solve(problem({ candidates: [cheap, dear], targets })), 'cheapest'))).toEqual({
      dear: expect.closeTo(3, 6),
    });
  });

  it('are not made small by buying and selling the same', () => {
    const targets = [target({ id: 'delta', value: -4, tolerance: 1 })];
    const coarse = candidate({ greeks: delta, minTrade: 6 });
    expect(solve(problem({ candidates: [coarse], targets }))).toEqual({ status: 'infeasible', binding: ['delta'] });
  });
});
