const FIRST = -342;
const LAST = 324;
const BITS = 128;

/**
 * 10^k for k from −342 to 324, of each the leading 128 bits (the first of them 1), rounded up: 64-bit words, the high one
 * first. What Schubfach and Eisel–Lemire multiply by.
 */
export function powersOfTen(): BigUint64Array {
  const table = new BigUint64Array(2 * (LAST - FIRST + 1));
  for (let k = FIRST; k <= LAST; k++) {
    const leading = leadingBits(k);
    table[2 * (k - FIRST)] = leading >> 64n;
    table[2 * (k - FIRST) + 1] = BigInt.asUintN(64, leading);
  }
  return table;
}

/** ⌈10^k · 2^n⌉ for the n that makes it a number of 128 bits. */
function leadingBits(k: number): bigint {
  const power = 10n ** BigInt(Math.abs(k));
  const length = power.toString(2).length;
  if (k < 0) return ceilingOfQuotient(1n << BigInt(length - 1 + BITS), power);
  return length <= BITS ? power << BigInt(BITS - length) : ceilingOfQuotient(power, 1n << BigInt(length - BITS));
}

function ceilingOfQuotient(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
