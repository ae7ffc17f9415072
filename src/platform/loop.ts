import type { Clock } from './clock.ts';

export interface Loop {
  /** Look now instead of at the next tick. */
  kick(): void;
  /** Ends after the step in hand. */
  stop(): Promise<void>;
}

/**
 * Runs `step` for ever: again at once while it answers true (there is more), else after `everyMs` or a kick. An error is
 * reported and the loop goes on.
 */
export function startLoop(
  clock: Clock,
  everyMs: number,
  step: () => Promise<boolean>,
  onError: (error: unknown) => void,
): Loop {
  const stopping = new AbortController();
  let idle = new AbortController();
  let kicked = false;
  const kick = () => {
    kicked = true;
    idle.abort();
  };
  const turn = async (): Promise<boolean> => {
    try {
      return await step();
    } catch (error) {
      onError(error);
      return false;
    }
  };
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      kicked = false;
      if (await turn()) continue;
      if (kicked || stopping.signal.aborted) continue;
      idle = new AbortController();
      await clock.sleep(everyMs, idle.signal);
    }
  })();
  return {
    kick,
    async stop() {
      stopping.abort();
      idle.abort();
      await ended;
    },
  };
}
