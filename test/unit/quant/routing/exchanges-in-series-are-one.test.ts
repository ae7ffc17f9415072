import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poolOfPositions } from '../../../../src/quant/pools/concentrated.ts';
import { concentratedVenue, constantProductVenue } from '../../../../src/quant/routing/chainVenues.ts';
import { exchangesInSeries, venuesInSeries, type PiecewiseVenue } from '../../../../src/quant/routing/inSeries.ts';
import { orderBook } from '../../../../src/quant/routing/venues.ts';
import { splitUnits } from '../../../../src/quant/routing/wholeUnits.ts';

const E18 = 10n ** 18n;
const positions = [
  { tickLower: -6_000, tickUpper: 6_000, liquidity: 3_000n * E18 },
  { tickLower: -240, tickUpper: 180, liquidity: 20_000n * E18 },
];
const ticked = poolOfPositions(1n << 96n, 60, 500, positions);
const venues: Record<string, PiecewiseVenue> = {
  product: constantProductVenue({ reserveIn: 1_000n * E18, reserveOut: 3_000_000n * 10n ** 6n, feePips: 3_000 }),
  flat: constantProductVenue({ reserveIn: 900n * E18, reserveOut: 1_000n * E18, feePips: 3_000 }),
  down: concentratedVenue(ticked, true),
  up: concentratedVenue(ticked, false),
};
const pairs = fc.constantFrom<[string, string]>(
  ['flat', 'product'],
  ['down', 'up'],
  ['down', 'product'],
  ['up', 'flat'],
);
const shares = fc.double({ min: 1e-6, max: 0.999, noNaN: true });
const near = (actual: number, expected: number, by = 1e-9) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(by * Math.abs(expected));

describe('two exchanges, the second fed by the first', () => {
  it('pay what one after the other does, at the product of their prices', () => {
    fc.assert(
      fc.property(pairs, shares, ([a, b], share) => {
        const [first, second] = [venues[a]!.exchange, venues[b]!.exchange];
        const both = exchangesInSeries(first, second);
        const amountIn = share * Math.min(both.mostIn, 2e21);
        const between = first.outputOf(amountIn);
        near(both.outputOf(amountIn), second.outputOf(between));
        near(both.priceAt(amountIn), first.priceAt(amountIn) * second.priceAt(between), 1e-7);
        near(both.inputFor(both.outputOf(amountIn)), amountIn, 1e-7);
        expect(both.pieces.every(({ price }, k) => k === 0 || price <= both.pieces[k - 1]!.price * (1 + 1e-12))).toBe(
          true,
        );
      }),
    );
  });

  it('end where the first of them does', () => {
    const short = orderBook([[2, 10]], 0);
    const long = orderBook(
      [
        [1, 15],
        [0.5, 100],
      ],
      0,
    );
    expect(exchangesInSeries(short, long)).toMatchObject({ mostIn: 10, mostOut: 17.5 });
    expect(exchangesInSeries(short, orderBook([[1, 15]], 0))).toMatchObject({ mostIn: 7.5, mostOut: 15 });
    expect(exchangesInSeries(short, orderBook([], 0)).mostIn).toBe(0);
  });

  it('are one venue beside others, exact to the unit', () => {
    const series = venuesInSeries(venues['flat']!, venues['product']!);
    const direct = constantProductVenue({ reserveIn: 800n * E18, reserveOut: 2_600_000n * 10n ** 6n, feePips: 3_000 });
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 12n, max: 500n * E18 }), (amount) => {
        const split = splitUnits([direct, series], amount)!;
        expect(split.amountIn).toBe(amount);
        for (const { venue, amountIn, amountOut } of split.parts)
          expect(amountOut).toBe(
            venue === 0 ? direct.pays(amountIn) : venues['product']!.pays(venues['flat']!.pays(amountIn)),
          );
        expect(split.amountOut).toBeGreaterThanOrEqual(direct.pays(amount));
        const bought = splitUnits([series], split.amountOut / 2n + 1n, 'exact_out')!;
        expect(series.pays(bought.amountIn)).toBeGreaterThanOrEqual(bought.amountOut);
      }),
    );
  });
});
