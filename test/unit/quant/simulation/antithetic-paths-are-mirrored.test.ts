import { expect, it } from 'vitest';
import { simulatePaths } from '../../../../src/quant/simulation/paths.ts';
import { kernel, sourceOf } from './setups.ts';

it('the logarithms of a pair add up to twice the drift', () => {
  const count = 3000;
  const grid = { steps: 5, stepYears: 0.1 };
  const prices = new Float64Array(grid.steps * count);
  const model = { kind: 'gbm', spot: 50, growth: 0.07, vol: 0.3 } as const;
  simulatePaths(kernel, model, grid, sourceOf({ kind: 'antithetic' }), { prices }, count);
  for (let step = 0; step < grid.steps; step++) {
    const drift = (0.07 - 0.5 * 0.3 ** 2) * 0.1 * (step + 1);
    for (let i = step * count; i < (step + 1) * count; i += 2)
      expect(Math.abs(Math.log(prices[i]! / 50) + Math.log(prices[i + 1]! / 50) - 2 * drift)).toBeLessThan(1e-13);
  }
});
