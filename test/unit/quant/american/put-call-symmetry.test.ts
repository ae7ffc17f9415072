import { expect, it } from 'vitest';
import { AMERICAN_TIERS, americanGreeks, americanPrice } from '../../../../src/quant/pricing/american.ts';
import { singleBoundaryDraws } from './draws.ts';

it.each(AMERICAN_TIERS)('a call is a put with spot and strike, and the rates, exchanged: %s', (tier) => {
  for (const draw of singleBoundaryDraws(tier === 'high' ? 5 : 100, 3)) {
    const { spot, strike, rate, dividendYield, sign } = draw;
    const mirrored = { ...draw, spot: strike, strike: spot, rate: dividendYield, dividendYield: rate, sign: -sign };
    const price = americanPrice(draw, tier) as number;
    expect(Math.abs((americanPrice(mirrored, tier) as number) - price)).toBeLessThan(1e-12 * (spot + strike));
  }
});

it('the Greeks give the price that americanPrice gives', () => {
  for (const draw of singleBoundaryDraws(50, 4)) {
    const greeks = americanGreeks(draw, 'accurate');
    expect(greeks).toMatchObject({ price: americanPrice(draw, 'accurate') });
  }
});
