import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { hestonGreeks, type HestonGreeks } from '../../../../src/quant/pricing/heston.ts';
import { type PathModel, simulatePaths } from '../../../../src/quant/simulation/paths.ts';
import { kernel, sourceOf, statisticsOf } from './setups.ts';

const COUNT = 1 << 15;
const SOBOL = { kind: 'sobol', points: 1 << 12 } as const;
const RATE = 0.01;
const MODELS = {
  // Lewis' published case: prices 26.7748, 16.0702 and 9.0249 at 80, 100 and 120.
  lewis: { v0: 0.04, kappa: 4, theta: 0.25, sigma: 1, rho: -0.5 },
  // Feller's condition fails by far: the variance sits at 0 much of the time.
  wild: { v0: 0.04, kappa: 1, theta: 0.04, sigma: 1, rho: -0.8 },
  jumps: {
    v0: 0.04,
    kappa: 2,
    theta: 0.05,
    sigma: 0.4,
    rho: -0.6,
    jumpIntensity: 0.5,
    jumpMeanLog: -0.1,
    jumpStdLog: 0.2,
  },
};

/** Prices after a year. */
function finalPrices(model: PathModel): Float64Array {
  const steps = 16;
  const prices = new Float64Array(steps * COUNT);
  simulatePaths(kernel, model, { steps, stepYears: 1 / steps }, sourceOf(SOBOL), { prices }, COUNT);
  return prices.subarray((steps - 1) * COUNT);
}

function callEstimate(finals: Float64Array, strike: number) {
  return statisticsOf([finals.map((price) => Math.exp(-RATE) * Math.max(price - strike, 0))], SOBOL).mean;
}

describe.each(Object.entries(MODELS))('%s', (_, terms) => {
  const kind = 'jumpIntensity' in terms ? 'bates' : 'heston';
  const finals = finalPrices({ kind, spot: 100, growth: RATE - 0.02, substeps: 2, ...terms } as PathModel);

  it.each([80, 100, 120])('call at %i', (strike) => {
    const { value, standardError } = callEstimate(finals, strike);
    const exact = hestonGreeks({ spot: 100, strike, time: 1, rate: RATE, dividendYield: 0.02, sign: 1, ...terms });
    // Four standard errors of eight independent nets, which are below 0.1 of a price of 9 to 27.
    expect(standardError).toBeLessThan(0.1);
    expect(Math.abs(value - (exact as HestonGreeks).price)).toBeLessThan(4 * standardError);
  });
});

it('call on geometric Brownian paths', () => {
  const { value, standardError } = callEstimate(finalPrices({ kind: 'gbm', spot: 100, growth: RATE, vol: 0.3 }), 110);
  const exact = blackGreeks({ spot: 100, strike: 110, time: 1, rate: RATE, carry: RATE, vol: 0.3, sign: 1 }).price;
  expect(standardError).toBeLessThan(0.005);
  expect(Math.abs(value - exact)).toBeLessThan(4 * standardError);
});
