import type { MarketSnapshotInput } from '../model.ts';

/** One snapshot of a source. */
export interface Observation {
  snapshot: MarketSnapshotInput;
  /** Instruments that could not be used. */
  leftOut: number;
  /** Milliseconds until the one after is due; undefined where this is the last. */
  waitMs: number | undefined;
}

/** Where the snapshots of one feed come from. It is asked again only when its last answer was written down, or it had failed. */
export interface FeedSource {
  /**
   * The first snapshot there is after the instant `after`, whole; undefined where there will be none any more.
   *
   * @throws VenueError there is none now, or not all of it
   */
  next(after: Date | undefined, signal: AbortSignal): Promise<Observation | undefined>;
  close(): Promise<void>;
}
