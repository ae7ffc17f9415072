import type { Clock } from '../../platform/clock.ts';

/** Does the work with a signal that aborts once it has taken so long; the work has to heed it. */
export async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => done.signal.aborted || late.abort());
  try {
    return await work(late.signal);
  } finally {
    done.abort();
  }
}
