import { expect, it } from 'vitest';
import { type AmericanInput, americanPrice } from '../../../../src/quant/pricing/american.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

/** Cox-Ross-Rubinstein with Black-Scholes values one step before expiry (Broadie and Detemple 1996, BBS). */
function lattice(input: AmericanInput, steps: number): number {
  const { spot, strike, time, rate, dividendYield, vol, sign } = input;
  const dt = time / steps;
  const up = Math.exp(vol * Math.sqrt(dt));
  const discount = Math.exp(-rate * dt);
  const chance = (Math.exp((rate - dividendYield) * dt) - 1 / up) / (up - 1 / up);
  const exercise = (price: number): number => sign * (price - strike);
  const last = steps - 1;
  const values = Float64Array.from({ length: steps }, (_, i) => {
    const price = spot * up ** (2 * i - last);
    const option = { spot: price, strike, time: dt, rate, carry: rate - dividendYield, vol, sign };
    return Math.max(blackGreeks(option).price, exercise(price));
  });
  for (let step = last - 1; step >= 0; step--) {
    for (let i = 0; i <= step; i++) {
      const held = discount * (chance * values[i + 1]! + (1 - chance) * values[i]!);
      values[i] = Math.max(held, exercise(spot * up ** (2 * i - step)));
    }
  }
  return values[0]!;
}

// Broadie and Detemple (1996) measure 1e-4 of the price for Richardson's extrapolation of this lattice at a few hundred steps.
it.each([
  { spot: 100, strike: 110, time: 1, rate: 0.05, dividendYield: 0.02, vol: 0.3, sign: -1 },
  { spot: 120, strike: 100, time: 3, rate: 0.03, dividendYield: 0.07, vol: 0.25, sign: 1 },
  { spot: 90, strike: 100, time: 0.25, rate: 0.01, dividendYield: 0.06, vol: 0.6, sign: -1 },
  { spot: 100, strike: 100, time: 5, rate: 0.08, dividendYield: -0.02, vol: 0.4, sign: -1 },
  { spot: 100, strike: 95, time: 2, rate: 0.05, dividendYield: 0.05, vol: 0.15, sign: 1 },
  { spot: 100, strike: 100, time: 1, rate: -0.02, dividendYield: 0.04, vol: 0.2, sign: 1 },
])('agrees with an extrapolated lattice: $sign $spot/$strike, $time years', (input) => {
  const extrapolated = 2 * lattice(input, 800) - lattice(input, 400);
  const price = americanPrice(input, 'high') as number;
  expect(Math.abs(price / extrapolated - 1)).toBeLessThan(1e-4);
});
