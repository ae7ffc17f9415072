import type { Clock } from './clock.ts';

export interface Loop {
  /** Look now instead of at the next tick. */
  kick(): void;
  /** Ends after the step in hand. */
  stop(): Promise<void>;
}

/** Kicks that come faster than this are answered together, but for one that follows a lone one. */
const LEAST_GAP_MS = 15;

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
    idle.abort('kicked');
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
    let before = -Infinity;
    while (!stopping.signal.aborted) {
      const answersKick = kicked;
      kicked = false;
      const began = clock.monotonic();
      if (await turn()) continue;
      idle = new AbortController();
      if (!kicked && !stopping.signal.aborted) await clock.sleep(everyMs, idle.signal);
      if (!answersKick) continue;
      await clock.sleep(LEAST_GAP_MS - (clock.monotonic() - before), stopping.signal);
      before = began;
    }
  })();
  return {
    kick,
    async stop() {
      stopping.abort('stopped');
      idle.abort('stopped');
      await ended;
    },
  };
}
