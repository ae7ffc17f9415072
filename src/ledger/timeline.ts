import type { MarketMark } from '../market/service.ts';

export interface VersionMark {
  readonly version: number;
  readonly asOf: Date;
  readonly cause: 'created' | 'replaced' | 'changed' | 'filled' | 'expired';
}

/** A snapshot that the book is marked at, what is held after it, and the versions that were made at it. */
export interface Stop {
  readonly mark: MarketMark;
  /** Held from here on; undefined before the first version. */
  readonly held: number | undefined;
  /** Versions that took effect here, in their order: their trades are booked at this mark. */
  readonly made: readonly VersionMark[];
}

/**
 * Where a book is marked. A version takes effect at the last mark up to its asOf, or at the first mark where there is none; those up to
 * the asOf of the first mark are the opening book, or trades like all others from the inception of the portfolio. Marked are both ends, wherever a version takes effect, and, up to `most`, evenly
 * chosen others.
 *
 * @param marks in the order of time, at least one
 * @param expiries of what is held at any time: marked on both sides of each, so that it settles at the nearest price there is
 */
export function timeline(
  marks: readonly MarketMark[],
  given: readonly VersionMark[],
  most: number,
  fromInception: boolean,
  expiries: readonly Date[] = [],
): Stop[] {
  const [first, last] = [marks[0]!, marks.at(-1)!];
  const versions = inOrder(given);
  const opening = fromInception ? undefined : versions.filter(({ asOf }) => asOf <= first.asOf).at(-1);
  const later = versions.filter(({ asOf, version }) => asOf <= last.asOf && version > (opening?.version ?? 0));
  const effective = later.map((version) => ({ version, at: lastUpTo(marks, version.asOf) }));
  const settled = expiries
    .filter((expiry) => expiry > first.asOf && expiry <= last.asOf)
    .flatMap((expiry) => [lastUpTo(marks, expiry), Math.min(lastUpTo(marks, expiry) + 1, marks.length - 1)]);
  const places = [...effective.map(({ at }) => at), ...settled, ...evenly(marks.length, most)];
  const chosen = new Set([0, marks.length - 1, ...places]);
  let held = opening?.version;
  return [...chosen]
    .sort((a, b) => a - b)
    .map((index) => {
      const made = effective.filter(({ at }) => at === index).map(({ version }) => version);
      held = made.at(-1)?.version ?? held;
      return { mark: marks[index]!, held, made };
    });
}

/** Clients state books as of any instant, and fills are as of their market: a version counts from no earlier than the one before it. */
function inOrder(versions: readonly VersionMark[]): VersionMark[] {
  let latest = -Infinity;
  return versions.map((version) => {
    latest = Math.max(latest, version.asOf.getTime());
    return { ...version, asOf: new Date(latest) };
  });
}

/** By bisection; 0 where there is none. */
function lastUpTo(marks: readonly MarketMark[], at: Date): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle]!.asOf > at) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low - 1);
}

function evenly(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / Math.max(count - 1, 1)));
}
