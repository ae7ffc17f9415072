import { expect, it } from 'vitest';
import { candidate, named, problem, quantities, solve, target } from './problems.ts';

const wide = { maxBuy: 5000, maxSell: 5000 };
const perpetual = candidate({ greeks: Float64Array.of(1, 0, 0), buyCost: 0.01, sellCost: 0.01, ...wide });
const near = candidate({ id: 'near', greeks: Float64Array.of(0.52, 0.0021, 88), buyCost: 2, sellCost: 2, ...wide });
const far = candidate({ id: 'far', greeks: Float64Array.of(-0.31, 0.0013, 41), buyCost: 3, sellCost: 3, ...wide });

it('delta, gamma and vega by a perpetual and two options are a linear system', () => {
  const targets = [
    target({ id: 'delta', value: 37.5 }),
    target({ id: 'gamma', value: -0.9 }),
    target({ id: 'vega', value: 2150 }),
  ];
  const plan = named(solve(problem({ candidates: [perpetual, near, far], targets })), 'balanced');
  // numpy.linalg.solve([[1, .52, -.31], [0, .0021, .0013], [0, 88, 41]], [-37.5, .9, -2150])
  expect(quantities(plan)['perpetual']).toBeCloseTo(1608.897526501767, 3);
  expect(quantities(plan)['near']).toBeCloseTo(-1402.6501766784452, 3);
  expect(quantities(plan)['far']).toBeCloseTo(2958.1272084805654, 3);
  for (const reached of plan.reached) expect(reached).toBeCloseTo(0, 3);
});

it('delta is hedged with options alone, the cheaper per delta first', () => {
  const dear = candidate({ id: 'dear', greeks: Float64Array.of(0.3), buyCost: 2, sellCost: 2 });
  const cheap = candidate({ id: 'cheap', greeks: Float64Array.of(-0.5), buyCost: 3, sellCost: 3, maxBuy: 40 });
  const targets = [target({ id: 'delta', value: 50, tolerance: 3 })];
  const plan = named(solve(problem({ candidates: [dear, cheap], targets, riskAversion: 0 })), 'cheapest');
  // 47 of delta: 40 puts are 20 of it, at 6 per delta; the other 27 at 6.67 are 90 calls sold
  expect(quantities(plan)['cheap']).toBeCloseTo(40, 6);
  expect(quantities(plan)['dear']).toBeCloseTo(-90, 4);
  expect(plan.cost.total).toBeCloseTo(300, 3);
  expect(plan.reached[0]).toBeCloseTo(3, 5);
});

it('impact is shared between two alike', () => {
  const impact = { coefficient: 0.01, shape: 'square_root' } as const;
  const one = candidate({ id: 'one', greeks: Float64Array.of(1), factors: Float64Array.of(0), impact });
  const targets = [target({ id: 'delta', value: -200 })];
  const plan = named(solve(problem({ candidates: [one, { ...one, id: 'two' }], targets })), 'balanced');
  expect(quantities(plan)['one']).toBeCloseTo(100, 1);
  expect(plan.cost.impact).toBeCloseTo(2 * 0.01 * 1000, 5);
});
