import { expect, it } from 'vitest';
import { type AmericanGreeks, americanGreeks } from '../../../../src/quant/pricing/american.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';
import { singleBoundaryDraws } from './draws.ts';

it.each(['fast', 'accurate'] as const)('never below intrinsic or European value, never NaN: %s', (tier) => {
  for (const draw of singleBoundaryDraws(400, 5)) {
    const greeks = americanGreeks(draw, tier) as AmericanGreeks;
    const european = blackGreeks({ ...draw, carry: draw.rate - draw.dividendYield }).price;
    for (const value of Object.values(greeks)) expect(Number.isFinite(value), JSON.stringify(draw)).toBe(true);
    expect(greeks.price).toBeGreaterThanOrEqual(Math.max(european, draw.sign * (draw.spot - draw.strike)));
    expect(greeks.price).toBeLessThanOrEqual(Math.max(draw.spot, draw.strike));
    expect(draw.sign * greeks.delta).toBeGreaterThanOrEqual(-1e-4);
    expect(draw.sign * greeks.delta).toBeLessThanOrEqual(1 + 1e-4);
  }
});
