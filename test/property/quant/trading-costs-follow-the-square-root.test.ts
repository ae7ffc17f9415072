import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  IMPACT_SHAPES,
  impactBps,
  NO_COSTS,
  notionalAtImpact,
  tradingCost,
  type CostModel,
} from '../../../src/quant/hedging/cost.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const notionals = fc.oneof(fc.constant(0), number(1e-3, 1e10));
const coefficients = number(1e-3, 1e4);
const models: fc.Arbitrary<CostModel> = fc
  .record({
    feeBps: number(0, 1e4),
    halfSpreadBps: number(0, 1e4),
    impactCoefficient: fc.oneof(fc.constant(0), coefficients),
    fixedCost: number(0, 1e4),
  })
  .map((costs) => ({ ...NO_COSTS, ...costs }));
const impactOf = (impactCoefficient: number): CostModel => ({ ...NO_COSTS, impactCoefficient });

it('a million costs the coefficient, and four times the size twice as much a unit', () => {
  fc.assert(
    fc.property(coefficients, notionals, (coefficient, notional) => {
      expect(impactBps(impactOf(coefficient), 1_000_000)).toBe(coefficient);
      expect(impactBps(impactOf(coefficient), 4 * notional)).toBeCloseTo(
        2 * impactBps(impactOf(coefficient), notional),
        6,
      );
    }),
  );
});

it('the notional at an impact is the inverse of the impact of a notional', () => {
  fc.assert(
    fc.property(coefficients, number(1, 1e10), number(1e-3, 1e4), (coefficient, notional, bps) => {
      for (const impactShape of IMPACT_SHAPES) {
        const model = { ...impactOf(coefficient), impactShape };
        expect(notionalAtImpact(model, impactBps(model, notional)) / notional).toBeCloseTo(1, 12);
        expect(impactBps(model, notionalAtImpact(model, bps)) / bps).toBeCloseTo(1, 12);
      }
    }),
  );
});

it('without impact any notional can be traded, and with no room for it none', () => {
  expect(notionalAtImpact(NO_COSTS, 0)).toBe(Infinity);
  expect(notionalAtImpact(impactOf(2), 0)).toBe(0);
  expect(notionalAtImpact(impactOf(2), -1)).toBe(0);
});

it('fee and spread grow in proportion, impact with the power 1.5', () => {
  fc.assert(
    fc.property(models, notionals, number(0.1, 100), (model, notional, factor) => {
      const one = tradingCost(model, notional);
      const scaled = tradingCost(model, factor * notional);
      const near = (got: number, want: number) =>
        expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-12 * Math.abs(want) + 1e-300);
      near(scaled.fee, factor * one.fee);
      near(scaled.spread, factor * one.spread);
      near(scaled.impact, factor ** 1.5 * one.impact);
      near(scaled.total, scaled.fee + scaled.spread + scaled.impact + scaled.fixed);
    }),
  );
});

it('a larger order never costs less, nor does one under a dearer model', () => {
  fc.assert(
    fc.property(models, models, notionals, notionals, (a, b, m, n) => {
      const [small, large] = [Math.min(m, n), Math.max(m, n)];
      expect(tradingCost(a, large).total).toBeGreaterThanOrEqual(tradingCost(a, small).total);
      const dearer: CostModel = {
        ...NO_COSTS,
        feeBps: Math.max(a.feeBps, b.feeBps),
        halfSpreadBps: Math.max(a.halfSpreadBps, b.halfSpreadBps),
        impactCoefficient: Math.max(a.impactCoefficient, b.impactCoefficient),
        fixedCost: Math.max(a.fixedCost, b.fixedCost),
      };
      expect(tradingCost(dearer, m).total).toBeGreaterThanOrEqual(tradingCost(a, m).total);
    }),
  );
});

it('nothing costs nothing', () => {
  fc.assert(
    fc.property(models, (model) => {
      expect(tradingCost(model, 0)).toEqual({ fee: 0, spread: 0, impact: 0, fixed: 0, total: 0 });
    }),
  );
});
