import { expect, test } from 'vitest';
import { offsetsOf, partOf, progressOf, slicesAhead, slicesOf, validUntil } from '../../../src/execution/schedule.ts';
import { plannedOrder } from './orders.ts';
import { ended, scheduled, START } from './slices.ts';

const leg = (quantity: string, rest = {}) => plannedOrder({ quantity, lotSize: '0.1', ...rest });
const quantities = (slices: ReturnType<typeof slicesAhead>) =>
  slices.map(({ slice, legs }) => [slice, ...legs.map(({ quantity }) => quantity)]);

test('a twap trades as much in each slice, and rounds to lots without losing any', () => {
  const ahead = (quantity: string) => quantities(slicesAhead(scheduled(), [leg(quantity)], [], -Infinity));
  expect(ahead('2')).toEqual([
    [0, '0.5'],
    [1, '0.5'],
    [2, '0.5'],
    [3, '0.5'],
  ]);
  expect(ahead('1.1')).toEqual([
    [0, '0.3'],
    [1, '0.3'],
    [2, '0.2'],
    [3, '0.3'],
  ]);
});

test('what a slice left unfilled falls to those after it', () => {
  const ahead = slicesAhead(scheduled(), [leg('2')], [ended(0, '0.5', '0.2')], 5_000);
  expect(quantities(ahead)).toEqual([
    [1, '0.6'],
    [2, '0.6'],
    [3, '0.6'],
  ]);
});

test('slices whose time has gone by are made up for, and none is repeated', () => {
  const ahead = (elapsedMs: number) => quantities(slicesAhead(scheduled(), [leg('2')], [ended(0, '0.5')], elapsedMs));
  expect(ahead(9_999)).toEqual([
    [1, '0.5'],
    [2, '0.5'],
    [3, '0.5'],
  ]);
  expect(ahead(10_000)).toEqual([
    [1, '0.5'],
    [2, '0.5'],
    [3, '0.5'],
  ]);
  expect(ahead(20_000)).toEqual([
    [2, '0.8'],
    [3, '0.7'],
  ]);
  expect(ahead(90_000)).toEqual([[3, '1.5']]);
});

test('a slice that may no longer be sent is left to the next one, but for the last', () => {
  const execution = scheduled();
  execution.request.validForSeconds = 5;
  const next = (elapsedMs: number) => slicesAhead(execution, [leg('2')], [ended(0, '0.5')], elapsedMs)[0];
  expect(next(15_000)).toMatchObject({ slice: 1, offsetMs: 10_000 });
  expect(next(15_001)).toMatchObject({ slice: 2, offsetMs: 20_000 });
  expect(next(90_000)).toMatchObject({ slice: 3, offsetMs: 30_000 });
});

test('an order that is still at work counts as traded', () => {
  const working = { ...ended(0, '0.5', '0'), status: 'accepted' as const };
  expect(quantities(slicesAhead(scheduled(), [leg('2')], [working], 0))[0]).toEqual([1, '0.5']);
});

test('nothing is left once the leg has traded, or once its last slice has', () => {
  expect(slicesAhead(scheduled(), [leg('2')], [ended(2, '2')], 0)).toEqual([]);
  expect(slicesAhead(scheduled(), [leg('2')], [ended(3, '2', '1')], 0)).toEqual([]);
  expect(slicesAhead(scheduled(), [leg('2')], [ended(0, '0.5', '2.1')], 0)).toEqual([]);
});

test('a leg of few lots comes to the turn of its slices, however often the others are planned anew', () => {
  const legs = [leg('2'), leg('0.1', { leg: 1 })];
  const traded = [ended(0, '0.5')];
  const turns = [0, 1, 2, 3].map((slice) => {
    if (slice > 0) traded.push(ended(slice, '0.5'));
    const [next] = slicesAhead(scheduled(), legs, traded.slice(0, slice), slice * 10_000);
    return next!.legs.length;
  });
  expect(turns).toEqual([1, 2, 2, 2]); // due in slice 1, and in every later one as it is not sent here
});

