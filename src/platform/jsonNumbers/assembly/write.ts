import { exponent10, shortest } from './shortest';

/** Room for 24 digits, right-aligned, and for reading 24 bytes from any of them. */
const DIGITS = memory.data(48, 8);
const END = 24;

const ZEROS: u64 = 0x3030303030303030;
const NULL: u32 = 0x6c6c756e; // "null" in the byte order of the machine
const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const E: u8 = 0x65;
const COMMA: u8 = 0x2c;
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;

/**
 * Writes doubles as a JSON array, the bytes of `JSON.stringify`: null for what is not finite.
 *
 * @param output room for 2 + 25·count + 24 bytes
 * @returns where the text ends
 */
export function writeNumbers(input: usize, count: i32, output: usize): usize {
  store<u8>(output, OPEN);
  let at = output + 1;
  for (let i = 0; i < count; i++) {
    at = writeNumber(load<u64>(input + (<usize>i << 3)), at);
    store<u8>(at++, COMMA);
  }
  if (count > 0) at--;
  store<u8>(at, CLOSE);
  return at + 1;
}

function writeNumber(bits: u64, at: usize): usize {
  const biased = <i32>(bits >> 52) & 0x7ff;
  if (biased == 0x7ff) {
    store<u32>(at, NULL);
    return at + 4;
  }
  if (bits << 1 == 0) {
    store<u8>(at, ZERO);
    return at + 1;
  }
  store<u8>(at, MINUS);
  at += <usize>(bits >> 63);
  const significand = shortest(bits & 0xfffffffffffff, biased);
  return writeDecimal(significand, exponent10, at);
}

/** significand·10^exponent as `Number.prototype.toString` spells it (ECMA-262, Number::toString). */
function writeDecimal(significand: u64, exponent: i32, at: usize): usize {
  const upper = significand / 100000000;
  const top = upper / 100000000;
  const middle = eightDigits(<u32>(upper - top * 100000000));
  const low = eightDigits(<u32>(significand - upper * 100000000));
  store<u8>(DIGITS, <u8>top + ZERO, 7);
  store<u64>(DIGITS, middle | ZEROS, 8);
  store<u64>(DIGITS, low | ZEROS, 16);

  const first = top ? 7 : middle ? 8 + <i32>(ctz(middle) >> 3) : 16 + <i32>(ctz(low) >> 3);
  const last = low ? END - <i32>(clz(low) >> 3) : middle ? 16 - <i32>(clz(middle) >> 3) : 8;
  const digits = DIGITS + first;
  const count = last - first;
  /** The value is 0.digits·10^point. */
  const point = END - first + exponent;

  if (point > 21 || point < -5) return writeScientific(digits, count, point - 1, at);
  if (point <= 0) {
    store<u64>(at, ZEROS);
    store<u8>(at, POINT, 1);
    at += 2 - point;
    copyDigits(digits, at);
    return at + count;
  }
  copyDigits(digits, at);
  if (point >= count) {
    for (let i = count; i < point; i++) store<u8>(at + i, ZERO);
    return at + point;
  }
  store<u8>(at + point, POINT);
  copyDigits(digits + point, at + point + 1);
  return at + count + 1;
}

/** One digit, the rest behind a point if there is one, and an exponent with its sign. */
function writeScientific(digits: usize, count: i32, exponent: i32, at: usize): usize {
  store<u8>(at, load<u8>(digits));
  store<u8>(at, POINT, 1);
  copyDigits(digits + 1, at + 2);
  at += <usize>(count > 1 ? count + 1 : 1);
  store<u8>(at, E);
  store<u8>(at, exponent < 0 ? MINUS : PLUS, 1);
  at += 2;
  const size = abs(exponent);
  if (size >= 100) store<u8>(at++, <u8>(size / 100) + ZERO);
  if (size >= 10) store<u8>(at++, <u8>((size / 10) % 10) + ZERO);
  store<u8>(at, <u8>(size % 10) + ZERO);
  return at + 1;
}

/** At most 17 digits; up to 24 bytes are written over. */
@inline
function copyDigits(from: usize, to: usize): void {
  const a = load<u64>(from);
  const b = load<u64>(from, 8);
  const c = load<u64>(from, 16);
  store<u64>(to, a);
  store<u64>(to, b, 8);
  store<u64>(to, c, 16);
}

/** The digits of a number below 10^8, a byte each, the first one lowest: halved three times, all parts at once. */
@inline
function eightDigits(value: u32): u64 {
  const fours = value / 10000;
  const four = <u64>fours | (<u64>(value - fours * 10000) << 32);
  // ⌊x/100⌋ = ⌊x·10486/2^20⌋ below 10^4, ⌊x/10⌋ = ⌊x·103/2^10⌋ below 100.
  const hundreds = ((four * 10486) >> 20) & 0x0000007f0000007f;
  const two = hundreds | ((four - hundreds * 100) << 16);
  const tens = ((two * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((two - tens * 10) << 8);
}
