import { groupBy } from '../../platform/pagination.ts';
import { importDeribit, type DeribitImport } from '../deribit.ts';
import type { ReplayFeedInput } from './model.ts';
import type { FeedSource } from './ports.ts';
import type { RecordedChain, Recordings } from './recording.ts';

/** Recorded chains one after another, as far apart as they were recorded, by the speed. It goes on after any of them. */
export function replay(recordings: Recordings, request: ReplayFeedInput): FeedSource {
  const { recording, from, to, speed, perpetualAtIndex } = request;
  const firstMs = from === undefined ? -Infinity : Date.parse(from);
  const lastMs = to === undefined ? Infinity : Date.parse(to);
  let reader: AsyncGenerator<RecordedChain, void> | undefined;
  let ahead: RecordedChain | undefined;
  /** Where the reader stands: after the chain of this instant. */
  let readMs: number | undefined;

  const step = async (): Promise<RecordedChain | undefined> => (await reader!.next()).value ?? undefined;

  const seek = async (afterMs: number): Promise<void> => {
    await reader?.return();
    reader = recordings.read(recording, Math.max(firstMs, afterMs + 1), lastMs);
    ahead = await step();
    readMs = afterMs;
  };

  return {
    async next(after) {
      const afterMs = after === undefined ? -Infinity : after.getTime();
      if (readMs !== afterMs) await seek(afterMs);
      const chain = ahead;
      if (!chain) return undefined;
      readMs = undefined; // until the one after is read as well
      const { snapshot, skipped } = snapshotOf(chain, perpetualAtIndex);
      ahead = await step();
      readMs = chain.atMs;
      return {
        snapshot: { ...snapshot, source: `replay ${recording}` },
        leftOut: skipped.length,
        waitMs: ahead && (ahead.atMs - chain.atMs) / speed,
      };
    },
    close: async () => void (await reader?.return()),
  };
}

type Row = RecordedChain['rows'][number];

/** Rows of one instant were read over minutes: the index of a market is the middle of those in its rows. */
function snapshotOf({ atMs, rows }: RecordedChain, perpetualAtIndex: boolean): DeribitImport {
  const summaries = [...groupBy(rows, marketOf)].flatMap(([market, group]) => {
    const index = median(group.map((row) => row.index_price));
    const common = { creation_timestamp: atMs, estimated_delivery_price: index };
    const options = group.map(({ best_bid_price: bid, best_ask_price: ask, ...row }) => ({
      ...{ ...row, ...common, bid_price: bid, ask_price: ask },
    }));
    const quotes = { mark_price: index, bid_price: index, ask_price: index };
    return perpetualAtIndex ? [...options, { ...common, ...quotes, instrument_name: `${market}-PERPETUAL` }] : options;
  });
  return importDeribit({ summaries: [{ result: summaries }], instruments: [] });
}

/** `BTC` or `SOL_USDC`: what an instrument's name begins with. */
function marketOf({ instrument_name: name }: Row): string {
  return name.split('-')[0]!;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
