import { expect, test } from 'vitest';
import { retryAfterSeconds } from '../../../src/webhooks/sender.ts';

const now = new Date('2026-11-02T12:00:00.500Z');

test.each([
  ['0', 0],
  ['120', 120],
  [' 120 ', 120],
  ['Mon, 02 Nov 2026 12:02:00 GMT', 120],
  ['Monday, 02-Nov-26 12:02:00 GMT', 120],
  ['Mon, 02 Nov 2026 11:00:00 GMT', 0],
])('%j is %i s', (header, seconds) => expect(retryAfterSeconds(header, now)).toBe(seconds));

test.each([undefined, '', '-1', '1.5', 'soon', 'Mon, never', '12345678901', '2026-11-02T12:02:00Z', ['1', '2']])(
  '%j is none',
  (header) => expect(retryAfterSeconds(header, now)).toBeUndefined(),
);
