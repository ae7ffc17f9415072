import { expect, it } from 'vitest';
import { whalleyWilmottHalfWidth } from '../../../../src/quant/hedging/bands.ts';
import { solveBandNow } from '../../../../src/quant/hedging/optimalBandNow.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

const spot = 100;
const [rate, carry, vol, years] = [0, 0, 0.25, 1];
const { delta, gamma } = blackGreeks({ spot, strike: 100, time: years, rate, carry, vol, sign: 1 });
const book = (quantity: number) => ({
  count: 1,
  strikes: Float64Array.of(100),
  years: Float64Array.of(years),
  vols: Float64Array.of(vol),
  quantities: Float64Array.of(quantity),
  signs: Float64Array.of(1),
});

// Whalley & Wilmott's band is the leading order, λ^⅓. The next moves its middle by a share λ^⅓ of it and changes its
// width by a share λ^⅔; 1.5 and 6 times that hold for this option, and 0.2 % is the accuracy of the band.
const costs = [1e-6, 1e-5, 1e-4, 5e-4, 2e-3];
it.each([1, -1].flatMap((quantity) => costs.map((costRate) => ({ quantity, costRate }))))(
  'a position of $quantity at λ = $costRate',
  ({ quantity, costRate }) => {
    const hedged = { book: book(quantity), spot, rate, carry, vol, costRate, riskAversion: 1 };
    const { lower, aim, upper } = solveBandNow({ ...hedged, lookYears: 0 });
    const half = whalleyWilmottHalfWidth({ costRate, spot, rate, vol, years }, gamma, 1);
    expect(Math.abs((upper - lower) / (2 * half) - 1)).toBeLessThan(6 * Math.cbrt(costRate) ** 2 + 0.002);
    expect(Math.abs(aim + quantity * delta) / half).toBeLessThan(1.5 * Math.cbrt(costRate));
  },
);
