import { describe, expect, it } from 'vitest';
import { positionAmounts } from '../../../../src/quant/pools/concentrated.ts';
import {
  concentratedGreeks,
  constantProductGreeks,
  stableSwapGreeks,
  type LiquidityGreeks,
} from '../../../../src/quant/pools/liquidityGreeks.ts';
import { balanceFor, invariant } from '../../../../src/quant/pools/stableSwap.ts';
import { sqrtPriceAtTick, tickAtSqrtPrice } from '../../../../src/quant/pools/tickPrice.ts';
import { derivative } from '../../../support/derivative.ts';

const stable = (price: number) => stableSwapGreeks([1, price, 1.001], 1, 3_000_000, 300, 0.01);
const PRICERS: [string, number, (price: number) => LiquidityGreeks][] = [
  ['constant product', 2500, (price) => constantProductGreeks(price, 0.02, 4e9)],
  ['concentrated, in range', 2500, (price) => concentratedGreeks(price, 2000, 3000, 1e4, { base: 0.3, quote: 40 })],
  ['concentrated, below', 1500, (price) => concentratedGreeks(price, 2000, 3000, 1e4)],
  ['concentrated, above', 3500, (price) => concentratedGreeks(price, 2000, 3000, 1e4)],
  ['stable swap at the peg', 1.0004, stable],
  ['stable swap off the peg', 0.93, stable],
];

describe('shares of a pool', () => {
  it.each(PRICERS)('%s: delta and gamma are derivatives of the value', (_name, price, greeks) => {
    const { delta, gamma } = greeks(price);
    const step = 1e-4 * price;
    expect(derivative((h) => greeks(price + h).value, step) / (delta || 1)).toBeCloseTo(delta === 0 ? 0 : 1, 7);
    expect(derivative((h) => greeks(price + h).delta, step) / (gamma || 1)).toBeCloseTo(gamma === 0 ? 0 : 1, 6);
  });

  it('a v3 position is worth what the contract would pay out', () => {
    const [tickLower, tickUpper] = [-204_000, -193_000];
    const liquidity = 10n ** 16n;
    for (const tick of [-210_000, -200_123, -190_000]) {
      const sqrtPriceX96 = sqrtPriceAtTick(tick);
      const { amount0, amount1 } = positionAmounts({ tickLower, tickUpper, liquidity }, sqrtPriceX96);
      const price = (Number(sqrtPriceX96) / 2 ** 96) ** 2;
      const { value, delta } = concentratedGreeks(price, 1.0001 ** tickLower, 1.0001 ** tickUpper, Number(liquidity));
      expect(Math.abs(delta - Number(amount0))).toBeLessThanOrEqual(1e-11 * Number(amount0));
      expect(value / (Number(amount0) * price + Number(amount1))).toBeCloseTo(1, 9);
      expect(tickAtSqrtPrice(sqrtPriceX96)).toBe(tick);
    }
  });

  it("a stable pool holds balances on the contract's own curve", () => {
    const balances = [1_200_000n, 900_000n, 905_000n].map((whole) => whole * 10n ** 18n);
    const d = Number(invariant(balances, 100n)) / 1e18;
    const held = stableSwapGreeks([1, 0.997, 1], 1, d, 300, 1).delta;
    const other = stableSwapGreeks([1, 0.997, 1], 0, d, 300, 1).delta;
    const scaled = [other, held, other].map((x) => BigInt(Math.round(x)) * 10n ** 18n);
    const onCurve = Number(balanceFor(scaled, 100n, 0, 1, scaled[0]!, invariant(balances, 100n))) / 1e18;
    expect(onCurve / held).toBeCloseTo(1, 5);
  });
});
