import fc from 'fast-check';
import type { EssviSlice } from '../../../../src/quant/surface/ssvi.ts';
import type { SviSlice } from '../../../../src/quant/surface/svi.ts';

export const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Raw slices with positive variance, with or without arbitrage. */
export const rawSlices: fc.Arbitrary<SviSlice> = fc
  .record({
    least: between(1e-4, 0.2),
    b: between(1e-3, 1),
    rho: between(-0.95, 0.95),
    m: between(-0.5, 0.5),
    sigma: between(0.01, 1),
  })
  .map(({ least, b, rho, m, sigma }) => ({
    time: 1,
    a: least - b * sigma * Math.sqrt(1 - rho * rho),
    b,
    rho,
    m,
    sigma,
  }));

/** eSSVI slices within Gatheral-Jacquier's conditions: no butterfly arbitrage. */
export const essviSlices: fc.Arbitrary<EssviSlice> = fc
  .record({ theta: between(1e-3, 1), rho: between(-0.9, 0.9), part: between(0.05, 0.99) })
  .map(({ theta, rho, part }) => {
    const lean = 1 + Math.abs(rho);
    return { time: 1, theta, rho, psi: part * Math.min(4 / lean, Math.sqrt((4 * theta) / lean)) };
  });
