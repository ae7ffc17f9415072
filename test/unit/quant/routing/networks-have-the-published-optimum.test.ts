import { describe, expect, it } from 'vitest';
import { routeThroughNetwork, type Edge } from '../../../../src/quant/routing/network.ts';
import { splitOrder } from '../../../../src/quant/routing/split.ts';
import { constantProduct } from '../../../../src/quant/routing/venues.ts';

const pool = (a: number, b: number, x: number, y: number): Edge[] => [
  { from: a, to: b, exchange: constantProduct(x, y, 0.003) },
  { from: b, to: a, exchange: constantProduct(y, x, 0.003) },
];

describe('a network of pools', () => {
  it('turns the basket of the CFMMRouter example into its published optimum, the cycle included', () => {
    const edges = [...pool(0, 1, 1e3, 1e4), ...pool(1, 2, 1e3, 1e2), ...pool(0, 2, 1e3, 2e4)];
    const { amountOut, bound, amountsIn, amountsOut } = routeThroughNetwork(3, edges, Float64Array.of(0, 10, 100), 0);
    expect(amountOut).toBeCloseTo(60.2689439261658, 12);
    expect(bound).toBeCloseTo(60.2689439261658, 12);
    expect(amountsIn[4]).toBeCloseTo(10.6541415, 7);
    expect(amountsOut[4]).toBeCloseTo(210.210685, 6);
  });

  it('of parallel pools splits as the water-filling does', () => {
    const reserves = [
      [1_000, 2_000],
      [500, 1_000],
      [100, 210],
    ] as const;
    const edges = reserves.flatMap(([x, y]) => pool(0, 1, x, y));
    const route = routeThroughNetwork(2, edges, Float64Array.of(100, 0), 1);
    const venues = edges.filter(({ from }) => from === 0).map(({ exchange }) => ({ exchange, fixedCost: 0 }));
    const split = splitOrder(venues, 100)!;
    expect(route.amountOut).toBeCloseTo(188.39792554123, 10);
    split.amountsIn.forEach((amount, i) => expect(route.amountsIn[2 * i]).toBeCloseTo(amount, 9));
    expect(route.prices[0]).toBeCloseTo(split.price, 11);
  });

  it('pays nothing for what no pool leads from', () => {
    const { amountOut, bound, prices, balance } = routeThroughNetwork(
      4,
      [...pool(0, 1, 1e3, 1e3), ...pool(2, 3, 1e3, 1e3)],
      Float64Array.of(0, 0, 5, 0),
      0,
    );
    expect([amountOut, bound, prices[2], balance[2]]).toEqual([0, 0, 0, 5]);
  });
});
