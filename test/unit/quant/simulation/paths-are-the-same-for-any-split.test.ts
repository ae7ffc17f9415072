import { describe, expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import type { Sampling } from '../../../../src/quant/simulation/pathNormals.ts';
import { type PathModel, simulatePaths } from '../../../../src/quant/simulation/paths.ts';
import { differences } from '../kernel/randomColumns.ts';
import { sourceOf } from './setups.ts';

const COUNT = 2500;
const GRID = { steps: 7, stepYears: 0.05 };
const VARIANCE = { v0: 0.04, kappa: 2, theta: 0.09, sigma: 0.8, rho: -0.6, substeps: 2 };
const MODELS: PathModel[] = [
  { kind: 'gbm', spot: 100, growth: 0.03, vol: 0.4 },
  { kind: 'heston', spot: 100, growth: 0.03, ...VARIANCE },
  { kind: 'bates', spot: 100, growth: 0.03, ...VARIANCE, jumpIntensity: 2, jumpMeanLog: -0.1, jumpStdLog: 0.2 },
];
const SAMPLINGS: Sampling[] = [
  { kind: 'independent' },
  { kind: 'antithetic' },
  { kind: 'sobol', points: 256 },
  { kind: 'sobol', points: 4096 },
];

function pathsOf(form: 'simd' | 'scalar', model: PathModel, sampling: Sampling, cuts: readonly number[]) {
  const output = {
    prices: new Float64Array(GRID.steps * COUNT),
    variances: new Float64Array(GRID.steps * COUNT),
  };
  const bounds = [0, ...cuts, COUNT];
  const kernel = openKernel({ form });
  bounds
    .slice(1)
    .forEach((to, i) => simulatePaths(kernel, model, GRID, sourceOf(sampling), output, COUNT, bounds[i], to));
  return output;
}

describe.each(MODELS)('$kind', (model) => {
  it.each(SAMPLINGS)('$kind', (sampling) => {
    const whole = pathsOf('scalar', model, sampling, []);
    expect(whole.prices.every((price) => price > 0)).toBe(true);
    for (const cuts of [[], [1], [1023, 1025, 2048], [3, 700, 2499]]) {
      const split = pathsOf('simd', model, sampling, cuts);
      expect(differences(split.prices, whole.prices)).toBe(0);
      expect(differences(split.variances, whole.variances)).toBe(0);
    }
  });
});

it('differ by seed, by stream, and from one block to the next', () => {
  const first = (seed: number, stream: number) => {
    const prices = new Float64Array(2 * 2048);
    const source = { seed, stream, sampling: { kind: 'independent' } as const };
    simulatePaths(openKernel(), MODELS[0]!, { steps: 2, stepYears: 1 }, source, { prices }, 2048);
    return prices;
  };
  const one = first(1, 0);
  expect(first(2, 0)[0]).not.toBe(one[0]);
  expect(first(1, 1)[0]).not.toBe(one[0]);
  expect(one[1024]).not.toBe(one[0]);
});

it('refuses what it cannot draw', () => {
  const draw = (points: number, steps: number) =>
    simulatePaths(
      openKernel(),
      MODELS[1]!,
      { steps, stepYears: 0.01 },
      sourceOf({ kind: 'sobol', points }),
      { prices: new Float64Array(2 * steps) },
      2,
    );
  expect(() => draw(100, 10)).toThrow('a power of two of points');
  // 278 steps of 2 substeps and 2 factors are 1,112 dimensions.
  expect(() => draw(128, 278)).toThrow('1111 dimensions at most, and these paths need 1112');
  expect(() => draw(128, 277)).not.toThrow();
});
