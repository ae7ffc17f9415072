import { expect, test } from 'vitest';
import { powersOfTen } from '../../../../src/platform/jsonNumbers/powersOfTen.ts';

const table = powersOfTen();
const power = (k: number) => [table[2 * (k + 342)], table[2 * (k + 342) + 1]];

// 10^-342 as in fast_float (fast_table.h, its first row), which cuts off where this table rounds up.
test('the ends, and one', () => {
  expect(power(0)).toEqual([0x8000000000000000n, 0n]);
  expect(power(-342)).toEqual([0xeef453d6923bd65an, 0x113faa2906a13b3fn + 1n]);
  expect(table.length).toBe(2 * (342 + 324 + 1));
});

test('all but the exact ones are above the power by less than their last bit', () => {
  for (let k = -342; k <= 324; k++) {
    const leading = (power(k)[0]! << 64n) | power(k)[1]!;
    const ten = 10n ** BigInt(Math.abs(k));
    const length = BigInt(ten.toString(2).length);
    // leading·2^n against 10^k, both made integers.
    const [ours, theirs, unit] =
      k < 0 ? [leading * ten, 1n << (length + 127n), ten] : [leading << length, ten << 128n, 1n << length];
    expect(leading >> 127n).toBe(1n);
    expect(ours >= theirs && ours - theirs < unit).toBe(true);
    expect(ours === theirs).toBe(k >= 0 && k <= 55);
  }
});

// The reader takes the last bit off these without a borrow.
test('the low word is not 0 where the power or its reciprocal has more than 128 bits', () => {
  for (let k = 56; k <= 308; k++) expect(power(k)[1]).not.toBe(0n);
  for (let k = -342; k < -27; k++) expect(power(k)[1]).not.toBe(0n);
});
