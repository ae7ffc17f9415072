import { expect, it } from 'vitest';
import { splitOrder } from '../../../../src/quant/routing/split.ts';
import { constantProduct } from '../../../../src/quant/routing/venues.ts';

// Water-filling of 100 over three constant-product pools of fee 0.3 %, checked against a bisection of 50 digits.

const RESERVES = [
  [1_000, 2_000],
  [500, 1_000],
  [100, 210],
] as const;

it('allocations, marginal price and output', () => {
  const venues = RESERVES.map(([x, y]) => ({ exchange: constantProduct(x, y, 0.003), fixedCost: 0 }));
  const split = splitOrder(venues, 100)!;
  [60.8579826691, 30.4289913346, 8.71302599628].forEach((amount, i) => {
    expect(split.amountsIn[i]).toBeCloseTo(amount, 10);
  });
  expect(split.price).toBeCloseTo(1.77239352135, 11);
  expect(split.amountOut).toBeCloseTo(188.39792554123, 10);
});
