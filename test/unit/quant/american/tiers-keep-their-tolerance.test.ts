import { describe, expect, it } from 'vitest';
import { americanPrice } from '../../../../src/quant/pricing/american.ts';
import { solveBoundary } from '../../../../src/quant/pricing/americanBoundary.ts';
import { collocationGrid } from '../../../../src/quant/pricing/americanGrid.ts';
import { premium, writePremium } from '../../../../src/quant/pricing/americanPremium.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { tanhSinh } from '../../../../src/quant/pricing/quadrature.ts';
import { singleBoundaryDraws } from './draws.ts';

describe('self-convergence over spot/strike ½ … 2, a day … ten years, vol 2 % … 200 %, rates −5 % … 20 %', () => {
  it.each([
    { tier: 'fast', tolerance: 1e-5 },
    { tier: 'accurate', tolerance: 1e-8 },
  ] as const)('$tier is within $tolerance·max(S, K) of high', ({ tier, tolerance }) => {
    for (const draw of singleBoundaryDraws(300, 20260301)) {
      const error = Math.abs((americanPrice(draw, tier) as number) - (americanPrice(draw, 'high') as number));
      expect(error / Math.max(draw.spot, draw.strike), JSON.stringify(draw)).toBeLessThan(tolerance);
    }
  });

  it('high is within 1e-10·K of a grid with other nodes, other rules and a longer horizon', () => {
    const grid = collocationGrid(60, tanhSinh(101, 3.1), tanhSinh(221, 3.2));
    let compared = 0;
    for (const draw of singleBoundaryDraws(60, 20260302)) {
      const put = { ...draw, sign: -1 };
      const price = americanPrice(put, 'high') as number;
      if (put.rate <= 0 || price <= put.strike - put.spot) continue;
      const european = blackGreeks({ ...put, carry: put.rate - put.dividendYield }).price;
      const fine = solveBoundary(put, grid, 1e-9, 34);
      if (fine === 'boundary_not_found') throw new Error(fine);
      writePremium(fine, Math.log(put.spot / put.strike));
      expect(Math.abs(price - european - put.strike * premium[0]!) / put.strike).toBeLessThan(1e-10);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
});
