import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fill } from '../../../src/execution/model.ts';
import { progressOf, type Progress, type WorkedOrder } from '../../../src/execution/orderProgress.ts';
import { canMove, isSettled, type OrderStatus } from '../../../src/execution/orderState.ts';
import type { OrderReport } from '../../../src/execution/ports.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { fill, report } from '../../unit/execution/orders.ts';

// Venues tell what they like, in any order, any number of times. The order must bear it.

const QUANTITY = '100';

const fills: fc.Arbitrary<Fill> = fc
  .record({ trade: fc.integer({ min: 1, max: 8 }), price: fc.integer({ min: 1, max: 1_000 }) })
  // A trade has one quantity, whenever it is told.
  .map(({ trade, price }) => fill(`t${trade}`, String(trade * 4), String(price)));

const reports: fc.Arbitrary<OrderReport> = fc
  .record({
    status: fc.constantFrom<OrderReport['status']>(
      'accepted',
      'rejected',
      'partially_filled',
      'filled',
      'canceled',
      'expired',
    ),
    fills: fc.array(fills, { maxLength: 6 }),
  })
  .map(({ status, fills: told }) => report(status, told));

interface Run {
  order: WorkedOrder;
  log: { from: OrderStatus; to: OrderStatus }[];
  last: Progress | undefined;
}

/** The order as the service keeps it: fills added, moves logged. */
function tell({ order, log }: Run, told: OrderReport): Run {
  const progress = progressOf(order, told);
  const path = [order.status, ...progress.moves];
  const moves = progress.moves.map((to, i) => ({ from: path[i]!, to }));
  return {
    order: { ...order, status: path.at(-1)!, fills: [...order.fills, ...progress.added] },
    log: [...log, ...moves],
    last: progress,
  };
}

const start: Run = {
  order: { status: 'submitted', quantity: QUANTITY, inverse: false, fills: [] },
  log: [],
  last: undefined,
};

const always = (check: (run: Run, before: Run, told: OrderReport) => void) =>
  fc.assert(
    fc.property(fc.array(reports, { minLength: 1, maxLength: 12 }), (stream) => {
      stream.reduce((before, told) => {
        const run = tell(before, told);
        check(run, before, told);
        return run;
      }, start);
    }),
    { numRuns: 300 },
  );

it('makes legal moves only', () =>
  always(({ log }) => {
    for (const { from, to } of log) expect(canMove(from, to), `${from} → ${to}`).toBe(true);
  }));

it('is where replaying its moves leads', () =>
  always(({ order, log }) => {
    let status: OrderStatus = 'submitted';
    for (const { from, to } of log) {
      expect(from).toBe(status);
      status = to;
    }
    expect(order.status).toBe(status);
  }));

it('counts each trade once, and what is filled is the sum of its fills', () =>
  always(({ order, last }) => {
    expect(new Set(order.fills.map(({ tradeId }) => tradeId)).size).toBe(order.fills.length);
    const total = order.fills.reduce((sum, { quantity }) => sum.plus(quantity), exact(0));
    expect(last!.filled).toBe(total.toFixed());
  }));

it('loses no fill that was ever told', () =>
  always(({ order }, before, told) => {
    const known = new Set(order.fills.map(({ tradeId }) => tradeId));
    for (const { tradeId } of [...before.order.fills, ...told.fills]) expect(known.has(tradeId)).toBe(true);
  }));

it('says when more was filled than was asked for, and only then', () =>
  always(({ last }) => {
    expect(last!.overfilled).toBe(Number(last!.filled) > Number(QUANTITY));
    expect(/^Overfilled/.test(last!.reason ?? '')).toBe(last!.overfilled);
  }));

it('is filled only where its fills make up the quantity', () =>
  always(({ order, last }) => {
    if (order.status === 'filled') expect(Number(last!.filled)).toBeGreaterThanOrEqual(Number(QUANTITY));
  }));

it('once it has traded it is never rejected, and without a trade it is never partially filled', () =>
  always(({ order }, before) => {
    if (before.order.fills.length > 0 && before.order.status !== 'rejected') expect(order.status).not.toBe('rejected');
    if (order.fills.length === 0) expect(order.status).not.toBe('partially_filled');
  }));

it('stays at its end unless a fill comes late', () =>
  always(({ order, last }, before) => {
    if (isSettled(before.order.status) && last!.added.length === 0) expect(order.status).toBe(before.order.status);
    if (before.order.status === 'filled' || before.order.status === 'rejected')
      expect(order.status).toBe(before.order.status);
  }));

it('is not changed by a report told again', () =>
  always((run, _before, told) => {
    const again = progressOf(run.order, told);
    expect(again.added).toEqual([]);
    expect(isSettled(run.order.status) ? again.moves : []).toEqual([]);
  }));

describe('the average price', () => {
  it('lies between the cheapest and the dearest fill', () =>
    always(({ order, last }) => {
      const prices = order.fills.map(({ price }) => Number(price));
      if (prices.length === 0) return expect(last!.averagePrice).toBeNull();
      expect(Number(last!.averagePrice)).toBeGreaterThanOrEqual(Math.min(...prices) - 1e-9);
      expect(Number(last!.averagePrice)).toBeLessThanOrEqual(Math.max(...prices) + 1e-9);
    }));

  it('of an inverse contract is never above that of a linear one', () =>
    always(({ order }, before, told) => {
      const inverse = progressOf({ ...before.order, inverse: true }, told).averagePrice;
      const linear = progressOf(before.order, told).averagePrice;
      expect(inverse === null).toBe(order.fills.length === 0);
      if (inverse && linear) expect(Number(inverse)).toBeLessThanOrEqual(Number(linear) + 1e-9);
    }));
});
