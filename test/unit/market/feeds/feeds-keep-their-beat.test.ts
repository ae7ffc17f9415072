import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs, nextDue } from '../../../../src/market/feeds/runner.ts';

const ms = fc.integer({ min: 1, max: 1e9 });

it('on time the next is due a beat after the last was due, however long that took', () => {
  expect(nextDue(1_000, 5_000, 1_700)).toBe(6_000);
});

it('beats that were missed are not made up for', () => {
  expect(nextDue(1_000, 5_000, 3_600_000)).toBe(3_605_000);
});

it('it is always later than now, and never later than a beat', () => {
  fc.assert(
    fc.property(ms, ms, ms, (due, wait, late) => {
      const now = due + late;
      const next = nextDue(due, wait, now);
      expect(next).toBeGreaterThan(now);
      expect(next).toBeLessThanOrEqual(now + wait);
    }),
  );
});

it('failures are tried again later and later, five minutes at most, a fifth sooner by chance', () => {
  expect([0, 1, 2, 8, 9, 60].map((failures) => backoffMs(failures, 0))).toEqual([
    1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
  ]);
  expect(backoffMs(1, 0.5)).toBe(1_800);
});
