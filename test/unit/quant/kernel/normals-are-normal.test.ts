import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

const COUNT = 200_000;
const kernel = openKernel();

it('moments and correlation of a million normals are within five standard errors', () => {
  const steps = 5;
  const z = kernel.arena.allocate(steps * COUNT);
  kernel.normals({ seed: 42, stream: 0 }, steps, z, COUNT);
  const mean = (f: (x: number, i: number) => number) => z.reduce((sum, x, i) => sum + f(x, i), 0) / z.length;
  const error = 5 / Math.sqrt(z.length);
  expect(Math.abs(mean((x) => x))).toBeLessThan(error);
  expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(error * Math.SQRT2);
  expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(error * Math.sqrt(15));
  expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(error * Math.sqrt(96));
  // Neighbours in path, and the two of one Box-Muller pair.
  expect(Math.abs(mean((x, i) => x * (z[i + 1] ?? 0)))).toBeLessThan(error);
  expect(Math.abs(mean((x, i) => x * (z[i + COUNT] ?? 0)))).toBeLessThan(error);
});

it('the discounted payoff of a call is worth its Black-Scholes price', () => {
  const steps = 4;
  const prices = new Float64Array(steps * COUNT);
  kernel.paths({ seed: 7, stream: 1 }, { spot: 100, growth: 0.03, vol: 0.4, stepYears: 0.25, steps }, prices, COUNT);
  const payoffs = prices.subarray((steps - 1) * COUNT).map((s) => Math.exp(-0.03) * Math.max(s - 110, 0));
  const mean = payoffs.reduce((sum, x) => sum + x) / COUNT;
  const deviation = Math.sqrt(payoffs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / COUNT);
  const want = blackGreeks({ spot: 100, strike: 110, time: 1, rate: 0.03, carry: 0.03, vol: 0.4, sign: 1 }).price;
  expect(Math.abs(mean - want)).toBeLessThan((5 * deviation) / Math.sqrt(COUNT));
});
