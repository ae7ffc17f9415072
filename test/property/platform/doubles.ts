/** Words of 64 bits that depend on the seed only: xorshift64 (G. Marsaglia, "Xorshift RNGs", 2003). */
function words(seed: number): () => bigint {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n) | 1n;
  return () => {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    return state;
  };
}

const cell = new DataView(new ArrayBuffer(8));

export function doubleOf(bits: bigint): number {
  cell.setBigUint64(0, bits);
  return cell.getFloat64(0);
}

export function bitsOf(value: number): bigint {
  cell.setFloat64(0, value);
  return cell.getBigUint64(0);
}

const KINDS: readonly ((word: bigint) => number)[] = [
  doubleOf, // every exponent
  (word) => Number(word >> 11n) / 2 ** 53,
  (word) => Number(word % 100_000_000n) / 10 ** Number((word >> 32n) % 9n),
  (word) => Number(word >> (word % 64n)) * (word & 1n ? 1 : -1),
  (word) => doubleOf(word & 0x800f_ffff_ffff_ffffn), // subnormal
];

/** Doubles of many kinds, also NaN and infinities. */
export function doublesFrom(seed: number, count: number): Float64Array {
  const next = words(seed);
  return Float64Array.from({ length: count }, (_, i) => KINDS[i % KINDS.length]!(next()));
}

/** Every power of two and of ten that is a positive double, and its two neighbours on each side. */
export function powersAndNeighbours(): Float64Array {
  const powers = [
    ...Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074)),
    ...Array.from({ length: 632 }, (_, i) => Number(`1e${i - 323}`)),
  ];
  return Float64Array.from(powers.flatMap((power) => [-2n, -1n, 0n, 1n, 2n].map((d) => near(power, d))));
}

function near(value: number, steps: bigint): number {
  return doubleOf(BigInt.asUintN(63, bitsOf(value) + steps));
}

/**
 * A number in decimals that lies halfway between two doubles or, by a unit of its last digit, to either side of that: with all
 * of its digits, or cut to 17, 18 or 19.
 */
export function halfwayFrom(seed: number, count: number): string[] {
  const next = words(seed);
  return Array.from({ length: count }, () => {
    const word = next();
    const significand = 2n * ((1n << 52n) | (word >> 12n)) + 1n;
    const power = Number(word % 140n) - 70; // of two
    const all = power >= 0 ? significand << BigInt(power) : significand * 5n ** BigInt(-power);
    const exponent = Math.min(power, 0);
    const length = all.toString().length;
    const kept = [17, 18, 19, length][Number((word >> 8n) % 4n)]!;
    const cut = BigInt(Math.max(length - kept, 0));
    const off = ((word >> 16n) % 3n) - 1n;
    return `${all / 10n ** cut + off}e${exponent + Number(cut)}`;
  });
}
