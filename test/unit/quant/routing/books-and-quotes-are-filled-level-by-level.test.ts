import { describe, expect, it } from 'vitest';
import { bestSingle, splitOrder } from '../../../../src/quant/routing/split.ts';
import { constantProduct, orderBook, quotedSamples } from '../../../../src/quant/routing/venues.ts';

const free = { fixedCost: 0 };
const book = {
  ...free,
  exchange: orderBook(
    [
      [2, 10],
      [1.9, 20],
      [1.5, 30],
    ],
    0,
  ),
};

describe('venues whose price stays over an amount', () => {
  it('a book alone is walked from the best level', () => {
    const split = splitOrder([book], 25)!;
    expect(split.amountOut).toBeCloseTo(2 * 10 + 1.9 * 15, 12);
    expect(split.price).toBe(1.9);
  });

  it('a pool is used down to the price of the level that is not used up', () => {
    const pool = { ...free, exchange: constantProduct(1_000, 2_000, 0) };
    const split = splitOrder([book, pool], 40)!;
    // The pool falls to 1.9 after 1000·(√(2/1.9) − 1) = 25.978; the book's first level and 4.022 of the second take the rest.
    const intoPool = 1_000 * (Math.sqrt(2 / 1.9) - 1);
    expect(split.amountsIn[1]).toBeCloseTo(intoPool, 10);
    expect(split.amountsIn[0]).toBeCloseTo(40 - intoPool, 10);
    expect(split.price).toBe(1.9);
  });

  it('the fee of a book comes off what it pays', () => {
    const withFee = orderBook([[2, 10]], 0.01);
    expect(withFee.outputOf(5)).toBeCloseTo(9.9, 12);
    expect(withFee.priceAt(5)).toBeCloseTo(1.98, 12);
  });

  it('no level takes more than its size', () => {
    expect(book.exchange.mostIn).toBe(60);
    expect(splitOrder([book], 60)!.amountOut).toBeCloseTo(20 + 38 + 45, 12);
    expect(splitOrder([book], 60.001)).toBeUndefined();
    expect(bestSingle([book], 60.001)).toBeUndefined();
  });

  it('samples are joined by lines, and those below their neighbours left out', () => {
    const quoted = quotedSamples([
      [10, 20],
      [20, 30],
      [30, 45],
      [40, 44],
    ]);
    expect([5, 10, 20, 25, 30].map((amount) => quoted.outputOf(amount))).toEqual([10, 20, 32.5, 38.75, 45]);
    expect(quoted.mostIn).toBe(30);
  });
});
