import { expect, it } from 'vitest';
import { butterflyViolations } from '../../../../src/quant/surface/butterfly.ts';
import { sviDurrleman, type SviSlice } from '../../../../src/quant/surface/svi.ts';

/** g falls from 2e-3 to −1e-6, rises to 1.3e-5 and falls to 1.5e-6 within a quarter of a unit of asinh(k/σ). */
const DIPPING: SviSlice = {
  time: 1,
  a: -0.0007106732290967383,
  b: 0.002627491479542876,
  rho: 0.9499999999999965,
  m: 0,
  sigma: 0.9934375000000157,
};

it('finds a dip that is narrower than the gaps between the points it starts from', () => {
  const [dip, ...others] = butterflyViolations(DIPPING);
  expect(others).toEqual([]);
  expect(dip!.from).toBeCloseTo(-5.6422, 4);
  expect(dip!.to).toBeCloseTo(-5.5545, 4);
  expect(sviDurrleman(DIPPING, dip!.worst)).toBe(dip!.value);
  expect(dip!.value).toBeCloseTo(-1.074e-6, 9);
});
