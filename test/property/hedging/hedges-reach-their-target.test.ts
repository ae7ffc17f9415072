import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hedge } from '../../support/plans.ts';
import { deltas, markets, number, simpleRequests } from './requests.ts';

const RUNS = { numRuns: 300 };

/** What a lot adds to the delta, as the order tells it. */
function lotOf(result: ReturnType<typeof hedge>): number {
  const [order] = result.orders;
  return order ? (Math.abs(order.delta) / Number(order.quantity)) * Number(order.lotSize) : 0;
}

it('to within half a lot, or the tolerance where nothing is to be done', () =>
  fc.assert(
    fc.property(deltas, simpleRequests, markets, number(0, 10), (delta, request, market, tolerance) => {
      const result = hedge(delta, { ...request, targets: [{ ...request.targets[0]!, tolerance }] }, market);
      if (result.orders.length === 0) return;
      const scale = 1e-12 * (Math.abs(delta) + Math.abs(request.targets[0]!.target));
      expect(Math.abs(result.residuals[0]!.value)).toBeLessThanOrEqual(lotOf(result) * 0.500001 + scale);
    }),
    RUNS,
  ));

it('to the edge: into the band wherever a lot fits into it, and by no lot more than that takes', () =>
  fc.assert(
    fc.property(deltas, simpleRequests, markets, number(0, 10), (delta, request, market, tolerance) => {
      const [{ target, underlying }] = request.targets as [{ target: number; underlying: string }];
      const result = hedge(
        delta,
        { ...request, rebalanceTo: 'edge', targets: [{ underlying, target, tolerance }] },
        market,
      );
      const lot = lotOf(result);
      if (result.orders.length === 0 || lot > 2 * tolerance) return;
      const scale = 1e-9 * (Math.abs(delta) + Math.abs(target));
      const left = Math.abs(result.residuals[0]!.value);
      expect(left).toBeLessThanOrEqual(tolerance + scale);
      expect(left).toBeGreaterThanOrEqual(tolerance - lot - scale);
    }),
    RUNS,
  ));

it('once: planned again after the hedge, nothing is left to do where the tolerance is a lot', () =>
  fc.assert(
    fc.property(
      deltas,
      simpleRequests,
      markets,
      fc.constantFrom('target', 'edge'),
      (delta, request, market, rebalanceTo) => {
        const tolerance = lotOf(hedge(delta, request, market));
        const targets = [{ ...request.targets[0]!, tolerance: tolerance * (1 + 1e-9) }];
        const first = hedge(delta, { ...request, targets, rebalanceTo }, market);
        const after = first.underlyings[0]!.greeks.after.delta;
        expect(hedge(after, { ...request, targets, rebalanceTo }, market).orders).toEqual([]);
      },
    ),
    RUNS,
  ));

it('and never goes to and fro: without a tolerance too, a second plan trades nothing', () =>
  fc.assert(
    fc.property(deltas, simpleRequests, markets, (delta, request, market) => {
      const first = hedge(delta, request, market);
      const second = hedge(first.underlyings[0]!.greeks.after.delta, request, market);
      expect(second.orders).toEqual([]);
    }),
    RUNS,
  ));

it('the other way round it is the other side and the same quantity', () =>
  fc.assert(
    fc.property(
      deltas,
      simpleRequests,
      markets,
      fc.constantFrom('target', 'edge'),
      (delta, request, market, rebalanceTo) => {
        const [target] = request.targets;
        const mirrored = { ...request, rebalanceTo, targets: [{ ...target!, target: -target!.target }] };
        const [order] = hedge(delta, { ...request, rebalanceTo }, market).orders;
        const [mirror] = hedge(-delta, mirrored, market).orders;
        if (!order || !mirror) return;
        expect(mirror.side).toBe(order.side === 'buy' ? 'sell' : 'buy');
        expect(mirror.quantity).toBe(order.quantity);
        expect(mirror.estimatedCost).toEqual(order.estimatedCost);
        expect(mirror.delta).toBe(-order.delta);
      },
    ),
    RUNS,
  ));

it('more delta never takes a smaller hedge', () =>
  fc.assert(
    fc.property(number(0, 1e4), number(0, 1e4), simpleRequests, markets, (a, b, request, market) => {
      const flat = { ...request, targets: [{ underlying: 'BTC' }] };
      const quantity = (delta: number) => Number(hedge(delta, flat, market).orders[0]?.quantity ?? 0);
      expect(quantity(Math.max(a, b))).toBeGreaterThanOrEqual(quantity(Math.min(a, b)));
    }),
    RUNS,
  ));
