import type { Readable } from 'node:stream';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { MAX_FAULTS, notFound, Problem, rejectFaults } from '../platform/problem.ts';
import { pageOf, pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { readPositionCsv } from './csv.ts';
import type {
  BookChanges,
  BookInput,
  BookRow,
  FilledTrade,
  Portfolio,
  PortfolioInput,
  Position,
  PositionChange,
  PositionMove,
} from './model.ts';
import { hedgePositionId, mergeTrade } from './hedges.ts';
import { movesAt } from './moves.ts';
import { BookCheck, type PositionRecord } from './positions.ts';
import * as store from './store.ts';

export { bookRowOf, isInverseRow } from './rows.ts';

/** The version that a change was made against; undefined for whatever is current. */
export type ExpectedVersion = number | undefined;

const INSERT_BATCH = 2_000;
/** Positions that began or ended, of one look at the past. */
const MAX_MOVED = 200_000;

export type Portfolios = ReturnType<typeof createPortfolios>;

/** Books and their immutable versions. Every change makes the version after the current one, and no version changes. */
export function createPortfolios(deps: { db: Database; clock: Clock }) {
  const { db, clock } = deps;

  const get = async (tenantId: string, id: string, version?: number): Promise<Portfolio> => {
    const found = await db.tenant(tenantId, (tx) => store.findPortfolio(tx, tenantId, id, version));
    if (!found) throw notFound(version === undefined ? 'portfolio' : `version ${version} of portfolio`, id);
    return found;
  };

  /** Makes the next version within `tx`; `write` ends and adds positions at it. */
  const change = async (
    tx: Tx,
    target: { tenantId: string; id: string; expected: ExpectedVersion; asOf: Date; cause: Portfolio['cause'] },
    write: (version: number) => Promise<void>,
  ): Promise<number> => {
    const { tenantId, id, expected, asOf, cause } = target;
    const current = await store.lockPortfolio(tx, tenantId, id);
    if (current === undefined) throw notFound('portfolio', id);
    if (expected !== undefined && expected !== current) {
      throw new Problem('precondition_failed', `The portfolio is at version ${current}, not ${expected}`, {
        headers: { etag: `"${current}"` },
      });
    }
    await write(current + 1);
    await store.insertVersion(tx, tenantId, id, { version: current + 1, asOf, cause }, clock.now());
    return current + 1;
  };

  /** The same page of the positions of several versions, in their order. */
  const positionPages = async (tenantId: string, books: store.Book[], page: PageRequest): Promise<Page<Position>[]> => {
    const nameOf = ({ id, version }: store.Book) => `${id} ${version}`;
    const distinct = new Map(books.map((book) => [nameOf(book), book]));
    const rows = await db.tenant(tenantId, (tx) => store.listPositions(tx, [...distinct.values()], page));
    const pages = pagesOf(rows, books.map(nameOf), nameOf, page.limit, ({ position }) => position.id);
    return pages.map(({ items, nextCursor }) => ({ items: items.map(({ position }) => position), nextCursor }));
  };

  const replaceBook = async (
    tenantId: string,
    id: string,
    expected: ExpectedVersion,
    asOf: Date,
    batches: string[],
  ): Promise<Portfolio> => {
    await db.tenant(tenantId, (tx) =>
      change(tx, { tenantId, id, expected, asOf, cause: 'replaced' }, async (version) => {
        await store.endPositions(tx, id, version);
        for (const batch of batches) await store.insertPositions(tx, tenantId, id, version, batch);
      }),
    );
    return get(tenantId, id);
  };

  return {
    get,

    getMany: (tenantId: string, ids: readonly string[]): Promise<Portfolio[]> =>
      db.tenant(tenantId, (tx) => store.findPortfolios(tx, tenantId, ids)),

    async list(tenantId: string, page: PageRequest): Promise<Page<Portfolio>> {
      const rows = await db.tenant(tenantId, (tx) => store.listPortfolios(tx, tenantId, page));
      return pageOf(rows, page.limit, (portfolio) => portfolio.id);
    },

    /** Creates version 1. A second call with the same id answers the portfolio of the first. */
    async create(tenantId: string, id: string, input: PortfolioInput): Promise<Portfolio> {
      const now = clock.now();
      const asOf = input.asOf ? new Date(input.asOf) : now;
      const batches = checkBook(input.positions, asOf);
      await db.tenant(tenantId, async (tx) => {
        if (!(await store.insertPortfolio(tx, tenantId, id, input.name, now))) return;
        for (const batch of batches) await store.insertPositions(tx, tenantId, id, 1, batch);
        await store.insertVersion(tx, tenantId, id, { version: 1, asOf, cause: 'created' }, now);
      });
      return get(tenantId, id);
    },

    /** Replaces the whole book. */
    async replace(tenantId: string, id: string, expected: ExpectedVersion, input: BookInput): Promise<Portfolio> {
      const asOf = input.asOf ? new Date(input.asOf) : clock.now();
      return replaceBook(tenantId, id, expected, asOf, checkBook(input.positions, asOf));
    },

    /** Replaces the whole book from a CSV stream: every row is good and all are stored, or none is. */
    async replaceFromCsv(
      tenantId: string,
      id: string,
      expected: ExpectedVersion,
      csv: Readable,
      options: { asOf?: string | undefined; maxBytes: number },
    ): Promise<Portfolio> {
      const asOf = options.asOf ? new Date(options.asOf) : clock.now();
      // Nothing is written while the client is sending: a slow upload must not hold a transaction open.
      const batches = await checkCsv(csv, asOf, options.maxBytes);
      return replaceBook(tenantId, id, expected, asOf, batches);
    },

    /** Adds the position or replaces the one with this id. */
    async putPosition(
      tenantId: string,
      id: string,
      expected: ExpectedVersion,
      positionId: string,
      input: PositionChange,
    ): Promise<Portfolio> {
      const asOf = input.asOf ? new Date(input.asOf) : clock.now();
      const check = new BookCheck(asOf);
      const record = check.add({ ...input, id: positionId }, []);
      rejectFaults(check.faults);
      await db.tenant(tenantId, (tx) =>
        change(tx, { tenantId, id, expected, asOf, cause: 'changed' }, async (version) => {
          await store.endPositions(tx, id, version, [positionId]);
          await store.insertPositions(tx, tenantId, id, version, JSON.stringify([record]));
        }),
      );
      return get(tenantId, id);
    },

    async deletePosition(
      tenantId: string,
      id: string,
      expected: ExpectedVersion,
      positionId: string,
    ): Promise<Portfolio> {
      await db.tenant(tenantId, (tx) =>
        change(tx, { tenantId, id, expected, asOf: clock.now(), cause: 'changed' }, async (version) => {
          if ((await store.endPositions(tx, id, version, [positionId])) === 0) throw notFound('position', positionId);
        }),
      );
      return get(tenantId, id);
    },

    /** A page of the positions of a version, in the order of their ids. */
    async positions(tenantId: string, id: string, version: number, page: PageRequest): Promise<Page<Position>> {
      const [positions] = await positionPages(tenantId, [{ id, version }], page);
      return positions!;
    },

    positionPages,

    symbols: (tenantId: string, positions: (store.Book & { positionId: string })[]) =>
      db.tenant(tenantId, (tx) => store.findSymbols(tx, positions)),

    /** The book for pricing, `size` positions at a time, in the order of their ids. */
    async *book(tenantId: string, id: string, version: number, size: number): AsyncGenerator<BookRow[]> {
      let after = '';
      for (;;) {
        const rows = await db.tenant(tenantId, (tx) => store.readBook(tx, id, version, after, size));
        if (rows.length > 0) yield rows;
        const last = rows.at(-1);
        if (rows.length < size || !last) return;
        after = last.positionId;
      }
    },

    /** Every underlying that the portfolio has ever held, as `BTC/USD`. */
    underlyings: (tenantId: string, id: string): Promise<string[]> =>
      db.tenant(tenantId, (tx) => store.listUnderlyings(tx, id)),

    /** Every expiry of what the portfolio has ever held. */
    expiries: (tenantId: string, id: string): Promise<Date[]> =>
      db.tenant(tenantId, (tx) => store.listExpiries(tx, id)),

    /** All versions, in their order. */
    versions: async (tenantId: string, id: string) =>
      (await db.tenant(tenantId, (tx) => store.listVersions(tx, tenantId, id))).map(({ version, as_of, cause }) => ({
        ...{ version, cause },
        asOf: new Date(as_of),
      })),

    /** The instants that some versions are stated at. */
    async instants(tenantId: string, id: string, versions: readonly number[]): Promise<Map<number, Date>> {
      const rows = await db.tenant(tenantId, (tx) => store.findInstants(tx, id, versions));
      return new Map(rows.map(({ version, as_of }) => [version, new Date(as_of)]));
    },

    /** What an earlier version held and a later one does not, and the other way round; undefined where that is more than `most` positions. */
    async changes(tenantId: string, span: store.Span, most: number): Promise<BookChanges | undefined> {
      const [ended, begun] = await db.tenant(tenantId, (tx) =>
        Promise.all([store.endedPositions(tx, span, most + 1), store.begunPositions(tx, span, most + 1)]),
      );
      return ended.length + begun.length > most ? undefined : { ended, begun };
    },

    /** How positions changed at each of the versions, in their order. @throws Problem where there are more than 200,000 */
    async moves(tenantId: string, id: string, versions: readonly number[]): Promise<PositionMove[]> {
      const rows = await db.tenant(tenantId, (tx) => store.movedPositions(tx, id, versions, MAX_MOVED + 1));
      if (rows.length > MAX_MOVED)
        throw new Problem('validation_failed', `More than ${MAX_MOVED} positions changed; ask for a shorter period`);
      return versions.flatMap((version) => movesAt(version, rows));
    },

    /** Locks the portfolio within `tx` and answers its current version: what is decided next sees no other change. */
    async lock(tx: Tx, tenantId: string, id: string): Promise<number> {
      const version = await store.lockPortfolio(tx, tenantId, id);
      if (version === undefined) throw notFound('portfolio', id);
      return version;
    },

    /** As `lock`, of many. */
    lockMany: (tx: Tx, tenantId: string, ids: readonly string[]): Promise<Map<string, number>> =>
      store.lockPortfolios(tx, tenantId, ids),

    /** As `lockMany`, of those that nobody is changing now. */
    lockFree: (tx: Tx, tenantId: string, ids: readonly string[]): Promise<Map<string, number>> =>
      store.lockPortfolios(tx, tenantId, ids, 'SKIP LOCKED'),

    /** What a version holds of an instrument, signed, as decimal text. */
    held: (tx: Tx, id: string, version: number, symbol: string): Promise<string> =>
      store.sumHeld(tx, id, version, symbol),

    /** Takes what has expired by an instant off the book, if it is still at the expected version. */
    async expire(tx: Tx, tenantId: string, id: string, expected: number, asOf: Date): Promise<number> {
      return change(tx, { tenantId, id, expected, asOf, cause: 'expired' }, async (version) => {
        await store.endExpired(tx, id, version, asOf);
      });
    },

    /** Adds what an execution traded to the book, within the transaction that ends the execution. */
    async applyFills(tx: Tx, tenantId: string, id: string, asOf: Date, trades: FilledTrade[]): Promise<number> {
      return change(tx, { tenantId, id, expected: undefined, asOf, cause: 'filled' }, async (version) => {
        const held = await store.findPositions(tx, id, version - 1, trades.map(hedgePositionId));
        const records = trades.flatMap((trade) =>
          mergeTrade(
            held.find((position) => position.id === hedgePositionId(trade)),
            trade,
          ),
        );
        await Promise.all([
          store.endPositions(tx, id, version, trades.map(hedgePositionId)),
          store.insertPositions(tx, tenantId, id, version, JSON.stringify(records)),
        ]);
      });
    },
  };
}

/** The book as batches of JSON, ready to be inserted; throws with every fault found. */
function checkBook(positions: BookInput['positions'], asOf: Date): string[] {
  const check = new BookCheck(asOf);
  const records = positions.flatMap((position, i) => check.add(position, ['positions', i]) ?? []);
  rejectFaults(check.faults);
  const batches: string[] = [];
  for (let i = 0; i < records.length; i += INSERT_BATCH)
    batches.push(JSON.stringify(records.slice(i, i + INSERT_BATCH)));
  return batches;
}

async function checkCsv(csv: Readable, asOf: Date, maxBytes: number): Promise<string[]> {
  const check = new BookCheck(asOf);
  const batches: string[] = [];
  let records: PositionRecord[] = [];
  for await (const row of readPositionCsv(csv, maxBytes)) {
    if ('faults' in row) check.faults.push(...row.faults);
    else {
      const record = check.add(row.position, [], row.line);
      if (record) records.push(record);
    }
    if (check.faults.length >= MAX_FAULTS) break;
    if (records.length < INSERT_BATCH) continue;
    batches.push(JSON.stringify(records));
    records = [];
  }
  rejectFaults(check.faults, 'Some rows cannot be accepted; nothing was stored');
  if (records.length > 0) batches.push(JSON.stringify(records));
  return batches;
}
