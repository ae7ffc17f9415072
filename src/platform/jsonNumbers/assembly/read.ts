import { floorLog2Pow10, highProduct, powerHigh, powerLow } from './powers';

const COMMA: u8 = 0x2c;
const CLOSE: u8 = 0x5d;
const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
/** A letter's bit that is set in small letters only. */
const SMALL: u8 = 0x20;
const E: u8 = 0x65;

/** The powers of ten that are doubles (W. Clinger, "How to read floating point numbers accurately", 1990). */
const EXACT: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
];

/** The bit of a double's significand that is not stored. */
const IMPLICIT: u64 = 1 << 52;

/** Where the last `readNumbers` or `readNumber` stopped. */
let at: usize = 0;
/** The number that `readNumber` has read. */
let value: f64 = 0;

/** Where the last array ended, its bracket taken. */
export function readEnd(): usize {
  return at;
}

/**
 * Reads a JSON array of numbers, from behind its opening bracket.
 *
 * @param to the end of the text; eight more bytes must be readable and none of them a digit
 * @param output room for `most` doubles
 * @returns how many there are; −1 for anything that is not certain here (no numbers, more than `most` of them or than 19
 *   digits, subnormal …)
 */
export function readNumbers(from: usize, to: usize, output: usize, most: i32): i32 {
  at = from;
  let count = 0;
  let mark = COMMA;
  while (mark == COMMA) {
    skipSpace(to);
    if (count == most || !readNumber()) return -1;
    store<f64>(output, value);
    output += 8;
    count++;
    skipSpace(to);
    mark = at < to ? load<u8>(at++) : 0;
  }
  return mark == CLOSE ? count : -1;
}

@inline
function skipSpace(to: usize): void {
  while (at < to && isSpace(load<u8>(at))) at++;
}

@inline
function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

@inline
function digitAt(place: usize): u32 {
  return <u32>load<u8>(place) - ZERO;
}

/** Reads `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?` (RFC 8259 §6) into `value`. */
function readNumber(): bool {
  let place = at;
  const negative = load<u8>(place) == MINUS;
  place += usize(negative);
  const start = place;
  let significand: u64 = 0;
  for (let digit = digitAt(place); digit < 10; digit = digitAt(++place)) significand = 10 * significand + digit;
  const whole = <i32>(place - start);
  if (whole == 0 || (whole > 1 && load<u8>(start) == ZERO)) return false;

  let decimals = 0;
  if (load<u8>(place) == POINT) {
    const behind = ++place;
    for (let eight = load<u64>(place); areDigits(eight); eight = load<u64>(place)) {
      significand = 100000000 * significand + numberOf(eight);
      place += 8;
    }
    for (let digit = digitAt(place); digit < 10; digit = digitAt(++place)) significand = 10 * significand + digit;
    decimals = <i32>(place - behind);
    if (decimals == 0) return false;
  }
  // Nineteen digits fit into 64 bits; the zero of 0.5 and those that follow its point do not count.
  if (whole + decimals > 19 && whole + decimals - leadingZeros(start) > 19) return false;

  let exponent = 0;
  if ((load<u8>(place) | SMALL) == E) {
    const sign = load<u8>(++place);
    if (sign == MINUS || sign == PLUS) place++;
    const behind = place;
    for (let digit = digitAt(place); digit < 10; digit = digitAt(++place)) exponent = 10 * exponent + <i32>digit;
    const length = place - behind;
    if (length == 0 || length > 4) return false;
    if (sign == MINUS) exponent = -exponent;
  }
  at = place;
  return toDouble(significand, exponent - decimals, negative);
}

/** The zeros of 0.00123 before its first other digit; `start` is where the digits begin. */
function leadingZeros(start: usize): i32 {
  if (load<u8>(start) != ZERO) return 0;
  let place = start + 2;
  while (load<u8>(place) == ZERO) place++;
  return <i32>(place - start) - 1;
}

/** Whether all eight bytes are digits: none below "0", none above "9". */
@inline
function areDigits(eight: u64): bool {
  return ((eight & 0xf0f0f0f0f0f0f0f0) | (((eight + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333;
}

/** The number that eight digits make, the first one in the lowest byte: pairs, then fours, then all. */
@inline
function numberOf(eight: u64): u64 {
  const digits = eight & 0x0f0f0f0f0f0f0f0f;
  const pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
  return (fours * 10000 + (fours >> 32)) & 0xffffffff;
}

/** significand·10^exponent, rounded once, into `value`; false where that is not certain here. */
function toDouble(significand: u64, exponent: i32, negative: bool): bool {
  if (significand < IMPLICIT << 1 && exponent >= -22 && exponent <= 22) {
    const exact = <f64>significand;
    const size = exponent < 0 ? exact / unchecked(EXACT[-exponent]) : exact * unchecked(EXACT[exponent]);
    value = negative ? -size : size;
    return true;
  }
  if (significand == 0) {
    value = negative ? -0.0 : 0;
    return true;
  }
  if (exponent < -342 || exponent > 308) return false;
  return multiply(significand, exponent, negative);
}

/** D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51 (2021), algorithm 1. */
function multiply(significand: u64, exponent: i32, negative: bool): bool {
  const zeros = clz(significand);
  const w = significand << zeros;
  let high = highProduct(w, powerHigh(exponent));
  let low = w * powerHigh(exponent);
  if ((high & 0x1ff) == 0x1ff) {
    // Where the power or its reciprocal has more than 128 bits the paper's table cuts off; this one rounds up.
    const cut = exponent < -27 || exponent > 55;
    const second = highProduct(w, powerLow(exponent) - u64(cut));
    low += second;
    high += u64(low < second);
    if (low == u64.MAX_VALUE && cut) return false;
  }
  const upper = high >> 63;
  let mantissa = high >> (upper + 9);
  let biased = floorLog2Pow10(exponent) + 63 + 1023 + <i32>upper - <i32>zeros;
  if (biased <= 0) return false;
  // Exactly between two doubles, which is possible for these exponents only: to the even one.
  if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << (upper + 9) == high) mantissa--;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa == IMPLICIT << 1) {
    mantissa = IMPLICIT;
    biased++;
  }
  if (biased >= 2047) return false;
  value = reinterpret<f64>((mantissa ^ IMPLICIT) | (<u64>biased << 52) | (<u64>negative << 63));
  return true;
}
