// Another language: AssemblyScript. Shared by the writer and the reader.

/** The powers of ten of the table, from 10^FIRST to 10^LAST; src/platform/jsonNumbers/powersOfTen.ts fills it in. */
const FIRST: i32 = -342;
const LAST: i32 = 324;

/** Of each power the leading 128 bits, rounded up: high word, low word. */
const POWERS = memory.data(16 * (LAST - FIRST + 1), 16);

export function powersAt(): usize {
  return POWERS;
}

/** The first byte that the module does not use itself. */
export function freeAt(): usize {
  return __heap_base;
}

@inline
export function powerHigh(k: i32): u64 {
  return load<u64>(POWERS + (<usize>(k - FIRST) << 4));
}

@inline
export function powerLow(k: i32): u64 {
  return load<u64>(POWERS + (<usize>(k - FIRST) << 4), 8);
}

/** ⌊log₂ 10^k⌋ for |k| ≤ 1233 (Giulietti, "The Schubfach way to render doubles", 2021, §9.1; here with 19 bits). */
@inline
export function floorLog2Pow10(k: i32): i32 {
  return (k * 1741647) >> 19;
}

/** The upper 64 bits of a·b; WebAssembly multiplies to 64 bits only. */
@inline
export function highProduct(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  const carried = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (carried >> 32);
}
