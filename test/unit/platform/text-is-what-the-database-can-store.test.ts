import { expect, it } from 'vitest';
import { text } from '../../../src/platform/text.ts';

it.each(['a', 'Ελλάς', '💱', '\u202e', '\n', 'x'.repeat(5)])('%j is stored', (given) => {
  expect(text(5).parse(given)).toBe(given);
});

it.each(['', '\0', 'a\0', '\ud800', 'a\udc00b', '\udc00\ud800', 'x'.repeat(6)])('%j is refused', (given) => {
  expect(text(5).safeParse(given).success).toBe(false);
});

it('what is checked is named after what is wrong', () => {
  expect(text(5).safeParse('\0').error!.issues).toMatchObject([{ message: expect.stringContaining('U+0000') }]);
});
