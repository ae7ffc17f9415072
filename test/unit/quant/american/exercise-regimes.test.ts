import { describe, expect, it } from 'vitest';
import { americanGreeks, type AmericanInput, americanPrice } from '../../../../src/quant/pricing/american.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

const BASE = { spot: 100, strike: 100, time: 2, vol: 0.2 };
const put = (rate: number, dividendYield: number): AmericanInput => ({ ...BASE, rate, dividendYield, sign: -1 });
const call = (rate: number, dividendYield: number): AmericanInput => ({ ...BASE, rate, dividendYield, sign: 1 });

describe('when early exercise pays', () => {
  it.each([put(-0.01, -0.02), call(-0.02, -0.01)])(
    'two boundaries are refused: $sign, r $rate, q $dividendYield',
    (input) => {
      expect(americanPrice(input, 'fast')).toBe('double_boundary');
      expect(americanGreeks(input, 'fast')).toBe('double_boundary');
    },
  );

  it.each([
    put(0, 0),
    put(0, 0.03),
    put(-0.02, -0.02),
    put(-0.02, 0.01),
    call(0.05, 0),
    call(0.05, -0.02),
    call(-0.01, -0.01),
  ])('never: the European value and Greeks: $sign, r $rate, q $dividendYield', (input) => {
    const { price, delta, gamma, vega, theta, rho } = blackGreeks({
      ...input,
      carry: input.rate - input.dividendYield,
    });
    const rhoDividend = -input.time * input.spot * delta;
    expect(americanGreeks(input, 'fast')).toEqual({ price, delta, gamma, vega, theta, rho, rhoDividend });
  });

  it.each([put(0, -0.02), call(-0.02, 0), put(0.02, 0.1), put(0.05, 0.05)])(
    'one boundary: worth more than European: $sign, r $rate, q $dividendYield',
    (input) => {
      const european = blackGreeks({ ...input, carry: input.rate - input.dividendYield }).price;
      expect(americanPrice(input, 'accurate')).toBeGreaterThan(european);
    },
  );
});
