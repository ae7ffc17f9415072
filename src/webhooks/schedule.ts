const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Wait after the first attempt, the second and so on (Standard Webhooks 1.0, "Deliverability and reliability"). */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
export const MAX_ATTEMPTS = RETRY_DELAYS_MS.length + 1;

/** A receiver that is overwhelmed is left alone for at least so long. */
export const OVERLOAD_FLOOR_MS = MINUTE;
const OVERLOADED: readonly number[] = [429, 502, 504];

const JITTER = 0.2;

/** Failing for so long, without one success, disables an endpoint. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR;
/**
 * Longer than the longest wait between two attempts at one delivery (24 h, +20 % jitter, doubled by Retry-After). An
 * endpoint that was not called for so long was idle, not failing.
 */
export const IDLE_AFTER_MS = 60 * HOUR;

/** How one attempt ended: an answer, or an error in its place. */
export interface AttemptOutcome {
  statusCode: number | null;
  error: string | null;
  response: string | null;
  timedOut: boolean;
  /** Seconds. */
  retryAfter?: number | undefined;
}

export function isSuccess(outcome: AttemptOutcome): boolean {
  return outcome.statusCode !== null && outcome.statusCode >= 200 && outcome.statusCode < 300;
}

/**
 * How long to wait after the failed attempt with this number, or undefined when it was the last. `random` is in [0, 1).
 * With d the wait by the schedule, ±20 %, a Retry-After is honoured between d and 2d: sooner would hurry the schedule,
 * later would let a receiver park its deliveries for ever.
 */
export function retryDelayMs(attempt: number, outcome: AttemptOutcome, random: number): number | undefined {
  const base = RETRY_DELAYS_MS[attempt - 1];
  if (base === undefined) return undefined;
  const jittered = base * (1 - JITTER + 2 * JITTER * random);
  const overloaded = outcome.timedOut || OVERLOADED.includes(outcome.statusCode ?? 0);
  const wait = Math.round(overloaded ? Math.max(jittered, OVERLOAD_FLOOR_MS) : jittered);
  if (outcome.retryAfter === undefined) return wait;
  return Math.min(Math.max(outcome.retryAfter * SECOND, wait), 2 * wait);
}
