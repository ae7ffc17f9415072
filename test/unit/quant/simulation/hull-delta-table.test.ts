import { expect, it } from 'vitest';
import { NETS, NEWER, PATHS, performance, WEEKS } from './hull.ts';
import { ALWAYS } from './setups.ts';

it.each(WEEKS.map((weeks, i) => [weeks, NEWER.delta[i]!] as const))('every %d weeks: %d', (weeks, published) => {
  const measure = performance(ALWAYS, weeks, { financing: false, sampling: NETS, count: PATHS });
  expect(measure.standardError).toBeLessThan(0.0005);
  expect(Number(measure.value.toFixed(2))).toBe(published);
});
