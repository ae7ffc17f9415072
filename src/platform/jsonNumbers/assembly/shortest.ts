import { floorLog2Pow10, highProduct, powerHigh, powerLow } from './powers';

// The shortest decimal that reads back to the same double, and of those the closest: Schubfach (R. Giulietti, "The Schubfach
// way to render doubles", 2021, figures 4 and 6), with 128-bit powers as in A. Drach's C++ (Drachennest).

/** The bit of a double's significand that is not stored. */
const IMPLICIT: u64 = 1 << 52;

/** The power of ten of the last significand that `shortest` gave. */
export let exponent10: i32 = 0;

/** ⌊v⌋ of a product of 192 bits, its upper word, with the last bit set where anything but 0 or 1 is below (paper, §9.10). */
@inline
function roundToOdd(high: u64, middle: u64): u64 {
  return high | u64(middle > 1);
}

/**
 * The decimal significand of a finite double that is not 0, with its power of ten in `exponent10`; it may end in zeros.
 *
 * @param fraction the lowest 52 bits
 * @param biased the exponent as stored, 0 to 2046
 */
export function shortest(fraction: u64, biased: i32): u64 {
  const c = biased ? fraction | IMPLICIT : fraction;
  const q = (biased ? biased : 1) - 1075;
  // The interval of numbers that read as this double; at a power of two its lower half is half as wide.
  const narrow = fraction == 0 && biased > 1;
  const odd = c & 1;

  // k = ⌊log₁₀ 2^q⌋, or ⌊log₁₀ ¾·2^q⌋.
  const k = (q * 1262611 - (narrow ? 524031 : 0)) >> 22;
  const shift = <u64>(q + floorLog2Pow10(-k) + 1);
  const g1 = powerHigh(-k);
  const g0 = powerLow(-k);

  // 4c·2^shift·g in three words; the ends of the interval are that less and plus g·2^(shift+1).
  const scaled = (c << 2) << shift;
  const p0 = scaled * g0;
  const p1 = highProduct(scaled, g0) + scaled * g1;
  const p2 = highProduct(scaled, g1) + u64(p1 < scaled * g1);
  const v = roundToOdd(p2, p1);

  const up = shift + 1;
  const u0 = g0 << up;
  const u1 = (g1 << up) | (g0 >> (64 - up));
  const u2 = g1 >> (64 - up);
  const r0 = p0 + u0;
  const s1 = p1 + u1;
  const r1 = s1 + u64(r0 < p0);
  const r2 = p2 + u2 + u64(s1 < p1) + u64(r1 < s1);
  const upper = roundToOdd(r2, r1) - odd;

  const down = narrow ? shift : up;
  const d0 = g0 << down;
  const d1 = (g1 << down) | (g0 >> (64 - down));
  const d2 = g1 >> (64 - down);
  const t1 = p1 - d1;
  const l1 = t1 - u64(p0 < d0);
  const l2 = p2 - d2 - u64(p1 < d1) - u64(t1 < l1);
  const lower = roundToOdd(l2, l1) + odd;

  const s = v >> 2;
  if (s >= 10) {
    const tenth = s / 10;
    const below = lower <= 40 * tenth;
    const above = 40 * tenth + 40 <= upper;
    if (below != above) {
      exponent10 = k + 1;
      return tenth + u64(above);
    }
  }
  exponent10 = k;
  const below = lower <= 4 * s;
  const above = 4 * s + 4 <= upper;
  if (below != above) return s + u64(above);
  const half = 4 * s + 2;
  return s + u64(v > half || (v == half && (s & 1) != 0));
}
