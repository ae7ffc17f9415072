import { expect, it } from 'vitest';
import type { Sampling } from '../../../../src/quant/simulation/pathNormals.ts';
import { simulatePaths } from '../../../../src/quant/simulation/paths.ts';
import { kernel, sourceOf, statisticsOf } from './setups.ts';

const COUNT = 1 << 15;
const GRID = { steps: 12, stepYears: 1 / 12 };

/** Standard error of the mean of twelve monthly prices over the strike, as an Asian call has it. */
function asianError(sampling: Sampling): number {
  const prices = new Float64Array(GRID.steps * COUNT);
  const model = { kind: 'gbm', spot: 100, growth: 0.02, vol: 0.3 } as const;
  simulatePaths(kernel, model, GRID, sourceOf(sampling), { prices }, COUNT);
  const payoffs = new Float64Array(COUNT);
  for (let i = 0; i < prices.length; i++) payoffs[i % COUNT] = payoffs[i % COUNT]! + prices[i]! / GRID.steps;
  return statisticsOf([payoffs.map((average) => Math.max(average - 100, 0))], sampling).mean.standardError;
}

it('pairs save a fifth of the error of a call at the least, nets nine tenths', () => {
  const plain = asianError({ kind: 'independent' });
  expect(asianError({ kind: 'antithetic' })).toBeLessThan(0.8 * plain);
  expect(asianError({ kind: 'sobol', points: 1 << 11 })).toBeLessThan(0.1 * plain);
});

it('the error that a net tells is the one that it makes', () => {
  const nets = 40;
  const sampling = { kind: 'sobol', points: 256 } as const;
  const count = 16 * sampling.points;
  const scores = Array.from({ length: nets }, (_, seed) => {
    const prices = new Float64Array(4 * count);
    const model = { kind: 'gbm', spot: 100, growth: 0, vol: 0.3 } as const;
    simulatePaths(kernel, model, { steps: 4, stepYears: 0.25 }, sourceOf(sampling, seed), { prices }, count);
    const { mean } = statisticsOf([prices.subarray(3 * count)], sampling);
    return (mean.value - 100) / mean.standardError;
  });
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + score ** 2, 0) / nets);
  // Student's t of 15 degrees has deviation √(15/13) = 1.074; that of 40 of them errs by 12 % or so.
  expect(spread).toBeGreaterThan(0.7);
  expect(spread).toBeLessThan(1.45);
});
