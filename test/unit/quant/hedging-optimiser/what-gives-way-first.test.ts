import { describe, expect, it } from 'vitest';
import type { Priority } from '../../../../src/quant/hedging/optimiser/model.ts';
import { candidate, named, problem, solve, target } from './problems.ts';

// One instrument, two Greeks: the delta of 10 wants 10 sold, the vega of 6 wants 6 sold.
const both = candidate({ greeks: Float64Array.of(1, 1) });

function relaxedOf(delta: Priority, vega: Priority, scales = { delta: 1, vega: 1 }) {
  const targets = [
    target({ id: 'delta', value: 10, priority: delta, scale: scales.delta }),
    target({ id: 'vega', value: 6, priority: vega, scale: scales.vega }),
  ];
  const outcome = solve(problem({ candidates: [both], targets }));
  return named(outcome, 'balanced').relaxed.map(({ id, by, value }) => ({
    ...{ id, by: Number(by.toFixed(4)), value: Number(value.toFixed(4)) },
  }));
}

describe('of two constraints that cannot both hold', () => {
  it('priority 1 gives way before 2, and 4 before 5', () => {
    expect(relaxedOf(1, 2)).toEqual([{ id: 'delta', by: 4, value: 4 }]);
    expect(relaxedOf(5, 4)).toEqual([{ id: 'vega', by: 4, value: -4 }]);
  });

  it('one of priority 0 does not give way', () => {
    expect(relaxedOf(0, 5)).toEqual([{ id: 'vega', by: 4, value: -4 }]);
  });

  it('of the same priority the one of less scale does', () => {
    expect(relaxedOf(3, 3, { delta: 2, vega: 1 })).toEqual([{ id: 'vega', by: 4, value: -4 }]);
    expect(relaxedOf(3, 3, { delta: 1, vega: 2 })).toEqual([{ id: 'delta', by: 4, value: 4 }]);
  });

  it('a limit on cost gives way to a target that is stronger, by as little as it must', () => {
    const costly = candidate({ greeks: Float64Array.of(1), buyCost: 2, sellCost: 2 });
    const targets = [target({ id: 'delta', value: 10, tolerance: 1, priority: 2 })];
    const limited = (priority: Priority) =>
      problem({ candidates: [costly], targets, limits: { maxCost: { value: 5, priority, scale: 1 } } });
    const weak = named(solve(limited(1)), 'cheapest');
    expect(weak.relaxed).toEqual([
      { id: 'maxCost', priority: 1, value: expect.closeTo(18, 4), by: expect.closeTo(13, 4) },
    ]);
    const strong = named(solve(limited(3)), 'cheapest');
    expect(strong.relaxed).toEqual([
      { id: 'delta', priority: 2, value: expect.closeTo(7.5, 4), by: expect.closeTo(6.5, 4) },
    ]);
  });

  it('lots that miss a band are a violation, the least there is', () => {
    const lots = candidate({ greeks: Float64Array.of(1), lot: 4 });
    const targets = [target({ id: 'delta', value: 10, tolerance: 0.5, priority: 1 })];
    const outcome = solve(problem({ candidates: [lots], targets, covariance: Float64Array.of(0) }));
    expect(outcome).toMatchObject({ status: 'solved', isLeastRelaxed: true });
    expect(Math.abs(named(outcome, 'cheapest').reached[0]!)).toBe(2);
    expect(named(outcome, 'cheapest').relaxed).toEqual([
      { id: 'delta', priority: 1, value: expect.anything(), by: expect.closeTo(1.5, 9) },
    ]);
  });

  it('a limit on legs gives way before a target that needs two', () => {
    const one = candidate({ id: 'one', greeks: Float64Array.of(1), maxSell: 6, lot: 1 });
    const targets = [target({ id: 'delta', value: 10, priority: 2 })];
    const limits = { maxLegs: { value: 1, priority: 1, scale: 1 } } as const;
    const plan = named(solve(problem({ candidates: [one, { ...one, id: 'two' }], targets, limits })), 'balanced');
    expect(plan.legs).toHaveLength(2);
    expect(plan.relaxed).toEqual([{ id: 'maxLegs', priority: 1, value: 2, by: 1 }]);
  });
});
