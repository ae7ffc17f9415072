import { describe, expect, test } from 'vitest';
import { MAX_ATTEMPTS, RETRY_DELAYS_MS, retryDelayMs, type AttemptOutcome } from '../../../src/webhooks/schedule.ts';

const answered = (statusCode: number, retryAfter?: number): AttemptOutcome => ({
  statusCode,
  error: null,
  response: '',
  timedOut: false,
  retryAfter,
});
const timedOut: AttemptOutcome = { statusCode: null, error: 'timeout', response: null, timedOut: true };
const refused: AttemptOutcome = { statusCode: null, error: 'connection_failed', response: null, timedOut: false };
const MIDDLE = 0.5;
const ALMOST_ONE = 1 - 2 ** -32;

test('the waits are those of the specification: ten attempts over 75 h 35 min 5 s', () => {
  const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryDelayMs(index + 1, answered(500), MIDDLE));
  expect(waits).toEqual(RETRY_DELAYS_MS);
  expect(waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0)).toBe(((75 * 60 + 35) * 60 + 5) * 1000);
  expect(retryDelayMs(MAX_ATTEMPTS, answered(500), MIDDLE)).toBeUndefined();
  expect(retryDelayMs(MAX_ATTEMPTS + 1, answered(500), MIDDLE)).toBeUndefined();
});

test('jitter is 20 % either way', () => {
  expect(retryDelayMs(1, refused, 0)).toBe(4_000);
  expect(retryDelayMs(1, refused, ALMOST_ONE)).toBe(6_000);
});

describe('an overwhelmed receiver is left alone for a minute or more', () => {
  test.each([answered(429), answered(502), answered(504), timedOut])('%j', (outcome) => {
    expect(retryDelayMs(1, outcome, 0)).toBe(60_000);
    expect(retryDelayMs(2, outcome, MIDDLE)).toBe(300_000);
  });

  test.each([answered(500), answered(503), answered(404), answered(302), refused])('but not for %j', (outcome) => {
    expect(retryDelayMs(1, outcome, MIDDLE)).toBe(5_000);
  });
});

describe('Retry-After is honoured between the wait d and 2d', () => {
  test.each([
    [1, answered(503, 0), 5_000],
    [1, answered(503, 7), 7_000],
    [1, answered(503, 86_400), 10_000],
    [1, answered(429, 0), 60_000],
    [1, answered(429, 90), 90_000],
    [1, answered(429, 86_400), 120_000],
    [9, answered(503, 999_999_999), 48 * 3_600_000],
  ])('attempt %i, %j: %i ms', (attempt, outcome, wait) => {
    expect(retryDelayMs(attempt, outcome, MIDDLE)).toBe(wait);
  });
});
