import { expect, test } from 'vitest';
import { isCrossing, offsetsOf, slicesAhead, slicesOf, validUntil } from '../../../src/execution/schedule.ts';
import { plannedOrder } from './orders.ts';
import { ended, scheduled, START } from './slices.ts';

const NETTING = { windowSeconds: 3 };
const leg = plannedOrder({ quantity: '2', lotSize: '0.1' });
const at = (ms: number) => new Date(Date.parse(START) + ms);

/** With a schedule of four slices of ten seconds, or without one. */
function netted(withSchedule: boolean, rest = {}) {
  const execution = scheduled({}, rest);
  const { schedule, ...request } = execution.request;
  return { ...execution, request: { ...request, netting: NETTING, ...(withSchedule && { schedule }) } };
}

const quantities = (slices: ReturnType<typeof slicesAhead>) =>
  slices.map(({ slice, offsetMs, legs }) => [slice, offsetMs, ...legs.map(({ quantity }) => quantity)]);

test('the first slice is the whole leg, and the rest comes when its window has closed', () => {
  expect(quantities(slicesAhead(netted(false), [leg], [], 0))).toEqual([
    [0, 0, '2'],
    [1, 3_000, '2'],
  ]);
  expect(quantities(slicesAhead(netted(false), [leg], [ended(0, '2', '0.7')], 3_000))).toEqual([[1, 3_000, '1.3']]);
  expect(slicesAhead(netted(false), [leg], [ended(0, '2')], 3_000)).toEqual([]);
  expect(slicesAhead(netted(false), [leg], [ended(0, '2', '0.7'), ended(1, '1.3', '1')], 3_100)).toEqual([]);
});

test("a schedule's time begins after it, and its slices are planned from what was not crossed", () => {
  expect(offsetsOf(netted(true))).toEqual([0, 3_000, 13_000, 23_000, 33_000]);
  const ahead = (orders: ReturnType<typeof ended>[], elapsedMs: number) =>
    quantities(slicesAhead(netted(true), [leg], orders, elapsedMs));
  expect(ahead([ended(0, '2', '0.4')], 3_000)).toEqual([
    [1, 3_000, '0.4'],
    [2, 13_000, '0.4'],
    [3, 23_000, '0.4'],
    [4, 33_000, '0.4'],
  ]);
  expect(ahead([ended(0, '2', '0.4'), ended(1, '0.4')], 13_000).map(([slice]) => slice)).toEqual([2, 3, 4]);
  expect(ahead([ended(0, '2', '0.4')], 24_000)).toEqual([
    [3, 23_000, '0.8'],
    [4, 33_000, '0.8'],
  ]);
});

test('while its order is open nothing else is planned', () => {
  const open = { ...ended(0, '2', '0'), status: 'accepted' as const };
  expect(slicesAhead(netted(true), [leg], [open], 3_000)).toEqual([]);
});

test('one that begins late is not left out, unless it may no longer be sent', () => {
  expect(slicesAhead(netted(true), [leg], [], 60_000)[0]).toMatchObject({ slice: 0 });
  expect(slicesAhead(netted(true), [leg], [], 60_001)[0]).toMatchObject({ slice: 4 });
});

test('each slice has its own time to be sent in', () => {
  expect(validUntil(netted(true), 0)).toEqual(at(60_000));
  expect(validUntil(netted(true), 1)).toEqual(at(63_000));
  expect(validUntil(netted(false), 1)).toEqual(at(63_000));
});

test('a rehearsal crosses nothing: what goes to the venue is what is judged', () => {
  const rehearsal = netted(true, { mode: 'dry_run' });
  expect([isCrossing(netted(true), 0), isCrossing(netted(true), 1), isCrossing(rehearsal, 0)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(offsetsOf(rehearsal)).toEqual([0, 10_000, 20_000, 30_000]);
  expect(quantities(slicesAhead(netted(false, { mode: 'dry_run' }), [leg], [], 0))).toEqual([[0, 0, '2']]);
});

test('an execution shows its crossing as the first slice', () => {
  const execution = { ...netted(false), status: 'waiting' as const, legs: [leg] };
  expect(slicesOf(execution, [ended(0, '2', '0.7')])).toEqual([
    { slice: 0, at: START, sent: true, legs: [{ leg: 0, quantity: '2', filledQuantity: '0.7' }] },
    { slice: 1, at: at(3_000).toISOString(), sent: false, legs: [{ leg: 0, quantity: '1.3', filledQuantity: '0' }] },
  ]);
});
