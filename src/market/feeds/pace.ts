import type { Clock } from '../../platform/clock.ts';

/** Lets callers through no faster than a venue allows, in the order in which they came. */
export interface Pace {
  turn(): Promise<void>;
  /** Lets nobody through for so long. */
  pause(ms: number): void;
}

/** `burst` calls at once, and `perSecond` of them from then on: a bucket that is refilled as time passes. */
export function createPace(clock: Clock, perSecond: number, burst: number): Pace {
  const gapMs = 1_000 / perSecond;
  /** When the bucket would be full, were nobody to come any more. */
  let fullAt = -Infinity;
  return {
    async turn() {
      const now = clock.monotonic();
      fullAt = Math.max(fullAt, now) + gapMs;
      const until = fullAt - burst * gapMs;
      if (until > now) await clock.sleep(until - now);
    },
    pause(ms) {
      fullAt = Math.max(fullAt, clock.monotonic() + ms + (burst - 1) * gapMs);
    },
  };
}
