import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { Problem, rejectFaults } from '../platform/problem.ts';
import type { Market, MarketMark, MarketView } from '../market/service.ts';
import type { BookRow, PositionMove } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Ledger, LedgerQuery, Trade } from './model.ts';
import type { Marker } from './ports.ts';
import { LedgerRun } from './run.ts';
import * as store from './store.ts';
import { timeline, type Stop, type VersionMark } from './timeline.ts';
import { bookedMove, bookedTrade, type Booked } from './trades.ts';

export type { Explained, Mark, Marker } from './ports.ts';

export interface LedgerDeps {
  db: Database;
  clock: Clock;
  market: Market;
  portfolios: Portfolios;
  marker: Marker;
}

export type Ledgers = ReturnType<typeof createLedger>;

/** Positions marked at a time. */
const SHARD = 4_000;
/** Snapshots that are looked at, and marked at where every one is asked for, and where the book changed. */
const MOST_SNAPSHOTS = 20_000;
const THINNED = 200;
const MOST_STOPS = 600;
/** Positions × marks of one answer: some seconds. */
const MOST_MARKED = 2_000_000;

/** What a book earned and what hedging it cost. */
export function createLedger({ db, clock, market, portfolios, marker }: LedgerDeps) {
  /** The snapshots of the period, first and last being those asked for; between them those that know the whole book. */
  const marksOf = async (tenantId: string, versions: readonly VersionMark[], query: LedgerQuery) => {
    const [first] = versions;
    const toId = query.to ?? (await market.latestId(tenantId));
    const fromId = query.from ?? (await openingSnapshot(tenantId, first!.asOf));
    if (toId === undefined || fromId === undefined)
      throw new Problem('conflict', 'There is no market snapshot yet; post one to /v1/market-snapshots');
    const [from, to] = await Promise.all([market.view(tenantId, fromId), market.view(tenantId, toId)]);
    if (from.asOf > to.asOf) {
      const detail = `It is of ${from.asOf.toISOString()}, which is after ${to.asOf.toISOString()}`;
      rejectFaults([{ pointer: '/from', code: 'mismatch', detail }]);
    }
    const between = await market.marks(tenantId, from.asOf, to.asOf, MOST_SNAPSHOTS + 1);
    if (between.length > MOST_SNAPSHOTS)
      throw new Problem(
        'validation_failed',
        `There are more than ${MOST_SNAPSHOTS} snapshots in it; ask for a shorter period`,
      );
    return { from, to, between: between.filter(({ id }) => id !== fromId && id !== toId) };
  };

  const openingSnapshot = async (tenantId: string, asOf: Date): Promise<string | undefined> => {
    const before = await market.latestAt(tenantId, asOf);
    if (before !== undefined) return before;
    const [after] = await market.marks(tenantId, asOf, clock.now() > asOf ? FAR : asOf, 1);
    return after?.id;
  };

  const stopsOf = async (tenantId: string, portfolioId: string, query: LedgerQuery): Promise<Stop[]> => {
    const versions = await portfolios.versions(tenantId, portfolioId);
    const { from, to, between } = await marksOf(tenantId, versions, query);
    const held = await portfolios.underlyings(tenantId, portfolioId);
    const known = between.filter(({ underlyings }) => held.every((name) => underlyings.includes(name)));
    const marks: MarketMark[] = [markOf(from), ...known, ...(to.id === from.id ? [] : [markOf(to)])];
    const expiries = await portfolios.expiries(tenantId, portfolioId);
    const most = query.resolution === 'snapshots' ? THINNED : 0;
    const stops = timeline(marks, versions, most, query.from === undefined, expiries);
    if (stops.length > MOST_STOPS)
      throw new Problem(
        'validation_failed',
        `The book changed at more than ${MOST_STOPS} marks; ask for a shorter period`,
      );
    return stops;
  };

  /** Everything that changed hands at a stop, and what had expired by the time that it was taken off the book: that is settled, not traded. */
  const bookedAt = async (
    tenantId: string,
    portfolioId: string,
    { made, mark }: Stop,
  ): Promise<{ booked: Booked[]; expired: BookRow[] }> => {
    if (made.length === 0) return { booked: [], expired: [] };
    const versions = made.map(({ version }) => version);
    const [moves, trades] = await Promise.all([
      portfolios.moves(tenantId, portfolioId, versions),
      db.tenant(tenantId, (tx) => store.tradesOf(tx, portfolioId, versions)),
    ]);
    const executed = new Set(trades.map(({ portfolioVersion }) => portfolioVersion));
    const changed = moves.filter(({ version }) => !executed.has(version));
    const asOf = new Map(made.map((each) => [each.version, each.asOf.getTime()]));
    const isSettled = ({ version, row, after }: PositionMove) =>
      after === null &&
      row.expiryMs !== null &&
      row.expiryMs > mark.asOf.getTime() &&
      row.expiryMs <= asOf.get(version)!;
    return {
      booked: [...trades.map(bookedTrade), ...changed.filter((move) => !isSettled(move)).map(bookedMove)],
      expired: changed.filter(isSettled).map(({ row, before }) => ({ ...row, quantity: before!.size })),
    };
  };

  return {
    /** Posts what an execution traded, within the transaction that makes it positions. */
    post: (tx: Tx, tenantId: string, portfolioId: string, trades: readonly Trade[]): Promise<void> =>
      store.insertTrades(tx, tenantId, portfolioId, trades, clock.now()),

    /** When each underlying (`BTC/USD`) of a book was last traded, up to a version and after an earlier one. */
    async lastTrades(tenantId: string, portfolioId: string, version: number, after = 0): Promise<Map<string, Date>> {
      const rows = await db.tenant(tenantId, (tx) => store.lastTrades(tx, portfolioId, after, version));
      if (rows.length === 0) return new Map();
      const versions = [...new Set(rows.map((row) => row.version))];
      const instants = await portfolios.instants(tenantId, portfolioId, versions);
      return new Map(rows.map((row) => [`${row.underlying}/${row.quote}`, instants.get(row.version)!]));
    },

    /** @throws Problem where the portfolio, a snapshot or any market does not exist, or the period is too long */
    async report(tenantId: string, portfolioId: string, query: LedgerQuery): Promise<Ledger> {
      const { positionCount } = await portfolios.get(tenantId, portfolioId);
      const stops = await stopsOf(tenantId, portfolioId, query);
      if (stops.length * positionCount > MOST_MARKED)
        throw new Problem('validation_failed', 'The book is large and changed often; ask for a shorter period');
      const run = new LedgerRun(marker);
      let before: MarketView | undefined;
      let held: number | undefined;
      let expiring: BookRow[] = [];
      for (const stop of stops) {
        const view = await market.view(tenantId, stop.mark.id);
        const book = (version: number) => portfolios.book(tenantId, portfolioId, version, SHARD);
        if (before && held !== undefined) for await (const rows of book(held)) await run.addPeriod(rows, before, view);
        const opening = before ? undefined : openingVersion(stop);
        if (opening !== undefined) for await (const rows of book(opening)) await run.addValue(rows, view, 'opening');
        if (before) await run.addPeriod(expiring, before, view);
        const { booked, expired } = await bookedAt(tenantId, portfolioId, stop);
        await run.addTrades(booked, view);
        expiring = expired;
        before = view;
        held = stop.held;
      }
      if (before && held !== undefined)
        for await (const rows of portfolios.book(tenantId, portfolioId, held, SHARD))
          await run.addValue(rows, before, 'closing');
      return { portfolioId, ...run.report(stops) };
    },
  };

  function openingVersion({ held, made }: Stop): number | undefined {
    const before = made[0] ? made[0].version - 1 : held;
    return before === 0 ? undefined : before;
  }
}

const FAR = new Date(Date.UTC(9_999, 11, 31));

function markOf({ id, asOf, underlyings }: MarketView): MarketMark {
  return { id, asOf, underlyings: underlyings.map(({ underlying, quote }) => `${underlying}/${quote}`) };
}
