import { expect, it } from 'vitest';
import { NETS, NEWER, PATHS, performance, WEEKS } from './hull.ts';

it.each(WEEKS.map((weeks, i) => [weeks, NEWER.stopLoss[i]!] as const))('every %d weeks: %d', (weeks, published) => {
  const measure = performance({ kind: 'stop_loss' }, weeks, { financing: false, sampling: NETS, count: PATHS });
  // Every two weeks it is 0.8347 ± 0.0003 (four million paths), where two decimals turn: hence the two standard errors.
  expect(measure.standardError).toBeLessThan(0.002);
  expect(Math.abs(measure.value - published)).toBeLessThan(0.005 + 2 * measure.standardError);
});
