import { describe, expect, it } from 'vitest';
import type { PathModel } from '../../../../src/quant/simulation/paths.ts';
import { simulatePaths } from '../../../../src/quant/simulation/paths.ts';
import { kernel, sourceOf, statisticsOf } from './setups.ts';

const COUNT = 1 << 15;
const GRID = { steps: 8, stepYears: 0.125 };
const VARIANCE = { v0: 0.04, kappa: 4, theta: 0.25, sigma: 1, rho: -0.5, substeps: 2 };
const JUMPS = { jumpIntensity: 0.8, jumpMeanLog: -0.15, jumpStdLog: 0.25 };
const MODELS: PathModel[] = [
  { kind: 'gbm', spot: 100, growth: 0.06, vol: 0.35 },
  { kind: 'heston', spot: 100, growth: 0.06, ...VARIANCE },
  { kind: 'bates', spot: 100, growth: 0.06, ...VARIANCE, ...JUMPS },
  { kind: 'heston', spot: 100, growth: 0.06, ...VARIANCE, kappa: 0, rho: 0.3 },
  { kind: 'heston', spot: 100, growth: 0.06, ...VARIANCE, sigma: 0 },
];

/** Within four standard errors, which is one in 16,000 by chance, and the seed is fixed; rounding where nothing is random. */
function expectMean(values: Float64Array, want: number): void {
  const { mean } = statisticsOf([values]);
  expect(Math.abs(mean.value - want)).toBeLessThan(4 * mean.standardError + 1e-12);
}

describe.each(MODELS)('$kind, κ $kappa, σ $sigma', (model) => {
  const prices = new Float64Array(GRID.steps * COUNT);
  const variances = new Float64Array(GRID.steps * COUNT);
  simulatePaths(kernel, model, GRID, sourceOf(), { prices, variances }, COUNT);
  const at = (columns: Float64Array, step: number) => columns.subarray(step * COUNT, (step + 1) * COUNT);

  it('the discounted price is a martingale at every step', () => {
    for (let step = 0; step < GRID.steps; step++) {
      const growth = Math.exp(0.06 * GRID.stepYears * (step + 1));
      expectMean(
        at(prices, step).map((price) => price / growth),
        100,
      );
    }
  });

  it('the logarithm has its mean, and the variance that it takes', () => {
    const logs = at(prices, 7).map((price) => Math.log(price / 100));
    if (model.kind === 'gbm') {
      expectMean(logs, 0.06 - 0.5 * 0.35 ** 2);
      expectMean(
        logs.map((y) => (y - (0.06 - 0.5 * 0.35 ** 2)) ** 2),
        0.35 ** 2,
      );
      return;
    }
    // E[v_t] = θ + (v₀ − θ)e^{−κt}, E ln S = growth − jumps' drift − ½∫E v dt + their mean (the scheme's ∫ is by its ends).
    const { v0, kappa, theta } = model;
    const expected = (t: number) => theta + (v0 - theta) * Math.exp(-kappa * t);
    expectMean(at(variances, 7), expected(1));
    const integral = kappa > 0 ? theta + ((v0 - theta) * (1 - Math.exp(-kappa))) / kappa : v0;
    const jumps = model.kind === 'bates' ? model : { jumpIntensity: 0, jumpMeanLog: 0, jumpStdLog: 0 };
    const meanJump = Math.exp(jumps.jumpMeanLog + 0.5 * jumps.jumpStdLog ** 2) - 1;
    const want = 0.06 - jumps.jumpIntensity * (meanJump - jumps.jumpMeanLog) - 0.5 * integral;
    const { mean } = statisticsOf([logs]);
    expect(Math.abs(mean.value - want)).toBeLessThan(4 * mean.standardError + 1e-3);
  });
});
