import { expect, it } from 'vitest';
import { hestonGreeks } from '../../../../src/quant/pricing/heston.ts';
import { PRECISE_PRICES } from './precise-prices.ts';

// A trapezoidal rule accepted at a difference of 1e-7 leaves about its square; 1e-10 of spot is a tenth of what is promised.
it.each(PRECISE_PRICES)('$spot/$strike, $time years, σ $sigma, ρ $rho, λ $jumpIntensity', ({ price, ...input }) => {
  const greeks = hestonGreeks(input);
  if (greeks === 'quadrature_disagrees') throw new Error(greeks);
  expect(Math.abs(greeks.price - Number(price)) / input.spot).toBeLessThan(1e-10);
});
