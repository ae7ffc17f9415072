import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountIn, amountOut } from '../../../../src/quant/pools/constantProduct.ts';

const FEE = 3000;
const reserve = fc.bigInt({ min: 1_000n, max: 10n ** 27n });

describe('a constant product pool', () => {
  it("gives the amounts of Uniswap v2's own tests", () => {
    expect(amountOut(2n, 100n, 100n, FEE)).toBe(1n);
    expect(amountIn(1n, 100n, 100n, FEE)).toBe(2n);
  });

  it('never lets its product fall', () => {
    fc.assert(
      fc.property(reserve, reserve, fc.bigInt({ min: 1n, max: 10n ** 27n }), (x, y, paid) => {
        const got = amountOut(paid, x, y, FEE);
        expect(got).toBeLessThan(y);
        expect((x + paid) * (y - got)).toBeGreaterThanOrEqual(x * y);
      }),
    );
  });

  it('asks for just enough', () => {
    fc.assert(
      fc.property(reserve, reserve, fc.bigInt({ min: 1n, max: 999n }), (x, y, wanted) => {
        const paid = amountIn(wanted, x, y, FEE);
        expect(amountOut(paid, x, y, FEE)).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });

  it('does not hold more than it has', () => {
    expect(() => amountIn(100n, 100n, 100n, FEE)).toThrow(RangeError);
  });
});
