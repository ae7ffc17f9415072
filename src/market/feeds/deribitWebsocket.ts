import type { Clock } from '../../platform/clock.ts';
import { importDeribit } from '../deribit.ts';
import { VenueError } from '../ports.ts';
import { followDeribit, type DeribitStream, type StreamDeps } from './deribitStream.ts';
import type { DeribitFeedInput } from './model.ts';
import type { FeedSource } from './ports.ts';

/** Streams by currency; the feeds of a process share them, and a stream ends with the last that follows it. */
export interface DeribitStreams {
  follow(currency: string): { stream: DeribitStream; leave(): Promise<void> };
}

export function openDeribitStreams(deps: StreamDeps): DeribitStreams {
  const open = new Map<string, { stream: DeribitStream; followers: number }>();
  return {
    follow(currency) {
      const entry = open.get(currency) ?? { stream: followDeribit(currency, deps), followers: 0 };
      open.set(currency, entry);
      entry.followers += 1;
      return {
        stream: entry.stream,
        async leave() {
          entry.followers -= 1;
          if (entry.followers > 0) return;
          open.delete(currency);
          await entry.stream.close();
        },
      };
    },
  };
}

/** A connection that has just begun, or was lost a moment ago, gets as long as there is between two snapshots, within these bounds. */
const PATIENCE_MS = { least: 2_000, most: 10_000 };
const LOOK_MS = 50;

/** Gathers the latest tickers, each with the instant it came from. */
export function deribitWebsocket(
  streams: DeribitStreams,
  { currencies, everySeconds }: DeribitFeedInput,
  clock: Clock,
): FeedSource {
  const followed = currencies.map(streams.follow);
  const waitMs = everySeconds * 1_000;
  const patienceMs = Math.min(Math.max(waitMs, PATIENCE_MS.least), PATIENCE_MS.most);

  const gather = () => {
    const answers = followed.map(({ stream }) => stream.answers());
    return importDeribit({
      summaries: answers.flatMap(({ summaries }) => summaries),
      instruments: answers.flatMap(({ instruments }) => instruments),
      tickers: answers.flatMap(({ tickers = [] }) => tickers),
    });
  };

  return {
    async next(_after, signal) {
      const deadline = clock.monotonic() + patienceMs;
      for (;;) {
        try {
          const { snapshot, skipped } = gather();
          return { snapshot, leftOut: skipped.length, waitMs };
        } catch (error) {
          if (!(error instanceof VenueError) || signal.aborted || clock.monotonic() >= deadline) throw error;
        }
        await clock.sleep(LOOK_MS, signal);
      }
    },
    close: async () => void (await Promise.all(followed.map(({ leave }) => leave()))),
  };
}
