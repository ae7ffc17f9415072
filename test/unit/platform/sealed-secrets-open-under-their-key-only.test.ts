import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCipher } from '../../../src/platform/cipher.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemIds } from '../../../src/platform/ids.ts';

const ids = systemIds(systemClock);
const cipher = createCipher(randomBytes(32), ids);

test('what is sealed opens to what it was, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
      const sealed = cipher.seal(secret);
      expect(cipher.open(sealed)).toBe(secret);
      expect(cipher.seal(secret).equals(sealed)).toBe(false);
    }),
  );
});

test('another key, or one changed bit, opens nothing', () => {
  const sealed = cipher.seal('whsec_0123456789');
  expect(() => createCipher(randomBytes(32), ids).open(sealed)).toThrow();
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i]! ^= 1;
    expect(() => cipher.open(changed)).toThrow();
  }
});
