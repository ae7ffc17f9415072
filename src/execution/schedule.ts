import { createHash } from 'node:crypto';
import type { PlannedOrder } from '../hedging/model.ts';
import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import { hasEnded, type OperationStatus } from '../platform/operation.ts';
import { reschedule, schedule, type ScheduleRequest, type Shape } from '../quant/routing/schedule.ts';
import type { NettingInput } from './crossingModel.ts';
import { isSettled, type OrderStatus } from './orderState.ts';
import type { ExecutionSlice, ScheduleInput } from './scheduleModel.ts';

const DAY_MS = 86_400_000;
/** What netting leaves, without a schedule of its own. */
const AT_ONCE: ScheduleInput = { kind: 'twap', horizonSeconds: 1, slices: 1, jitter: 0 };

/** An execution, as far as times are concerned. */
export interface Timed {
  id: string;
  mode: string;
  request: { schedule?: ScheduleInput | undefined; netting?: NettingInput | undefined; validForSeconds: number };
  created_at: string;
  approved_at: string | null;
}

/** An order of a slice. */
export interface SliceOrder {
  leg: number;
  slice: number;
  status: OrderStatus;
  quantity: string;
  filled_quantity: string;
}

/** A slice that has no orders yet. */
export interface Slice {
  slice: number;
  /** From the start. */
  offsetMs: number;
  legs: { planned: PlannedOrder; quantity: string }[];
}

/** When the time of an execution begins, in Unix ms. */
export function startOf({ approved_at, created_at }: Timed): number {
  return Date.parse(approved_at ?? created_at);
}

type Sliced = Pick<Timed, 'id' | 'mode' | 'request'>;

/**
 * How long the crossing takes, in ms, which is the first slice where there is one. A rehearsal has none: what others will offer cannot be
 * told, and what goes to the venue is what is to be judged.
 */
export function windowMsOf({ mode, request }: Pick<Sliced, 'mode' | 'request'>): number | undefined {
  return mode === 'dry_run' || !request.netting ? undefined : request.netting.windowSeconds * 1_000;
}

/** Whether a slice is crossed with other portfolios, instead of being sent to the venue. */
export function isCrossing(execution: Pick<Sliced, 'mode' | 'request'>, slice: number): boolean {
  return slice === 0 && windowMsOf(execution) !== undefined;
}

/**
 * When each slice is due, in ms from the start, ascending. The same of all legs, and whenever it is asked: jitter is drawn from the id of
 * the execution. The schedule's time begins when the crossing's is over.
 */
export function offsetsOf(execution: Sliced): number[] {
  const windowMs = windowMsOf(execution);
  const slots = slotsOf(execution);
  return windowMs === undefined ? slots : [0, ...slots.map((offset) => windowMs + offset)];
}

/** When each slice of the schedule is due, in ms from where its time begins. */
function slotsOf({ id, request }: Pick<Timed, 'id' | 'request'>): number[] {
  const input = request.schedule;
  if (!input) return [0];
  const seed = createHash('sha256').update(id).digest().readInt32BE(0);
  const even: ScheduleRequest = { ...frameOf(input), quantity: BigInt(input.slices), shape: { type: 'twap' } };
  const { slices } = schedule({ ...even, jitter: { share: input.jitter, seed } });
  return slices.map(({ offsetMs }) => offsetMs);
}

/** The last instant at which an order of a slice may be sent. */
export function validUntil(execution: Timed, slice: number): Date {
  const due = startOf(execution) + offsetsOf(execution)[slice]!;
  return new Date(due + execution.request.validForSeconds * 1_000);
}

/**
 * The slices that are still to come, their quantities planned from what is left of each leg. A slice whose time has gone by without it is
 * made up for by those after it; what a cap on the participation leaves no room for is in none.
 *
 * @param elapsedMs since the start; -Infinity to tell what is planned whatever the time
 */
export function slicesAhead(
  execution: Sliced,
  legs: readonly PlannedOrder[],
  orders: readonly SliceOrder[],
  elapsedMs: number,
): Slice[] {
  const { validForSeconds, schedule: input = AT_ONCE } = execution.request;
  const isCrossed = windowMsOf(execution) !== undefined;
  const before = isCrossed ? 1 : 0;
  const offsets = offsetsOf(execution).slice(before);
  const sent = orders.map((order) => ({ ...order, slice: order.slice - before }));
  const first = Math.max(lastOf(sent) + 1, turnAt(offsets, elapsedMs, validForSeconds));
  const plans = legs.map((planned) => {
    const own = sent.filter(({ leg }) => leg === planned.leg);
    return { planned, lots: lotsAhead(input, planned, own, first) };
  });
  const ahead = offsets.flatMap((offsetMs, slot) => {
    const due = plans.flatMap(({ planned, lots }) => {
      const count = lots.get(slot);
      return count ? [{ planned, quantity: decimalText(exact(count.toString()).mul(planned.lotSize)) }] : [];
    });
    return due.length > 0 ? [{ slice: slot + before, offsetMs, legs: due }] : [];
  });
  // A crossing waits for the orders of others, not for its time: one that begins late is not left out while it may still be sent.
  if (!isCrossed || orders.length > 0 || elapsedMs > validForSeconds * 1_000) return ahead;
  return [{ slice: 0, offsetMs: 0, legs: legs.map((planned) => ({ planned, quantity: planned.quantity })) }, ...ahead];
}

