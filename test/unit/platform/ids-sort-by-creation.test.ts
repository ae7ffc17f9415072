import { expect, test } from 'vitest';
import { fixedClock } from '../../../src/platform/clock.ts';
import { isUuid, systemIds } from '../../../src/platform/ids.ts';

const INSTANT = '2026-11-22T12:00:00.000Z';

test('ids are UUIDs of version 7 that say when they were made', () => {
  const id = systemIds(fixedClock(INSTANT)).next();
  expect(isUuid(id)).toBe(true);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse(INSTANT));
});

test('twenty thousand ids of one millisecond are different and in order', () => {
  const ids = systemIds(fixedClock(INSTANT));
  const made = Array.from({ length: 20_000 }, () => ids.next());
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
});

test('a clock that is set back does not put ids out of order', () => {
  const clock = fixedClock(INSTANT);
  const ids = systemIds(clock);
  const first = ids.next();
  clock.set('2026-11-22T11:00:00.000Z');
  expect(ids.next() > first).toBe(true);
});
