import { expect, it } from 'vitest';
import { netsOf, NEWER, performance, WEEKS } from './hull.ts';
import { ALWAYS } from './setups.ts';

it.each(WEEKS.map((weeks, i) => [weeks, NEWER.delta[i]!] as const))('every %d weeks: %d', (weeks, published) => {
  const measure = performance(ALWAYS, weeks, { financing: false, ...netsOf(1 << 15) });
  expect(measure.standardError).toBeLessThan(0.0007);
  expect(Number(measure.value.toFixed(2))).toBe(published);
});
