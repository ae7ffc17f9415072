import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crossedOf, proRata } from '../../../../src/quant/routing/proRata.ts';

const open = fc.array(fc.bigInt({ min: 0n, max: 10n ** 24n }), { maxLength: 12 });
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);

test('what is bought is what is sold, the smaller side whole, and nobody has more than is open', () => {
  fc.assert(
    fc.property(open, open, (buys, sells) => {
      const crossed = crossedOf(buys, sells);
      const smaller = sum(buys) < sum(sells) ? sum(buys) : sum(sells);
      expect([crossed.total, sum(crossed.buys), sum(crossed.sells)]).toEqual([smaller, smaller, smaller]);
      if (sum(buys) <= sum(sells)) expect(crossed.buys).toEqual(buys);
      if (sum(sells) <= sum(buys)) expect(crossed.sells).toEqual(sells);
      for (const [i, share] of crossed.buys.entries()) expect(share >= 0n && share <= buys[i]!).toBe(true);
      for (const [i, share] of crossed.sells.entries()) expect(share >= 0n && share <= sells[i]!).toBe(true);
    }),
  );
});

test('everybody has his share to within one unit', () => {
  const shared = open.chain((quantities) =>
    fc.tuple(fc.constant(quantities), fc.bigInt({ min: 0n, max: sum(quantities) })),
  );
  fc.assert(
    fc.property(shared, ([quantities, total]) => {
      for (const [i, share] of proRata(total, quantities).entries()) {
        // |share − total · open / sum| < 1, in whole numbers
        const off = share * sum(quantities) - total * quantities[i]!;
        expect((off < 0n ? -off : off) < (sum(quantities) || 1n)).toBe(true);
      }
    }),
  );
});

test('who offers more has no less, and among equals the first has the odd unit', () => {
  const shared = open.chain((quantities) =>
    fc.tuple(fc.constant(quantities), fc.bigInt({ min: 0n, max: sum(quantities) })),
  );
  fc.assert(
    fc.property(shared, ([quantities, total]) => {
      const shares = proRata(total, quantities);
      for (const [i, a] of quantities.entries())
        for (const [j, b] of quantities.entries())
          if (a > b || (a === b && i < j)) expect(shares[i]! >= shares[j]!).toBe(true);
    }),
  );
});

test('no more can be shared out than is open', () => {
  expect(() => proRata(3n, [1n, 1n])).toThrow(RangeError);
  expect(() => proRata(-1n, [1n, 1n])).toThrow(RangeError);
  expect(proRata(0n, [])).toEqual([]);
});
