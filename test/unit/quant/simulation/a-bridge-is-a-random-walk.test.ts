import { expect, it } from 'vitest';
import { brownianBridge } from '../../../../src/quant/simulation/brownianBridge.ts';

it.each([1, 2, 3, 7, 16, 80])('of %i steps: Cov(W_s, W_t) = min(s, t)', (steps) => {
  // Row s: what W_s takes of each normal.
  const rows = new Map<number, number[]>([[0, Array.from({ length: steps }, () => 0)]]);
  brownianBridge(steps).forEach(({ step, left, right, leftWeight, rightWeight, deviation }, level) => {
    const known = rows.get(left)!.map((x, n) => leftWeight * x + (rightWeight && rightWeight * rows.get(right)![n]!));
    known[level] = deviation;
    rows.set(step, known);
  });
  expect(rows.size).toBe(steps + 1);
  for (let s = 1; s <= steps; s++) {
    for (let t = s; t <= steps; t++) {
      const covariance = rows.get(s)!.reduce((sum, x, n) => sum + x * rows.get(t)![n]!, 0);
      expect(Math.abs(covariance - s)).toBeLessThan(1e-12 * steps);
    }
  }
});
