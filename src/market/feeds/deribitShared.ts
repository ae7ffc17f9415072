import type { Clock } from '../../platform/clock.ts';
import { RateLimitError, type DeribitPublicApi } from '../ports.ts';
import { createPace } from './pace.ts';

// Deribit counts what an address asks, not who is behind it: the feeds of a process share what it answers and how often it is asked.

/** A fifth of what is allowed without a key (20 a second), since processes may share an address. */
const CALLS = { perSecond: 4, burst: 20 };
/** public/get_instruments has a limit of its own: 1 a second. */
const LISTINGS = { perSecond: 0.5, burst: 10 };
/** After a refusal nobody asks for so long. */
const REFUSED_MS = 10_000;
/** Prices are asked for anew after this; lists of instruments change a few times a day. */
const PRICES_GOOD_FOR_MS = 1_000;
const LISTING_GOOD_FOR_MS = 60_000;

export function sharedDeribit(api: DeribitPublicApi, clock: Clock): DeribitPublicApi {
  const calls = createPace(clock, CALLS.perSecond, CALLS.burst);
  const listings = createPace(clock, LISTINGS.perSecond, LISTINGS.burst);
  const kept = new Map<string, { until: number; answer: Promise<unknown> }>();

  const share = (key: string, goodForMs: number, ask: () => Promise<unknown>): Promise<unknown> => {
    const now = clock.monotonic();
    for (const [name, { until }] of kept) if (until <= now) kept.delete(name);
    const known = kept.get(key);
    if (known) return known.answer;
    const entry = { until: Infinity, answer: ask() };
    kept.set(key, entry);
    entry.answer.then(
      () => (entry.until = clock.monotonic() + goodForMs),
      (error: unknown) => {
        kept.delete(key);
        if (error instanceof RateLimitError) calls.pause(REFUSED_MS);
      },
    );
    return entry.answer;
  };

  return {
    instruments: (currency, kind) =>
      share(`instruments ${currency} ${kind}`, LISTING_GOOD_FOR_MS, async () => {
        await Promise.all([listings.turn(), calls.turn()]);
        return api.instruments(currency, kind);
      }),
    bookSummary: (currency, kind) =>
      share(`summary ${currency} ${kind}`, PRICES_GOOD_FOR_MS, async () => {
        await calls.turn();
        return api.bookSummary(currency, kind);
      }),
    ticker: (instrument) =>
      share(`ticker ${instrument}`, PRICES_GOOD_FOR_MS, async () => {
        await calls.turn();
        return api.ticker(instrument);
      }),
  };
}