test('an Almgren–Chriss schedule trades most at first', () => {
  const execution = scheduled({ kind: 'almgren_chriss', halfLifeSeconds: 10 });
  const ahead = slicesAhead(execution, [leg('100')], [], -Infinity).map(({ legs }) => Number(legs[0]!.quantity));
  // x(t) = sinh((40 − t)/10)/sinh(4)
  const held = (t: number) => Math.sinh((40 - t) / 10) / Math.sinh(4);
  for (const [i, quantity] of ahead.entries())
    expect(quantity).toBeCloseTo(100 * (held(10 * i) - held(10 * (i + 1))), 0);
});

test('the cap on the participation leaves unsent what the market has no room for', () => {
  // 8,640 a day are 1 in the 10 s of a slice, of which a quarter is 2 lots.
  const cap = { participationCap: 0.25, dailyVolumes: [{ symbol: 'spot:BTC/USD', quantity: '8640' }] };
  expect(quantities(slicesAhead(scheduled(cap), [leg('2')], [], -Infinity))).toEqual([
    [0, '0.2'],
    [1, '0.2'],
    [2, '0.2'],
    [3, '0.2'],
  ]);
});

test('jitter moves each slice within its own time, by the id of the execution alone', () => {
  const execution = scheduled({ jitter: 1 });
  const offsets = offsetsOf(execution);
  expect(offsets).toEqual(offsetsOf(scheduled({ jitter: 1 })));
  expect(offsets).not.toEqual(offsetsOf({ ...execution, id: '0199c2a4-7c11-7d3e-8a55-000000000002' }));
  for (const [i, offset] of offsets.entries()) expect(Math.floor(offset / 10_000)).toBe(i);
  expect(new Set(offsets.map((offset) => offset % 10_000)).size).toBe(4);
  expect(offsetsOf(scheduled())).toEqual([0, 10_000, 20_000, 30_000]);
});

test('a slice may be sent for as long as was asked, from when it was due; time begins with the approval', () => {
  expect(validUntil(scheduled(), 2).toISOString()).toBe('2030-11-01T08:01:20.000Z');
  const approved = scheduled({}, { mode: 'approve', approved_at: '2030-11-01T09:00:00.000Z' });
  expect(validUntil(approved, 0).toISOString()).toBe('2030-11-01T09:01:00.000Z');
});

test('a part has the limit of the whole, and its share of delta and costs', () => {
  const planned = plannedOrder();
  expect(partOf(planned, '0.5')).toEqual({
    ...planned,
    ...{ quantity: '0.5', delta: 0.5 },
    estimatedCost: { currency: 'USD', fee: '25', spread: '5', impact: '7.5', fixed: '0', total: '37.5' },
  });
});

test('what it shows are the slices sent, and those to come; none to come once it has ended', () => {
  const view = { ...scheduled(), status: 'waiting' as const, legs: [leg('2')] };
  const orders = [ended(0, '0.5', '0.2')];
  expect(slicesOf(view, orders)).toMatchObject([
    { slice: 0, at: START, sent: true, legs: [{ leg: 0, quantity: '0.5', filledQuantity: '0.2' }] },
    { slice: 1, at: '2030-11-01T08:00:10.000Z', sent: false, legs: [{ quantity: '0.6', filledQuantity: '0' }] },
    { slice: 2, sent: false },
    { slice: 3, sent: false },
  ]);
  expect(slicesOf({ ...view, status: 'succeeded' }, orders)).toHaveLength(1);
  expect(slicesOf({ ...view, legs: null }, orders)).toBeNull();
  const undecided = slicesOf({ ...view, mode: 'approve' }, []);
  expect(undecided!.map(({ at }) => at)).toEqual([null, null, null, null]);
});

test('progress is by quantity, every leg alike', () => {
  const legs = [leg('2'), leg('1', { leg: 1 })];
  expect(progressOf(legs, [ended(0, '0.5'), ended(0, '0.5', '0.5', 1), ended(1, '0.5', '0.1')])).toBeCloseTo(0.4, 12);
});
