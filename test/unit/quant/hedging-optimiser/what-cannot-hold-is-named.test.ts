import { expect, it } from 'vitest';
import { candidate, problem, solve, target } from './problems.ts';

const limit = (value: number) => ({ value, priority: 0, scale: 1 }) as const;

it('without candidates the targets that are not met are named, each by itself', () => {
  const targets = [target({ id: 'delta', value: 10 }), target({ id: 'vega', value: 1, tolerance: 2 })];
  expect(solve(problem({ targets }))).toEqual({ status: 'infeasible', binding: ['delta'] });
});

it('of three constraints the two that are in each other’s way are named', () => {
  const costly = candidate({ greeks: Float64Array.of(1, 0), buyCost: 2, sellCost: 2 });
  const targets = [target({ id: 'delta', value: 10, tolerance: 1 }), target({ id: 'vega', value: 0 })];
  const tight = problem({ candidates: [costly], targets, limits: { maxCost: limit(17), maxNotional: limit(50) } });
  expect(solve(tight)).toEqual({ status: 'infeasible', binding: ['delta', 'maxCost'] });
});

it('a band that no whole lot reaches is named', () => {
  const lots = candidate({ greeks: Float64Array.of(1, 1), lot: 4 });
  const targets = [target({ id: 'delta', value: 10, tolerance: 0.5 }), target({ id: 'gamma', value: 8, tolerance: 9 })];
  expect(solve(problem({ candidates: [lots], targets }))).toEqual({ status: 'infeasible', binding: ['delta'] });
});

it('a limit on legs is named with the target that needs more', () => {
  const one = candidate({ id: 'one', greeks: Float64Array.of(1), maxSell: 6, lot: 1 });
  const targets = [target({ id: 'delta', value: 10 })];
  const twins = [one, { ...one, id: 'two' }];
  const outcome = solve(problem({ candidates: twins, targets, limits: { maxLegs: limit(1) } }));
  expect(outcome).toEqual({ status: 'infeasible', binding: ['delta', 'maxLegs'] });
});

it('what the square root of size costs counts towards the limit', () => {
  // 70^1.5 · 0.1 = 58.566
  const impact = { coefficient: 0.1, shape: 'square_root' } as const;
  const candidates = [candidate({ greeks: Float64Array.of(1), impact })];
  const targets = [target({ id: 'delta', value: 70 })];
  const within = (value: number) => solve(problem({ candidates, targets, limits: { maxCost: limit(value) } })).status;
  expect(within(58.57)).toBe('solved');
  expect(within(58.56)).toBe('infeasible');
});
