import { describe, expect, it } from 'vitest';
import { candidate, named, problem, quantities, solve } from './problems.ts';

// ½γσ²(e + x)² + c|x|: the derivative vanishes at x = −e + c/(γσ²), or there is no trade where c ≥ γσ²|e|.
describe('one instrument', () => {
  const book = { factors: Float64Array.of(100), covariance: Float64Array.of(0.04), riskAversion: 0.5 };

  it('sells until a unit more saves less risk than it costs', () => {
    const plan = named(solve(problem({ ...book, candidates: [candidate({ sellCost: 0.3 })] })), 'balanced');
    // γσ² = 0.02, c/(γσ²) = 15
    expect(quantities(plan)['perpetual']).toBeCloseTo(-85, 2);
    expect(plan.cost.trading).toBeCloseTo(25.5, 3);
    expect(plan.variance).toBeCloseTo(0.04 * 15 ** 2, 2);
    expect(plan.objective).toBeCloseTo(25.5 + 0.5 * 0.5 * 9, 8);
  });

  it('is left alone where it costs more than the risk is worth', () => {
    const plan = named(solve(problem({ ...book, candidates: [candidate({ sellCost: 2.1 })] })), 'balanced');
    expect(plan.legs).toEqual([]);
    expect(plan.cost.total).toBe(0);
  });

  it('that earns by being held short is sold further', () => {
    const held = candidate({ sellCost: 0.3, holdingCost: 0.1 });
    const plan = named(solve(problem({ ...book, candidates: [held] })), 'balanced');
    expect(quantities(plan)['perpetual']).toBeCloseTo(-90, 2);
    expect(plan.cost.holding).toBeCloseTo(-9, 2);
  });

  it('stops at its limit', () => {
    const plan = named(solve(problem({ ...book, candidates: [candidate({ maxSell: 30 })] })), 'balanced');
    expect(quantities(plan)['perpetual']).toBeCloseTo(-30, 9);
  });

  it('pays impact at the margin', () => {
    // linear: γσ²(e − q) = 2kq, q = 2/(0.02 + 2·0.01) = 50; square root: 0.02(100 − q) = 1.5k√q, at q = 64: k = 0.06
    const linear = candidate({ impact: { coefficient: 0.01, shape: 'linear' } });
    expect(quantities(named(solve(problem({ ...book, candidates: [linear] })), 'balanced'))['perpetual']).toBeCloseTo(
      -50,
      2,
    );
    const root = candidate({ impact: { coefficient: 0.06, shape: 'square_root' } });
    const plan = named(solve(problem({ ...book, candidates: [root] })), 'balanced');
    expect(quantities(plan)['perpetual']).toBeCloseTo(-64, 2);
    expect(plan.cost.impact).toBeCloseTo(0.06 * 512, 2);
  });

  it('of lots of 10 goes to the better of the two lots beside its margin', () => {
    const plan = named(solve(problem({ ...book, candidates: [candidate({ sellCost: 0.3, lot: 10 })] })), 'balanced');
    expect([-80, -90]).toContain(quantities(plan)['perpetual']);
    expect(plan.objective).toBeCloseTo(0.01 * 100 + 27, 9);
  });
});
