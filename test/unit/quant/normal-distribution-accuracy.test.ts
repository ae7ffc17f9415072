import { expect, it } from 'vitest';
import {
  exponential,
  exponentialMinusOne,
  logRatio,
  millsGap,
  millsRatio,
  normalCdf,
  normalPdf,
  normalQuantile,
} from '../../../src/quant/pricing/normal.ts';
import { exact, preciseCdf, precisePdf, seededUniform } from './precise-black.ts';

const points = (low: number, high: number, count = 120): number[] => {
  const uniform = seededUniform(11);
  return Array.from({ length: count }, () => low + (high - low) * uniform());
};
type Precise = ReturnType<typeof exact>;
const worst = (xs: number[], got: (x: number) => number, want: (x: Precise) => Precise): number =>
  Math.max(
    ...xs.map((x) =>
      exact(got(x))
        .div(want(exact(x)))
        .minus(1)
        .abs()
        .toNumber(),
    ),
  );
const mills = (x: Precise): Precise => preciseCdf(x.neg()).div(precisePdf(x));

it('the Mills ratio is within 4 ulp on [0, 40]', () => {
  expect(worst([0, ...points(0, 40)], millsRatio, mills)).toBeLessThan(4 * 2 ** -53);
});

it('the difference of two Mills ratios keeps relative accuracy', () => {
  for (const d of [1e-9, 1e-4, 0.05]) {
    const want = (x: Precise) => mills(x.minus(exact(d))).minus(mills(x.plus(exact(d))));
    expect(worst([0, ...points(0, 38, 40)], (h) => millsGap(h, d), want)).toBeLessThan(3e-15);
  }
});

it('density and distribution keep relative accuracy in the tails', () => {
  expect(worst(points(-37, 8), normalPdf, precisePdf)).toBeLessThan(1e-15);
  expect(worst(points(-37, 8), normalCdf, preciseCdf)).toBeLessThan(2e-15);
});

it('the distribution ends in 0 and 1 and passes NaN on', () => {
  expect([normalCdf(-Infinity), normalCdf(-40), normalCdf(0), normalCdf(40), normalCdf(Infinity)]).toEqual([
    0, 0, 0.5, 1, 1,
  ]);
  expect([normalCdf(NaN), normalPdf(NaN)]).toEqual([NaN, NaN]);
  expect([normalPdf(Infinity), normalPdf(-40)]).toEqual([0, 0]);
});

it('the quantile inverts the distribution', () => {
  for (const p of [1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.5, 0.7, 0.99]) {
    expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-12);
  }
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(-1), normalQuantile(2)]).toEqual([
    -Infinity,
    Infinity,
    NaN,
    NaN,
  ]);
});

it('exponential and logarithm are within 2 ulp', () => {
  expect(worst(points(-700, 700), exponential, (x) => x.exp())).toBeLessThan(2 * 2 ** -53);
  expect(worst(points(-1, 1), exponentialMinusOne, (x) => x.exp().minus(1))).toBeLessThan(8 * 2 ** -53);
  expect(
    worst(
      points(0.2, 4),
      (x) => logRatio(x, 1),
      (x) => x.ln(),
    ),
  ).toBeLessThan(4 * 2 ** -53);
  expect([exponential(-800), exponential(800), exponential(NaN), exponential(0)]).toEqual([0, Infinity, NaN, 1]);
});
