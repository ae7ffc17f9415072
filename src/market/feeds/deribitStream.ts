import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { DeribitAnswers } from '../deribit.ts';
import { VenueError } from '../ports.ts';
import { openDeribitSocket, type DeribitSocket, type Notification, type SocketOptions } from './deribitSocket.ts';
import { readListing, type Listed } from './listing.ts';
import { createPace, type Pace } from './pace.ts';
import { createTicks } from './ticks.ts';

export interface StreamDeps {
  clock: Clock;
  log: Logger;
  socket?: SocketOptions;
}

/** The chain of one currency, followed over a websocket. */
export interface DeribitStream {
  /** What it is worth now. @throws VenueError not all of it is known */
  answers(): DeribitAnswers;
  close(): Promise<void>;
}

const KINDS = ['option', 'future'] as const;
/** Options every two seconds, what they are hedged with every 100 ms. */
const INTERVALS = { option: 'agg2', future: '100ms' };
/** Channels of one call. */
const BATCH = 500;
/** public/subscribe takes 3.3 a second, and 10 at once, of a connection. */
const SUBSCRIPTIONS = { perSecond: 3, burst: 8 };
/** The list of instruments is read again when one is said to come or go, and after this anyway. */
const RELIST_MS = 300_000;
/** Instruments of an expiry come and go together. */
const GATHER_MS = 1_000;
/** A chain moves all the time: silence of all its tickers is a gap, though heartbeats come. */
const SILENT_MS = 30_000;
const ChannelsSchema = z.array(z.string());
const LEAST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 60_000;

/** Connects, and connects again whenever the connection ends; ticks of one connection are never used in another. */
export function followDeribit(currency: string, { clock, log, socket: options = {} }: StreamDeps): DeribitStream {
  const stopping = new AbortController();
  const ticks = createTicks(clock);
  /** Undefined while the channels of what is listed are not all subscribed to. */
  let listed: Listed[] | undefined;
  let relist = new AbortController();
  let tickedAt = -Infinity;
  let wasWhole = false;
  let gap = new VenueError(`There is no connection to Deribit for ${currency} yet`);

  const take = ({ channel, data }: Notification) => {
    if (channel.startsWith('instrument.state.')) return relist.abort();
    if (!channel.startsWith('ticker.')) return;
    ticks.take(data);
    tickedAt = clock.monotonic();
  };

  const session = async (): Promise<VenueError> => {
    const pace = createPace(clock, SUBSCRIPTIONS.perSecond, SUBSCRIPTIONS.burst);
    const socket = await openDeribitSocket(clock, options, stopping.signal, take);
    const failed = follow(socket, pace).catch((error: Error) => socket.end(error.message));
    const reason = await socket.over;
    relist.abort();
    await failed;
    return reason;
  };

  /** Subscribes to everything that is listed, now and whenever that changes, as long as the connection lasts. */
  const follow = async (socket: DeribitSocket, pace: Pace): Promise<void> => {
    const over = new AbortController();
    void socket.over.then(() => over.abort());
    await subscribe(
      socket,
      pace,
      'subscribe',
      KINDS.map((kind) => `instrument.state.${kind}.${currency}`),
    );
    const subscribed = new Set<string>();
    while (!over.signal.aborted) {
      relist = new AbortController();
      const rows = await listing(socket, pace);
      const wanted = new Set(rows.map(channelOf));
      const [fresh, gone] = [without(wanted, subscribed), without(subscribed, wanted)];
      await subscribe(socket, pace, 'subscribe', fresh);
      await subscribe(socket, pace, 'unsubscribe', gone);
      fresh.forEach((channel) => subscribed.add(channel));
      gone.forEach((channel) => subscribed.delete(channel));
      ticks.keep(new Set(rows.map((row) => row.instrument_name)));
      listed = rows;
      await untilRelisted(socket, over.signal);
    }
  };

  const untilRelisted = async (socket: DeribitSocket, over: AbortSignal): Promise<void> => {
    const due = clock.monotonic() + RELIST_MS;
    tickedAt = Math.max(tickedAt, clock.monotonic());
    while (!over.aborted && !relist.signal.aborted && clock.monotonic() < due) {
      if (clock.monotonic() - tickedAt > SILENT_MS)
        socket.end(`No ticker of ${currency} came for ${SILENT_MS / 1_000} s`);
      await clock.sleep(GATHER_MS, AbortSignal.any([over, relist.signal]));
    }
    await clock.sleep(GATHER_MS, over);
  };

  const listing = async (socket: DeribitSocket, pace: Pace): Promise<Listed[]> => {
    const lists: Listed[][] = [];
    for (const kind of KINDS) {
      await pace.turn();
      const result = await socket.call('public/get_instruments', { currency, kind, expired: false });
      lists.push(readListing({ result }));
    }
    if (lists.every((rows) => rows.length === 0)) throw new VenueError(`Deribit lists nothing in ${currency}`);
    return lists.flat();
  };

  const run = async (): Promise<void> => {
    let backoffMs = LEAST_BACKOFF_MS;
    while (!stopping.signal.aborted) {
      wasWhole = false;
      gap = await session().catch((error: VenueError) => error);
      listed = undefined;
      ticks.clear();
      if (stopping.signal.aborted) return;
      if (wasWhole) backoffMs = LEAST_BACKOFF_MS;
      log.warn({ currency, reason: gap.message, backoffMs }, 'the connection to Deribit has ended');
      await clock.sleep(backoffMs, stopping.signal);
      backoffMs = Math.min(2 * backoffMs, MOST_BACKOFF_MS);
    }
  };
  const ended = run();

  return {
    answers() {
      if (!listed) throw gap;
      const answers = ticks.answers(`chain of ${currency}`, listed);
      wasWhole = true;
      return answers;
    },
    async close() {
      stopping.abort();
      relist.abort();
      await ended;
    },
  };
}

function channelOf({ instrument_name: name }: Listed): string {
  return `ticker.${name}.${/-[CP]$/.test(name) ? INTERVALS.option : INTERVALS.future}`;
}

function without(these: ReadonlySet<string>, those: ReadonlySet<string>): string[] {
  return [...these].filter((each) => !those.has(each));
}

async function subscribe(
  socket: DeribitSocket,
  pace: Pace,
  how: 'subscribe' | 'unsubscribe',
  channels: string[],
): Promise<void> {
  for (let from = 0; from < channels.length; from += BATCH) {
    await pace.turn();
    const asked = channels.slice(from, from + BATCH);
    const done = new Set(ChannelsSchema.parse(await socket.call(`public/${how}`, { channels: asked })));
    const refused = asked.find((channel) => !done.has(channel));
    if (refused) throw new VenueError(`Deribit did not ${how} ${refused}`);
  }
}
