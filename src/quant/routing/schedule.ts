import { philox } from '../kernel/randomPaths.ts';
import { sinhRatio } from './almgrenChriss.ts';

/**
 * How what is left falls over time: evenly, or as x(t) ∝ sinh((T − t)/h) with the half-life h = 1/κ of Almgren & Chriss 2000 §2.2, which
 * trades most at first.
 */
export type Shape = { readonly type: 'twap' } | { readonly type: 'almgren_chriss'; readonly halfLifeMs: number };

export interface Participation {
  /** Of the market's volume, 0 < rate <= 1. */
  readonly rate: number;
  /** What the market is expected to trade in each slice, in units of the order; as many as slices. */
  readonly volumes: readonly number[];
}

/** Moves each slice later within its own time, so that nobody can wait for it; the same seed moves it the same. */
export interface Jitter {
  /** Of a slice's time, 0 … 1. */
  readonly share: number;
  /** Any whole number of 32 bits. */
  readonly seed: number;
}

export interface ScheduleRequest {
  /** In the smallest unit or lot that can be traded, > 0. */
  readonly quantity: bigint;
  readonly horizonMs: number;
  /** How many at most; one whose quantity comes to 0 is left out. */
  readonly slices: number;
  readonly shape: Shape;
  readonly participation?: Participation;
  readonly jitter?: Jitter;
}

export interface Slice {
  /** From the start, whole; ascending. */
  readonly offsetMs: number;
  readonly quantity: bigint;
}

export interface Schedule {
  readonly slices: readonly Slice[];
  /** What the participation leaves no room for. */
  readonly unscheduled: bigint;
}

/** 2^53: parts of a quantity that a binary float tells apart. */
const PARTS = 2 ** 53;

/**
 * Slices of an order in time, whose quantities and what is unscheduled add up to the order exactly.
 *
 * @throws RangeError a parameter out of its range
 */
export function schedule(request: ScheduleRequest): Schedule {
  check(request);
  const { quantity, horizonMs, slices: count, shape, participation, jitter } = request;
  const slot = horizonMs / count;
  const slices: Slice[] = [];
  let done = 0n;
  for (let j = 0; j < count; j++) {
    const due = partOf(quantity, 1 - leftAt((j + 1) / count, horizonMs, shape)) - done;
    const most = participation && BigInt(Math.floor(participation.rate * participation.volumes[j]!));
    // What one slice has no room for falls to the next.
    const taken = most !== undefined && most < due ? most : due;
    if (taken <= 0n) continue;
    done += taken;
    const wait = jitter ? jitter.share * uniformAt(jitter.seed, j) : 0;
    slices.push({ offsetMs: Math.floor((j + wait) * slot), quantity: taken });
  }
  return { slices, unscheduled: quantity - done };
}

/**
 * The schedule anew for what is left of an order, from `elapsedMs` on: an Almgren–Chriss trajectory goes on as it would have (its optimum
 * is consistent in time) if all went as planned, and otherwise makes up for it. Offsets still count from the first start.
 *
 * @param remaining of the quantity, > 0; @param elapsedMs 0 <= elapsedMs < horizonMs, of which the slices gone by are not repeated
 */
export function reschedule(request: ScheduleRequest, remaining: bigint, elapsedMs: number): Schedule {
  const gone = Math.ceil((elapsedMs / request.horizonMs) * request.slices - 1e-9);
  if (!(elapsedMs >= 0 && gone < request.slices)) throw new RangeError('no slice is left');
  const start = (gone * request.horizonMs) / request.slices;
  const { participation, jitter } = request;
  const { slices, unscheduled } = schedule({
    ...{ ...request, quantity: remaining, horizonMs: request.horizonMs - start, slices: request.slices - gone },
    ...(participation ? { participation: { ...participation, volumes: participation.volumes.slice(gone) } } : {}),
    ...(jitter ? { jitter: { ...jitter, seed: (jitter.seed + gone) | 0 } } : {}),
  });
  return { slices: slices.map((slice) => ({ ...slice, offsetMs: Math.floor(start + slice.offsetMs) })), unscheduled };
}

function check({ quantity, horizonMs, slices, shape, participation, jitter }: ScheduleRequest): void {
  const faults: [boolean, string][] = [
    [quantity > 0n, 'quantity'],
    [horizonMs > 0 && Number.isFinite(horizonMs), 'horizonMs'],
    [Number.isInteger(slices) && slices > 0, 'slices'],
    [shape.type === 'twap' || shape.halfLifeMs > 0, 'halfLifeMs'],
    [!jitter || (jitter.share >= 0 && jitter.share <= 1 && Number.isInteger(jitter.seed)), 'jitter'],
    [!participation || (participation.rate > 0 && participation.rate <= 1), 'rate'],
    [!participation || participation.volumes.length === slices, 'volumes'],
    [!participation || participation.volumes.every((volume) => volume >= 0 && Number.isFinite(volume)), 'volumes'],
  ];
  const fault = faults.find(([isGood]) => !isGood);
  if (fault) throw new RangeError(`${fault[1]} is out of range`);
}

/** Share of the order that is still held once `gone` of the time has passed. */
function leftAt(gone: number, horizonMs: number, shape: Shape): number {
  if (gone >= 1) return 0;
  if (shape.type === 'twap' || shape.halfLifeMs === Infinity) return 1 - gone;
  const whole = horizonMs / shape.halfLifeMs;
  return sinhRatio((1 - gone) * whole, whole);
}

function partOf(quantity: bigint, share: number): bigint {
  return (quantity * BigInt(Math.round(share * PARTS)) + BigInt(PARTS / 2)) / BigInt(PARTS);
}

/** In [0, 1). */
function uniformAt(seed: number, place: number): number {
  const counter = Uint32Array.of(place, 0, 0, 0);
  philox(counter, seed | 0, 0);
  return counter[0]! / 2 ** 32;
}
