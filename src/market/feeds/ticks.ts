import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { DeribitAnswers } from '../deribit.ts';
import { VenueError } from '../ports.ts';
import { requirePresent, requireWhole, type Listed } from './listing.ts';

const optional = z.number().nullish();
/** The notifications of `ticker.{instrument}.{interval}` are what public/ticker answers. */
const TickSchema = z.object({
  instrument_name: z.string(),
  timestamp: z.number(),
  mark_price: z.number(),
  index_price: z.number(),
  best_bid_price: optional,
  best_ask_price: optional,
  best_bid_amount: optional,
  best_ask_amount: optional,
  mark_iv: optional,
  underlying_index: z.string().nullish(),
  underlying_price: optional,
  funding_8h: optional,
  open_interest: optional,
});
type Tick = z.infer<typeof TickSchema>;

/** The latest tick of every instrument of a chain. */
export interface Ticks {
  /** @throws VenueError it cannot be read, or comes from the future */
  take(data: unknown): void;
  /** Only these have prices from here on. */
  keep(names: ReadonlySet<string>): void;
  has(name: string): boolean;
  clear(): void;
  /**
   * As the REST methods would have answered it: one reading of prices, whichever way they came.
   *
   * @throws VenueError an instrument of `listed` was never heard
   */
  answers(what: string, listed: Listed[]): DeribitAnswers;
}

export function createTicks(clock: Clock): Ticks {
  const latest = new Map<string, Tick>();
  return {
    take(data) {
      const parsed = TickSchema.safeParse(data);
      if (!parsed.success) throw new VenueError('Deribit sent a ticker that cannot be read');
      const tick = parsed.data;
      requirePresent(tick.timestamp, clock);
      const known = latest.get(tick.instrument_name);
      if (!known || known.timestamp <= tick.timestamp) latest.set(tick.instrument_name, tick);
    },
    keep(names) {
      for (const name of latest.keys()) if (!names.has(name)) latest.delete(name);
    },
    has: (name) => latest.has(name),
    clear: () => latest.clear(),
    answers(what, listed) {
      const ticks = [...latest.values()];
      const atMs = ticks.reduce((last, { timestamp }) => Math.max(last, timestamp), -Infinity);
      if (ticks.length === 0) throw new VenueError(`Nothing of the ${what} of Deribit has come yet`);
      requireWhole(what, listed, new Set(latest.keys()), atMs);
      return {
        summaries: [{ result: ticks.map(summaryOf) }],
        instruments: [{ result: listed }],
        tickers: ticks.filter(isPerpetual).map((result) => ({ result })),
      };
    },
  };
}

function isPerpetual({ instrument_name: name }: Tick): boolean {
  return name.endsWith('-PERPETUAL');
}

/** A row of public/get_book_summary_by_currency, with an instant of its own. */
function summaryOf(tick: Tick): object {
  return {
    instrument_name: tick.instrument_name,
    creation_timestamp: tick.timestamp,
    mark_price: tick.mark_price,
    bid_price: tick.best_bid_price,
    ask_price: tick.best_ask_price,
    mark_iv: tick.mark_iv,
    underlying_index: tick.underlying_index,
    underlying_price: tick.underlying_price,
    // That of the last half hour before an expiry is an average; the index is what is wanted of it.
    estimated_delivery_price: tick.index_price,
    funding_8h: tick.funding_8h,
    open_interest: tick.open_interest,
  };
}
