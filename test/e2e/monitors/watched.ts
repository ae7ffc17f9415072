import pg from 'pg';
import type { Monitor, MonitorDecision } from '../../../src/monitors/model.ts';
import type { Parts } from '../../../src/app.ts';
import { fixedClock, systemClock, type Clock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';

export const POLICY = { kind: 'delta_tolerance', tolerance: 0.5, rebalanceTo: 'inner' };
export const MINUTE = 60_000;

export interface Watching {
  app: TestApp;
  clock: Clock;
  /** What the service takes for now. */
  now(): Date;
  /** Moves that on. */
  pass(ms: number): void;
  set(now: Date): void;
  /** A new market at this instant, with bitcoin at `spot`. */
  price(spot: number, asOf?: Date): Promise<string>;
  book(positions?: object[]): Promise<string>;
  monitor(portfolioId: string, more?: object): Promise<string>;
  get(id: string): Promise<Monitor>;
  /** Waits until the last decision is of the snapshot, and neither under way nor waiting. */
  settled(id: string, snapshotId: string): Promise<Monitor>;
  decisions(id: string): Promise<MonitorDecision[]>;
  /** Of a monitor with more than a page of them. */
  allDecisions(id: string): Promise<MonitorDecision[]>;
  /** Waits until the last verdict is this. */
  until(id: string, verdict: string): Promise<Monitor>;
}

/** Ballast on a clock that tests move; what sleeps sleeps for real. */
export async function startWatching(parts: Parts = {}): Promise<Watching> {
  const fixed = fixedClock(new Date()); // receivers of webhooks refuse what is not of now
  const clock: Clock = { ...systemClock, now: fixed.now };
  const app = await startTestApp({ clock, ...parts });
  const get = async (id: string) => (await app.api().get(`/v1/monitors/${id}`).expect(200)).body as Monitor;
  const poll = async (id: string, isDone: (monitor: Monitor) => boolean): Promise<Monitor> => {
    for (let i = 0; i < 800; i++) {
      const monitor = await get(id);
      if (isDone(monitor)) return monitor;
      await new Promise((wait) => setTimeout(wait, 15));
    }
    throw new Error(`still ${JSON.stringify(await get(id))}`);
  };
  return {
    app,
    clock,
    now: fixed.now,
    pass: (ms) => fixed.set(new Date(fixed.now().getTime() + ms)),
    set: fixed.set,
    async price(spot, asOf = fixed.now()) {
      const { body } = await app.api().post('/v1/market-snapshots').send(marketAt(spot, asOf)).expect(201);
      return body.id;
    },
    async book(positions = PORTFOLIO.positions) {
      const { body } = await app
        .api()
        .post('/v1/portfolios')
        .send({ ...PORTFOLIO, asOf: fixed.now(), positions })
        .expect(201);
      return body.id;
    },
    async monitor(portfolioId, more = {}) {
      const request = { portfolioId, plan: { policy: POLICY, targets: [{ underlying: 'BTC' }] }, ...more };
      const { body } = await app.api().post('/v1/monitors').send(request).expect(201);
      return body.id;
    },
    get,
    settled: (id, snapshotId) =>
      poll(
        id,
        ({ decision, executionId }) =>
          executionId === null &&
          decision?.marketSnapshotId === snapshotId &&
          ['held', 'stale', 'unvalued', 'refused'].includes(decision.verdict),
      ),
    async decisions(id) {
      const { body } = await app.api().get(`/v1/monitors/${id}/decisions?limit=200`).expect(200);
      return body.items.reverse();
    },
    async allDecisions(id) {
      const all: MonitorDecision[] = [];
      for (let cursor = ''; ;) {
        const { body } = await app.api().get(`/v1/monitors/${id}/decisions?limit=200${cursor}`).expect(200);
        all.push(...body.items);
        if (body.nextCursor === null) return all.reverse();
        cursor = `&cursor=${body.nextCursor}`;
      }
    },
    until: (id, verdict) => poll(id, ({ decision }) => decision?.verdict === verdict),
  };
}

/** With a connection to its database, for what the API neither tells nor does. */
export interface WatchingWithin extends Watching {
  database: pg.Client;
  stop(): Promise<void>;
}

export async function startWatchingWithin(): Promise<WatchingWithin> {
  const watching = await startWatching();
  const database = new pg.Client({ connectionString: watching.app.config.databaseUrl });
  await database.connect();
  return {
    ...{ ...watching, database },
    async stop() {
      await database.end();
      await watching.app.stop();
    },
  };
}

/** The market of the fixtures with bitcoin elsewhere. */
export function marketAt(spot: number, asOf: Date): object {
  const [btc, ...others] = MARKET.underlyings;
  const move = (price: number) => (price * spot) / 100_000;
  const moved = {
    ...btc,
    spot: { mark: spot },
    perpetual: { ...btc!.perpetual!, mark: spot, bid: spot - 0.5, ask: spot + 0.5 },
    forwards: btc!.forwards!.map((each) => ({
      ...each,
      ...{ price: move(each.price), bid: move(each.bid), ask: move(each.ask) },
    })),
  };
  return { ...MARKET, asOf: asOf.toISOString(), underlyings: [moved, ...others] };
}
