import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { impliedVol } from '../../../src/quant/pricing/impliedVol.ts';
import { options } from './options.ts';

const discountOf = (option: { rate: number; time: number }) => Math.exp(-option.rate * option.time);

/** What half an ulp of a price of this size does to the volatility, relative: 2^-53·price/(σ·vega), plus one of its own. */
const attainable = (priceRead: number, vol: number, vega: number): number => 2 ** -53 * (1 + priceRead / (vol * vega));

it('an out-of-the-money price gives back its volatility to the attainable precision', () => {
  fc.assert(
    fc.property(options, (drawn) => {
      const option = { ...drawn, carry: 0, sign: drawn.strike >= drawn.spot ? 1 : -1 };
      const { price, vega } = blackGreeks(option);
      if (!(price > 1e-14 * option.spot)) return;
      const got = impliedVol(price, option.spot, option.strike, option.time, discountOf(option), option.sign);
      expect(Math.abs(got / option.vol - 1)).toBeLessThan(100 * attainable(price, option.vol, vega));
    }),
    { numRuns: 3000 },
  );
});

it('an in-the-money price gives back its volatility as far as its digits carry it', () => {
  fc.assert(
    fc.property(options, (drawn) => {
      const option = { ...drawn, carry: 0, sign: drawn.strike >= drawn.spot ? -1 : 1 };
      const { price, vega } = blackGreeks(option);
      const discount = discountOf(option);
      const timeValue = price - discount * Math.abs(option.spot - option.strike);
      if (!(timeValue > 1e-12 * option.spot)) return;
      const got = impliedVol(price, option.spot, option.strike, option.time, discount, option.sign);
      const largest = price + discount * (option.spot + option.strike);
      expect(Math.abs(got / option.vol - 1)).toBeLessThan(100 * attainable(largest, option.vol, vega));
    }),
    { numRuns: 3000 },
  );
});

it('solves prices down to the smallest doubles', () => {
  fc.assert(
    fc.property(options, (drawn) => {
      const option = { ...drawn, rate: 0, carry: 0, sign: drawn.strike >= drawn.spot ? 1 : -1 };
      const { price, vega } = blackGreeks(option);
      if (!(price > 1e-280) || price > 1e-14 * option.spot) return;
      const got = impliedVol(price, option.spot, option.strike, option.time, 1, option.sign);
      expect(Math.abs(got / option.vol - 1)).toBeLessThan(1e-12 + 100 * attainable(price, option.vol, vega));
    }),
    { numRuns: 3000 },
  );
});
