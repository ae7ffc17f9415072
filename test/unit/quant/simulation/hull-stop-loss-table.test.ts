import { expect, it } from 'vitest';
import { netsOf, NEWER, performance, WEEKS } from './hull.ts';

it.each(WEEKS.map((weeks, i) => [weeks, NEWER.stopLoss[i]!] as const))('every %d weeks: %d', (weeks, published) => {
  const measure = performance({ kind: 'stop_loss' }, weeks, { financing: false, ...netsOf(1 << 16) });
  // Every two weeks two decimals turn: 2^20 independent paths give 0.8342 ± 0.0008, 2^20 of Sobol's 0.8349 ± 0.0004. Hence the
  // two standard errors.
  expect(measure.standardError).toBeLessThan(0.003);
  expect(Math.abs(measure.value - published)).toBeLessThan(0.005 + 2 * measure.standardError);
});
