import fc from 'fast-check';
import type { Exchange } from '../../../../src/quant/routing/exchange.ts';
import { type Venue } from '../../../../src/quant/routing/split.ts';
import { stableSwap } from '../../../../src/quant/routing/stableSwapExchange.ts';
import { concentratedRanges, constantProduct, orderBook, quotedSamples } from '../../../../src/quant/routing/venues.ts';

// Venues of every kind between the same two tokens, at prices near 2, of some tens to some thousands in depth.

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const depth = real(1, 4).map((exponent) => 10 ** exponent);
const price = real(1.8, 2.2);
const fee = fc.constantFrom(0, 0.0005, 0.003, 0.01);

const constantProducts = fc
  .tuple(depth, price, fee)
  .map(([x, p, charged]): Exchange => constantProduct(x, p * x, charged));

const stableSwaps = fc
  .tuple(fc.array(depth, { minLength: 2, maxLength: 4 }), real(1, 2_000), fee, fc.boolean())
  .map(([balances, ann, charged, turned]): Exchange => {
    return turned ? stableSwap(balances, ann, charged, 0, 1) : stableSwap(balances, ann, charged, 1, 0);
  });

const ranges = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 1, max: 8_000 }), real(2, 5))
    .map(([tickLower, width, exponent]) => ({
      ...{ tickLower, tickUpper: tickLower + width, liquidity: 10 ** exponent },
    })),
  { minLength: 1, maxLength: 8 },
);
const concentrated = fc.tuple(price, ranges, fee, fc.boolean()).map(([p, own, charged, zeroForOne]): Exchange => {
  // Turned round, token 1 is paid in and pays near 2 of token 0.
  const turned = own.map(({ tickLower, tickUpper, liquidity }) => ({
    ...{ tickLower: -tickUpper, tickUpper: -tickLower, liquidity },
  }));
  return zeroForOne
    ? concentratedRanges(Math.sqrt(p), own, charged, true)
    : concentratedRanges(1 / Math.sqrt(p), turned, charged, false);
});

const books = fc
  .tuple(price, fc.array(fc.tuple(real(0.9, 1), real(0.1, 50)), { minLength: 1, maxLength: 12 }), fee)
  .map(([first, steps, charged]): Exchange => {
    let p = first;
    return orderBook(
      steps.map(([step, size]) => [(p *= step), size] as const),
      charged,
    );
  });

const quoted = fc
  .tuple(price, fc.array(fc.tuple(real(0.5, 1.05), real(1, 50)), { minLength: 1, maxLength: 8 }))
  .map(([first, steps]): Exchange => {
    let [x, y, p] = [0, 0, first];
    return quotedSamples(
      steps.map(([step, size]) => {
        p *= step;
        return [(x += size), (y += p * size)] as const;
      }),
    );
  });

export const exchanges = fc.oneof(constantProducts, stableSwaps, concentrated, books, quoted);

export const amounts = real(-1, 3).map((exponent) => 10 ** exponent);

export const freeVenues = fc.array(
  exchanges.map((exchange): Venue => ({ exchange, fixedCost: 0 })),
  { minLength: 1, maxLength: 8 },
);

export const costlyVenues = (maxLength: number) =>
  fc.array(
    fc
      .tuple(exchanges, fc.oneof(fc.constant(0), real(0.001, 5)))
      .map(([exchange, fixedCost]): Venue => ({ exchange, fixedCost })),
    { minLength: 1, maxLength },
  );
