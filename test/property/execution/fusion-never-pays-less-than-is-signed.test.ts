import fc from 'fast-check';
import { hexToBigInt, keccak256, size, slice, type Address } from 'viem';
import { expect, it } from 'vitest';
import { receivedAt, type Auction, type FusionFees } from '../../../src/execution/aggregators/fusionAuction.ts';
import { fusionOrder, type FusionTerms } from '../../../src/execution/aggregators/fusionOrder.ts';

const upTo = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const amount = fc.bigInt({ min: 1n, max: 2n ** 128n });
const anAddress = fc
  .bigInt({ min: 1n, max: 2n ** 160n - 1n })
  .map((n) => `0x${n.toString(16).padStart(40, '0')}` as Address);
const START = 1_700_000_000;

const anAuction: fc.Arbitrary<Auction> = fc.record({
  ...{ startsAt: fc.constant(START), seconds: fc.integer({ min: 1, max: 5_000 }), initialRateBump: upTo(24) },
  points: fc.array(fc.record({ delay: fc.integer({ min: 0, max: 600 }), coefficient: upTo(24) }), { maxLength: 6 }),
  ...{ gasBumpEstimate: upTo(24), gasPriceEstimate: upTo(32) },
});
const someFees: fc.Arbitrary<Omit<FusionFees, 'estimatedAmount'>> = fc.record({
  ...{ receiver: anAddress, bps: fc.integer({ min: 0, max: 6_553 }) },
  ...{ whitelistDiscountPercent: fc.integer({ min: 0, max: 100 }), surplusPercent: fc.integer({ min: 0, max: 100 }) },
});

it('the owner is never paid less than is signed, whatever the auction, the fees, the surplus and the gas are', () => {
  fc.assert(
    fc.property(
      ...([amount, amount, anAuction, someFees, fc.integer({ min: -60, max: 6_000 }), upTo(40)] as const),
      (least, more, auction, fees, after, baseFee) => {
        const all = { ...fees, estimatedAmount: least + more };
        const received = receivedAt(least, auction, all, START + after, BigInt(baseFee));
        expect(received >= least).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('an order is for the whole, once, until its time, and names the extension that it comes with', () => {
  const someTerms: fc.Arbitrary<FusionTerms> = fc.record({
    ...{ settlement: anAddress, maker: anAddress, makerAsset: anAddress, takerAsset: anAddress },
    ...{ makingAmount: amount, takingAmount: amount, auction: anAuction, resolvableFrom: upTo(32), validTo: upTo(40) },
    resolvers: fc.array(fc.record({ address: anAddress, delay: upTo(16) }), { minLength: 1, maxLength: 8 }),
    fees: fc.tuple(someFees, amount).map(([fees, estimatedAmount]) => ({ ...fees, estimatedAmount })),
    ...{ nonce: fc.bigInt({ min: 0n, max: 2n ** 40n - 1n }), salt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  });
  fc.assert(
    fc.property(someTerms, (terms) => {
      const { order, extension } = fusionOrder(terms);
      const traits = BigInt(order.makerTraits);
      const whole = (1n << 255n) | (1n << 251n) | (1n << 249n);
      expect(traits).toBe(whole | (terms.nonce << 120n) | (BigInt(terms.validTo) << 80n));
      expect(BigInt(order.salt) >> 160n).toBe(terms.salt);
      expect(BigInt(order.salt) & (2n ** 160n - 1n)).toBe(hexToBigInt(keccak256(extension)) & (2n ** 160n - 1n));
      // ExtensionLib: the amounts are asked of, and the rest is left to, the settlement contract and no other.
      const [offsets, fields] = [hexToBigInt(slice(extension, 0, 32)), slice(extension, 32)];
      const endOf = (field: number) => Number((offsets >> BigInt(32 * field)) & 0xffffffffn);
      expect([endOf(0), endOf(1), endOf(7)]).toEqual([0, 0, size(fields)]);
      expect([endOf(4), endOf(5), endOf(6)]).toEqual([endOf(3), endOf(3), endOf(3)]);
      for (const start of [endOf(1), endOf(2), endOf(6)])
        expect(slice(fields, start, start + 20)).toBe(terms.settlement);
      expect([order.maker, terms.settlement, `0x${'0'.repeat(40)}`]).toContain(order.receiver);
    }),
  );
});
