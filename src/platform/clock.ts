/** Time as the service sees it. Everything outside this folder is handed a clock, so that any flow can be replayed. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only ever grow; for durations. */
  monotonic(): number;
  /** Resolves after `ms`, or early when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Clocks that differ by more are not trusted: what is dated later than that has not come yet. */
export const MOST_SKEW_MS = 60_000;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (ms <= 0 || signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
    });
  },
};

/** A clock that stands at one instant until it is moved; sleeping takes no time. For tests and replays. */
export function fixedClock(at: string | Date): Clock & { set(at: string | Date): void } {
  let now = new Date(at);
  return {
    now: () => new Date(now),
    monotonic: () => now.getTime(),
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
    set: (next) => void (now = new Date(next)),
  };
}
