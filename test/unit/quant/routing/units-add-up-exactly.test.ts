import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOut } from '../../../../src/quant/pools/constantProduct.ts';
import { poolOfPositions } from '../../../../src/quant/pools/concentrated.ts';
import { concentratedVenue, constantProductVenue, stableSwapVenue } from '../../../../src/quant/routing/chainVenues.ts';
import { splitUnits, type UnitVenue } from '../../../../src/quant/routing/wholeUnits.ts';

const E18 = 10n ** 18n;
const position = { tickLower: -6_000, tickUpper: 6_000, liquidity: 3_000n * E18 };
const venues = [
  constantProductVenue({ reserveIn: 1_000n * E18, reserveOut: 1_001n * E18, feePips: 3_000 }),
  concentratedVenue(poolOfPositions(1n << 96n, 60, 500, [position]), true),
  stableSwapVenue({ balances: [800n * E18, 700n * E18], amplification: 100n, fee: 4_000_000n }, 0, 1),
];
const amounts = fc.bigInt({ min: 1n, max: 1_000n * E18 });

describe('an order in whole units', () => {
  it('is spent to the last one, and each pool pays what its contract would', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const { parts, amountIn, amountOut: got, left } = splitUnits(venues, amount)!;
        expect(amountIn).toBe(amount);
        expect(left).toBe(0n);
        expect(parts.reduce((sum, part) => sum + part.amountIn, 0n)).toBe(amount);
        expect(parts.reduce((sum, part) => sum + part.amountOut, 0n)).toBe(got);
        for (const part of parts) expect(part.amountOut).toBe(venues[part.venue]!.pays(part.amountIn));
      }),
    );
  });

  it('is never worse off than in one pool', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const { amountOut: got } = splitUnits(venues, amount)!;
        for (const { pays } of venues) expect(got).toBeGreaterThanOrEqual(pays(amount));
      }),
    );
  });

  it('buys exactly what is asked for, and the input buys no less', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 500n * E18 }), (wanted) => {
        const { parts, amountOut: got, left } = splitUnits(venues, wanted, 'exact_out')!;
        expect(got).toBe(wanted);
        expect(left).toBe(0n);
        for (const part of parts) {
          const { pays } = venues[part.venue]!;
          expect(pays(part.amountIn)).toBeGreaterThanOrEqual(part.amountOut);
          if (part.amountIn > 1n) expect(pays(part.amountIn - 1n)).toBeLessThanOrEqual(part.amountOut);
        }
      }),
    );
  });

  it('is refused where the pools do not hold so much', () => {
    expect(splitUnits(venues, 3_000n * E18, 'exact_out')).toBeUndefined();
  });
});

describe('lots', () => {
  const book = (lot: bigint): UnitVenue => ({
    exchange: constantProductVenue({ reserveIn: 1_000n, reserveOut: 2_000n, feePips: 0 }).exchange,
    ...{ fixedCost: 0, lot, pays: (amountIn) => amountOut(amountIn, 1_000n, 2_000n, 0), costs: (got) => got },
  });

  it('are whole, and the remainder goes to the venue without them', () => {
    const pool = constantProductVenue({ reserveIn: 1_000n, reserveOut: 2_000n, feePips: 0 });
    const { parts, left } = splitUnits([book(40n), pool], 137n)!;
    expect(left).toBe(0n);
    // Half of 137 is 68.5: one lot is nearer to it than two are.
    expect(parts.map(({ amountIn }) => amountIn)).toEqual([80n, 57n]);
  });

  it('leave over what no lot takes', () => {
    const { parts, left, amountIn } = splitUnits([book(40n), book(25n)], 137n)!;
    for (const { venue, amountIn: part } of parts) expect(part % [40n, 25n][venue]!).toBe(0n);
    expect(amountIn + left).toBe(137n);
    // 40·0 + 25·5 = 125 and 40·2 + 25·2 = 130 are the nearest sums below.
    expect(left).toBe(7n);
  });
});
