import { describe, expect, it } from 'vitest';
import { splitOrder } from '../../../../src/quant/routing/split.ts';
import { constantProduct, orderBook } from '../../../../src/quant/routing/venues.ts';

const deep = constantProduct(1_000, 2_000, 0.003);
const shallow = constantProduct(100, 210, 0.003);

describe('a fixed cost', () => {
  it('closes a pool whose gain it exceeds', () => {
    const gain =
      splitOrder(
        [deep, shallow].map((exchange) => ({ exchange, fixedCost: 0 })),
        20,
      )!.amountOut - deep.outputOf(20);
    const withCost = (fixedCost: number) =>
      splitOrder(
        [
          { exchange: deep, fixedCost: 0 },
          { exchange: shallow, fixedCost },
        ],
        20,
      )!;
    expect(gain).toBeGreaterThan(0);
    expect(withCost(gain * 0.999).amountsIn[1]).toBeGreaterThan(0);
    expect(withCost(gain * 1.001).amountsIn[1]).toBe(0);
    expect(withCost(gain * 1.001).fixedCosts).toBe(0);
  });

  it('is paid where the order cannot do without the venue', () => {
    const venues = [
      { exchange: orderBook([[2, 10]], 0), fixedCost: 1 },
      { exchange: orderBook([[1, 10]], 0), fixedCost: 100 },
    ];
    const split = splitOrder(venues, 15)!;
    expect(Array.from(split.amountsIn)).toEqual([10, 5]);
    expect(split.worth).toBe(20 + 5 - 101);
    expect(split.bound).toBeCloseTo(split.worth, 9);
  });

  it('of twins that each cost as much opens only as many as pay for themselves', () => {
    const venues = Array.from({ length: 10 }, () => ({ exchange: deep, fixedCost: 5 }));
    const netOf = (count: number) => count * (deep.outputOf(200 / count) - 5);
    const best = Math.max(...venues.map((_, i) => netOf(i + 1)));
    const split = splitOrder(venues, 200)!;
    expect(split.worth).toBeCloseTo(best, 9);
    expect(split.bound).toBeCloseTo(best, 9);
  });
});
