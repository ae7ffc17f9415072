import type { Clock } from '../../platform/clock.ts';
import { pullDeribit } from '../deribit.ts';
import type { DeribitPublicApi } from '../ports.ts';
import { readListing, readSummaryNames, requirePresent, requireWhole } from './listing.ts';
import type { DeribitFeedInput } from './model.ts';
import type { FeedSource } from './ports.ts';

/** Asks for everything each time, as `ballast market pull` does, and takes it whole or not at all. */
export function deribitRest(
  api: DeribitPublicApi,
  { currencies, everySeconds }: DeribitFeedInput,
  clock: Clock,
): FeedSource {
  return {
    async next() {
      const { snapshot, skipped } = await pullDeribit(wholeChains(api), currencies);
      requirePresent(Date.parse(snapshot.asOf), clock);
      return { snapshot, leftOut: skipped.length, waitMs: everySeconds * 1_000 };
    },
    close: async () => undefined,
  };
}

/** The same answers, once it is known that the summaries have everything that is listed. */
function wholeChains(api: DeribitPublicApi): DeribitPublicApi {
  const summaries = new Map<string, ReturnType<typeof readSummaryNames>>();
  return {
    ticker: (instrument) => api.ticker(instrument),
    async bookSummary(currency, kind) {
      const answer = await api.bookSummary(currency, kind);
      summaries.set(`${currency} ${kind}`, readSummaryNames(answer));
      return answer;
    },
    async instruments(currency, kind) {
      const answer = await api.instruments(currency, kind);
      const summary = summaries.get(`${currency} ${kind}`);
      if (summary)
        requireWhole(`book summary of ${currency} ${kind}s`, readListing(answer), summary.names, summary.atMs);
      return answer;
    },
  };
}
