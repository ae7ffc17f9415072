import { describe, expect, it } from 'vitest';
import { alternatives, candidate, named, problem, quantities, solve, target } from './problems.ts';

describe('the alternatives', () => {
  const book = {
    factors: Float64Array.of(100),
    candidates: [candidate({ greeks: Float64Array.of(1), sellCost: 20, buyCost: 20 })],
    targets: [target({ id: 'delta', value: 100, tolerance: 60 })],
  };

  it('are the band’s edge, the margin, and the residual that the cost limit leaves', () => {
    const limits = { maxCost: { value: 1900, priority: 0, scale: 1 } } as const;
    const outcome = solve(problem({ ...book, limits }));
    // 100 − 40 = 60 is the edge; ½x² + 20·(100 − x) is least at x = 20; 1900 buys 95
    const hedges = alternatives(outcome).map((plan) => [plan.names, quantities(plan)['perpetual']]);
    expect(hedges).toEqual([
      [['cheapest'], expect.closeTo(-40, 3)],
      [['balanced'], expect.closeTo(-80, 2)],
      [['tightest'], expect.closeTo(-95, 2)],
    ]);
  });

  it('that coincide are one', () => {
    const outcome = solve(problem({ ...book, targets: [target({ id: 'delta', value: 100 })] }));
    expect(alternatives(outcome).map(({ names }) => names)).toEqual([['cheapest', 'balanced', 'tightest']]);
  });

  it('without aversion to risk are cheapest and tightest', () => {
    const outcome = solve(problem({ ...book, riskAversion: 0 }));
    expect(alternatives(outcome).map(({ names }) => names)).toEqual([['cheapest', 'balanced'], ['tightest']]);
    expect(quantities(named(outcome, 'tightest'))['perpetual']).toBeCloseTo(-100, 2);
  });

  it('keep to the cost limit by the true impact', () => {
    // 70^1.5 · 0.1 = 58.5662
    const impact = { coefficient: 0.1, shape: 'square_root' } as const;
    const limits = { maxCost: { value: 0.1 * 70 ** 1.5, priority: 0, scale: 1 } } as const;
    const candidates = [candidate({ impact })];
    const plan = named(solve(problem({ factors: Float64Array.of(100), candidates, limits })), 'tightest');
    expect(quantities(plan)['perpetual']).toBeCloseTo(-70, 3);
    expect(plan.relaxed).toEqual([]);
  });

  it('tell the cost of each leg by its parts', () => {
    const impact = { coefficient: 0.5, shape: 'square_root' } as const;
    const legs = [
      candidate({ greeks: Float64Array.of(1), sellCost: 2, fixedCost: 7, holdingCost: -0.25, impact, lot: 1 }),
    ];
    const plan = named(
      solve(problem({ ...book, candidates: legs, targets: [target({ id: 'delta', value: 36 })] })),
      'cheapest',
    );
    expect(plan.legs).toEqual([
      {
        ...{ candidate: 0, id: 'perpetual', quantity: -36 },
        cost: { trading: 72, impact: 108, fixed: 7, holding: 9, total: 196 },
      },
    ]);
    expect(plan.cost).toEqual(plan.legs[0]!.cost);
  });
});

it('an underlying without an instrument is hedged with another, to its beta', () => {
  // covariance 0.8·0.05·0.04; the least-variance hedge of 100 of the one is −100·cov/var of the other
  const covariance = Float64Array.of(0.0025, 0.0016, 0.0016, 0.0016);
  const other = candidate({ factors: Float64Array.of(0, 1) });
  const plan = named(solve(problem({ factors: Float64Array.of(100, 0), covariance, candidates: [other] })), 'tightest');
  expect(quantities(plan)['perpetual']).toBeCloseTo(-100, 2);
  // basis risk: 100²·0.0025·(1 − 0.8²)
  expect(plan.variance).toBeCloseTo(9, 5);
});
