import { expect, it } from 'vitest';
import { sabrGreeks, type SabrGreeks, type SabrInput } from '../../../../src/quant/pricing/sabr.ts';

const OPTIONS: readonly SabrInput[] = [
  { forward: 100, strike: 120, time: 2, rate: 0.03, alpha: 2.5, beta: 0.5, nu: 0.6, rho: -0.4, sign: 1 },
  { forward: 100, strike: 100, time: 0.5, rate: 0.03, alpha: 0.25, beta: 1, nu: 0.6, rho: 0.3, sign: -1 },
  { forward: 100, strike: 100.05, time: 0.5, rate: 0.03, alpha: 15, beta: 0, nu: 0.9, rho: -0.9, sign: 1 },
  { forward: 0.03, strike: 0.01, time: 5, rate: -0.005, alpha: 0.02, beta: 0.3, nu: 0.3, rho: 0.5, sign: -1 },
  { forward: 60000, strike: 80000, time: 0.1, rate: 0, alpha: 0.6, beta: 1, nu: 2, rho: 0.9, sign: 1 },
  { forward: 100, strike: 90, time: 1, rate: 0.02, alpha: 0.3, beta: 1, nu: 1e-9, rho: -0.5, sign: -1 },
];

const greeks = (input: SabrInput): SabrGreeks => sabrGreeks(input) as SabrGreeks;

/** Fourth-order central difference of the price by one input, by steps of 1e-3 of it. */
function difference(input: SabrInput, name: keyof SabrInput): number {
  const step = 1e-3 * Math.max(Math.abs(input[name]), name === 'rate' ? 0.1 : 0);
  const at = (n: number): number => greeks({ ...input, [name]: input[name] + n * step }).price;
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
}

it.each(OPTIONS)('SABR Greeks against differences: F $forward, K $strike, β $beta, ν $nu, ρ $rho', (input) => {
  const got = greeks(input);
  const pairs = [
    [got.delta, 'forward'],
    [got.vega, 'alpha'],
    [got.vegaRho, 'rho'],
    [got.rho, 'rate'],
    [-got.theta, 'time'],
  ] as const;
  // Price noise over the step is 1e-13 of the forward over 1e-3 of the input; truncation is below 1e-9 of the derivative.
  for (const [value, name] of pairs) {
    const noise = (1e-11 * input.forward) / Math.max(Math.abs(input[name]), 1e-2);
    expect(Math.abs(value - difference(input, name)), name).toBeLessThan(1e-8 * Math.abs(value) + noise);
  }
  if (input.nu > 1e-3)
    expect(Math.abs(got.vegaNu - difference(input, 'nu'))).toBeLessThan(
      1e-8 * Math.abs(got.vegaNu) + 1e-9 * input.forward,
    );
});

it("Bartlett's delta moves α with the forward", () => {
  const input = OPTIONS[0]!;
  const step = 1e-3;
  const moved = (by: number): number =>
    greeks({
      ...input,
      forward: input.forward + by,
      alpha: input.alpha + (by * input.rho * input.nu) / input.forward ** input.beta,
    }).price;
  expect(greeks(input).bartlettDelta).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 8);
});
