import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal, decimalText, exact, positiveDecimal } from '../../../src/platform/decimal.ts';

test('decimal text comes back as it was, without needless zeros', () => {
  const digits = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 17 }), (value, places) => {
      const text = decimalText(`${value}e-${places}`);
      expect(text).not.toContain('e');
      expect(decimal.parse(text)).toBe(text);
    }),
  );
  expect(decimal.parse('1.500')).toBe('1.5');
  expect(decimal.parse(0.1)).toBe('0.1');
  expect(decimal.parse(1e-7)).toBe('0.0000001');
});

test('a number is written as its decimal is, whatever its size', () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc
      .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -9, max: 24 }))
      .map(([x, e]) => x * 10 ** e),
    fc.constantFrom(0, -0, 1e-6, 9.999999e-7, 1e21, 999_999_999_999_999_900_000),
  );
  fc.assert(
    fc.property(numbers, (value) => {
      expect(decimalText(value)).toBe(exact(value).toFixed());
    }),
  );
});

test.each([
  'NaN',
  'Infinity',
  '-Infinity',
  '1e5',
  '0x10',
  '',
  ' 1',
  '1.',
  '.5',
  '01',
  '--1',
  '1,000',
  '1'.repeat(19),
  `0.${'1'.repeat(19)}`,
])('%j is not a decimal', (text) => expect(decimal.safeParse(text).success).toBe(false));

test.each([NaN, Infinity, 1e19, 1e-19, null, {}, true])('nor is %j', (value) =>
  expect(decimal.safeParse(value).success).toBe(false),
);

test('above zero means above zero', () => {
  expect(positiveDecimal.safeParse('0').success).toBe(false);
  expect(positiveDecimal.safeParse('0.000').success).toBe(false);
  expect(positiveDecimal.safeParse('-1').success).toBe(false);
  expect(positiveDecimal.safeParse('0.000000000000000001').success).toBe(true);
});
