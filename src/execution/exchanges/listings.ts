import type { Clock } from '../../platform/clock.ts';
import type { Listing } from './dialect.ts';

const GOOD_FOR_MS = 10 * 60_000;
/** Venues that list one instrument at a time answer for as many as are asked for; none lists more. */
const MAX_ANSWERS = 5_000;

/**
 * What the venue lists, remembered for ten minutes; also that it does not list an instrument, so that orders in one that
 * does not exist do not use up the rate limit. An answer that fails is not remembered.
 */
export function createListings(clock: Clock, all: boolean, ask: (name: string) => Promise<Listing[]>) {
  const answers = new Map<string, { at: number; listings: Promise<ReadonlyMap<string, Listing>> }>();

  return async (name: string): Promise<Listing | undefined> => {
    const key = all ? '*' : name;
    let answer = answers.get(key);
    if (!answer || clock.monotonic() - answer.at > GOOD_FOR_MS) {
      const listings = ask(name).then((found) => new Map(found.map((listing) => [listing.name, listing])));
      answer = { at: clock.monotonic(), listings };
      if (answers.size >= MAX_ANSWERS) answers.clear();
      answers.set(key, answer);
      listings.catch(() => answers.delete(key));
    }
    return (await answer.listings).get(name);
  };
}