/** What the execution shows: the slices that have orders, and those to come while there are any. */
export function slicesOf(
  execution: Timed & { status: OperationStatus; legs: PlannedOrder[] | null },
  orders: readonly SliceOrder[],
): ExecutionSlice[] | null {
  const { legs } = execution;
  if (legs === null) return null;
  const offsets = offsetsOf(execution);
  const isUndecided = execution.mode === 'approve' && execution.approved_at === null;
  const at = (slice: number) => (isUndecided ? null : new Date(startOf(execution) + offsets[slice]!).toISOString());
  const sent = [...new Set(orders.map(({ slice }) => slice))].sort((a, b) => a - b);
  const isOver = hasEnded(execution.status) && execution.mode !== 'dry_run';
  const ahead = isOver ? [] : slicesAhead(execution, legs, orders, -Infinity);
  return [
    ...sent.map((slice) => ({
      ...{ slice, at: at(slice), sent: true },
      legs: orders
        .filter((order) => order.slice === slice)
        .map(({ leg, quantity, filled_quantity: filledQuantity }) => ({ leg, quantity, filledQuantity })),
    })),
    ...ahead.map(({ slice, legs: due }) => ({
      ...{ slice, at: at(slice), sent: false },
      legs: due.map(({ planned: { leg }, quantity }) => ({ leg, quantity, filledQuantity: '0' })),
    })),
  ];
}

/** A part of a leg: its limit is the plan's, and what the plan told of the whole is told of its share. */
export function partOf(planned: PlannedOrder, quantity: string): PlannedOrder {
  const share = exact(quantity).div(planned.quantity);
  const { currency, ...costs } = planned.estimatedCost;
  const parts = Object.entries(costs).map(([name, cost]) => [name, decimalText(share.mul(cost))]);
  return {
    ...planned,
    quantity,
    delta: planned.delta * share.toNumber(),
    estimatedCost: { currency, ...Object.fromEntries(parts) } as PlannedOrder['estimatedCost'],
  };
}

/** Share of the legs that has traded, by quantity, 0 to 1; every leg counts alike. */
export function progressOf(legs: readonly PlannedOrder[], orders: readonly SliceOrder[]): number {
  const shares = legs.map(({ leg, quantity }) =>
    filledOf(orders.filter((order) => order.leg === leg))
      .div(quantity)
      .toNumber(),
  );
  return Math.min(1, shares.reduce((sum, share) => sum + share, 0) / shares.length);
}

export function filledOf(orders: readonly Pick<SliceOrder, 'filled_quantity'>[]): Exact {
  return orders.reduce((sum, { filled_quantity: filled }) => sum.plus(filled), exact(0));
}

/** Whose turn it is: the slice that was due last, or the next one where it is too late for that, and there is one. */
function turnAt(offsets: readonly number[], elapsedMs: number, validForSeconds: number): number {
  const due = offsets.findLastIndex((offset) => offset <= elapsedMs);
  const isLate = due >= 0 && elapsedMs > offsets[due]! + validForSeconds * 1_000;
  return isLate ? Math.min(due + 1, offsets.length - 1) : due;
}

/** Lots of a leg by slice, from `first` on. */
function lotsAhead(
  input: ScheduleInput,
  planned: PlannedOrder,
  orders: readonly SliceOrder[],
  first: number,
): Map<number, bigint> {
  const taken = orders.reduce((sum, order) => {
    return sum.plus(isSettled(order.status) ? order.filled_quantity : order.quantity);
  }, exact(0));
  const left = lotsOf(exact(planned.quantity).minus(taken), planned.lotSize);
  if (left <= 0n || first >= input.slices) return new Map();
  const request: ScheduleRequest = {
    ...{ ...frameOf(input), quantity: lotsOf(exact(planned.quantity), planned.lotSize), shape: shapeOf(input) },
    ...participationOf(input, planned),
  };
  const slotMs = request.horizonMs / request.slices;
  const from = (slice: number) =>
    new Map(
      reschedule(request, left, slice * slotMs).slices.map((each) => [each.offsetMs / slotMs, each.quantity] as const),
    );
  // From its own last slice on, so that lots which come to the turn of a later slice stay there however often the plan is made anew.
  const plan = from(lastOf(orders) + 1);
  return [...plan.keys()].every((slice) => slice >= first) ? plan : from(first);
}

/** Slices have whole milliseconds, so that an offset tells its slice. */
function frameOf({ horizonSeconds, slices }: ScheduleInput): Pick<ScheduleRequest, 'horizonMs' | 'slices'> {
  return { horizonMs: Math.floor((horizonSeconds * 1_000) / slices) * slices, slices };
}

function shapeOf({ halfLifeSeconds }: ScheduleInput): Shape {
  if (halfLifeSeconds === undefined) return { type: 'twap' };
  return { type: 'almgren_chriss', halfLifeMs: halfLifeSeconds * 1_000 };
}

function participationOf(
  input: ScheduleInput,
  { symbol, lotSize }: PlannedOrder,
): Pick<ScheduleRequest, 'participation'> {
  if (input.participationCap === undefined) return {};
  const daily = exact(input.dailyVolumes!.find((volume) => volume.symbol === symbol)!.quantity).div(lotSize);
  const { horizonMs, slices } = frameOf(input);
  const volume = daily.mul(horizonMs / slices / DAY_MS).toNumber();
  return { participation: { rate: input.participationCap, volumes: Array<number>(slices).fill(volume) } };
}

function lotsOf(quantity: Exact, lotSize: string): bigint {
  return BigInt(quantity.div(lotSize).floor().toFixed(0));
}

/** Number of the last slice that has orders; -1 before the first. */
function lastOf(orders: readonly SliceOrder[]): number {
  return Math.max(-1, ...orders.map(({ slice }) => slice));
}
