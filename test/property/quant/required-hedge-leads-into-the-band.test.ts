import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requiredHedge, type Rebalance } from '../../../src/quant/hedging/band.ts';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const tolerances = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
const rebalances = fc.constantFrom<Rebalance>('target', 'edge');
const slack = (...numbers: number[]) => 1e-15 * 4 * numbers.reduce((sum, x) => sum + Math.abs(x), 0);

it('after the hedge the exposure is inside the band, at the target or at the edge that was left', () => {
  fc.assert(
    fc.property(number, number, tolerances, rebalances, (exposure, target, tolerance, rebalance) => {
      const hedge = requiredHedge(exposure, target, tolerance, rebalance);
      const off = exposure + hedge - target;
      expect(Math.abs(off)).toBeLessThanOrEqual(tolerance + slack(exposure, target, tolerance));
      if (hedge === 0) return;
      const goal = rebalance === 'target' ? 0 : Math.sign(exposure - target) * tolerance;
      expect(Math.abs(off - goal)).toBeLessThanOrEqual(slack(exposure, target, tolerance));
    }),
  );
});

it('inside the band, the edges included, nothing is needed', () => {
  fc.assert(
    fc.property(number, tolerances, fc.double({ min: -1, max: 1, noNaN: true }), rebalances, (target, band, at, to) => {
      const exposure = target + at * band;
      fc.pre(Math.abs(exposure - target) <= band);
      expect(requiredHedge(exposure, target, band, to)).toBe(0);
    }),
  );
});

it('the mirrored exposure needs the mirrored hedge', () => {
  fc.assert(
    fc.property(number, number, tolerances, rebalances, (exposure, target, tolerance, rebalance) => {
      const mirrored = requiredHedge(-exposure, -target, tolerance, rebalance);
      expect(mirrored + requiredHedge(exposure, target, tolerance, rebalance)).toBe(0);
    }),
  );
});

it('to the edge never takes more than to the target', () => {
  fc.assert(
    fc.property(number, number, tolerances, (exposure, target, tolerance) => {
      const far = Math.abs(requiredHedge(exposure, target, tolerance, 'target'));
      expect(Math.abs(requiredHedge(exposure, target, tolerance, 'edge'))).toBeLessThanOrEqual(far);
    }),
  );
});
