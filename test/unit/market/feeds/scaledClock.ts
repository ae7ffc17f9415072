import { systemClock, type Clock } from '../../../../src/platform/clock.ts';

/** A clock on which time passes so many times faster. */
export function scaledClock(times: number): Clock {
  return {
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
