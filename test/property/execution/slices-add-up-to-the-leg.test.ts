import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slicesAhead, type SliceOrder } from '../../../src/execution/schedule.ts';
import type { ScheduleInput } from '../../../src/execution/scheduleModel.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { plannedOrder } from '../../unit/execution/orders.ts';
import { ended, scheduled } from '../../unit/execution/slices.ts';

// Whole executions, with slices that fill in part and time that is lost between them.

const lotSizes = fc.constantFrom('0.001', '0.1', '1', '10', '0.00000001');
const shapes = fc.oneof(
  fc.constant<Partial<ScheduleInput>>({ kind: 'twap' }),
  fc
    .double({ min: 1, max: 1e7, noNaN: true })
    .map((halfLifeSeconds): Partial<ScheduleInput> => ({ kind: 'almgren_chriss', halfLifeSeconds })),
);
const runs = fc.record({
  slices: fc.integer({ min: 1, max: 100 }),
  extra: fc.integer({ min: 0, max: 5_000 }),
  shape: shapes,
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  lotSize: lotSizes,
  lots: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 3 }),
  /** Of each slice: the share that fills, and the share of the horizon that is lost before the next look. */
  turns: fc.array(fc.record({ filled: fc.constantFrom(0, 0.3, 1, 1), lost: fc.constantFrom(0, 0, 0, 0.07) }), {
    minLength: 100,
    maxLength: 100,
  }),
});
type Run = typeof runs extends fc.Arbitrary<infer T> ? T : never;

/** Works the slices as an execution does; answers what became of them. */
function work({ slices, extra, shape, jitter, lotSize, lots, turns }: Run) {
  const horizonSeconds = slices + extra;
  const execution = scheduled({ ...shape, slices, horizonSeconds, jitter });
  const legs = lots.map((count, leg) => plannedOrder({ leg, lotSize, quantity: exact(count).mul(lotSize).toFixed() }));
  const orders: SliceOrder[] = [];
  let elapsedMs = 0;
  for (let turn = 0; ; turn++) {
    const [next] = slicesAhead(execution, legs, orders, elapsedMs);
    if (!next) return { legs, orders };
    elapsedMs = Math.max(elapsedMs, next.offsetMs);
    const { filled, lost } = turns[turn]!;
    for (const { planned, quantity } of next.legs) {
      const count = exact(quantity).div(lotSize).mul(filled).floor();
      orders.push(ended(next.slice, quantity, count.mul(lotSize).toFixed(), planned.leg));
    }
    elapsedMs += lost * horizonSeconds * 1_000;
  }
}

test('every quantity is a positive number of lots, and no leg ever asks for more than is left of it', () => {
  fc.assert(
    fc.property(runs, (run) => {
      const { legs, orders } = work(run);
      for (const { leg, quantity, lotSize } of legs) {
        let left = exact(quantity);
        for (const order of orders.filter((each) => each.leg === leg)) {
          expect(exact(order.quantity).gt(0)).toBe(true);
          expect(exact(order.quantity).div(lotSize).isInteger()).toBe(true);
          expect(exact(order.quantity).lte(left)).toBe(true);
          left = left.minus(order.filled_quantity);
        }
      }
    }),
    { numRuns: 80 },
  );
});

test('slices follow each other, and the last asks for all that is left: filled whole, they add up to the leg', () => {
  fc.assert(
    fc.property(runs, (run) => {
      const { legs, orders } = work({ ...run, turns: run.turns.map(({ lost }) => ({ filled: 1, lost })) });
      for (const { leg, quantity } of legs) {
        const own = orders.filter((each) => each.leg === leg);
        expect(own.map(({ slice }) => slice)).toEqual(
          [...new Set(own.map(({ slice }) => slice))].sort((a, b) => a - b),
        );
        expect(own.reduce((sum, order) => sum.plus(order.filled_quantity), exact(0)).toFixed()).toBe(quantity);
      }
    }),
    { numRuns: 80 },
  );
});
