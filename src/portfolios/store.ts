import type { Tx } from '../platform/database.ts';
import type { PageRequest } from '../platform/pagination.ts';
import type { InstrumentTerms } from '../instruments/model.ts';
import type { BookChanges, BookRow, Portfolio, Position } from './model.ts';
import type { PositionRecord } from './positions.ts';

interface PortfolioRow {
  id: string;
  name: string;
  version: number;
  as_of: string;
  position_count: number;
  cause: Portfolio['cause'];
  created_at: string;
  updated_at: string;
}

const PORTFOLIO = `SELECT p.id, p.name, v.version, v.as_of, v.position_count, v.cause, p.created_at, v.created_at AS updated_at
  FROM portfolio p JOIN portfolio_version v ON v.portfolio_id = p.id`;

/** The portfolio at a version, or at its latest one. */
export async function findPortfolio(
  tx: Tx,
  tenantId: string,
  id: string,
  version?: number,
): Promise<Portfolio | undefined> {
  const [row] = await tx.query<PortfolioRow>(
    `${PORTFOLIO} AND v.version = coalesce($3, p.version) WHERE p.tenant_id = $1 AND p.id = $2`,
    [tenantId, id, version ?? null],
  );
  return row && portfolioOf(row);
}

export async function findPortfolios(tx: Tx, tenantId: string, ids: readonly string[]): Promise<Portfolio[]> {
  const rows = await tx.query<PortfolioRow>(
    `${PORTFOLIO} AND v.version = p.version WHERE p.tenant_id = $1 AND p.id = ANY($2::uuid[])`,
    [tenantId, ids],
  );
  return rows.map(portfolioOf);
}

/** Newest first, one more than asked for. */
export async function listPortfolios(tx: Tx, tenantId: string, page: PageRequest): Promise<Portfolio[]> {
  const rows = await tx.query<PortfolioRow>(
    `${PORTFOLIO} AND v.version = p.version
     WHERE p.tenant_id = $1 AND ($2::uuid IS NULL OR p.id < $2::uuid) ORDER BY p.id DESC LIMIT $3`,
    [tenantId, page.after ?? null, page.limit + 1],
  );
  return rows.map(portfolioOf);
}

function portfolioOf(row: PortfolioRow): Portfolio {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    asOf: row.as_of,
    positionCount: row.position_count,
    cause: row.cause,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** False when the id is taken already: the same creation, asked for again. */
export async function insertPortfolio(tx: Tx, tenantId: string, id: string, name: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO portfolio (id, tenant_id, name, version, created_at, updated_at) VALUES ($1, $2, $3, 0, $4, $4)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [id, tenantId, name, now],
  );
  return rows.length === 1;
}

/** The current version, locked until the transaction ends: versions of one portfolio are made one after another. */
export async function lockPortfolio(tx: Tx, tenantId: string, id: string): Promise<number | undefined> {
  const [row] = await tx.query<{ version: number }>(
    'SELECT version FROM portfolio WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE',
    [tenantId, id],
  );
  return row?.version;
}

/** As {@link lockPortfolio}, in the order of their ids; what there is, and where `free` asks for it what nobody else has locked. */
export async function lockPortfolios(
  tx: Tx,
  tenantId: string,
  ids: readonly string[],
  free?: 'SKIP LOCKED',
): Promise<Map<string, number>> {
  const rows = await tx.query<{ id: string; version: number }>(
    `SELECT id, version FROM portfolio WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE ${free ?? ''}`,
    [tenantId, ids],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

export async function insertVersion(
  tx: Tx,
  tenantId: string,
  id: string,
  version: { version: number; asOf: Date; cause: Portfolio['cause'] },
  now: Date,
): Promise<void> {
  await Promise.all([
    tx.query(
      `INSERT INTO portfolio_version (portfolio_id, version, tenant_id, as_of, position_count, cause, created_at)
       SELECT $1, $2, $3, $4, count(*), $5, $6 FROM position WHERE portfolio_id = $1 AND to_version IS NULL`,
      [id, version.version, tenantId, version.asOf, version.cause, now],
    ),
    tx.query('UPDATE portfolio SET version = $2, updated_at = $3 WHERE id = $1', [id, version.version, now]),
  ]);
}

/** Adds positions from a JSON array of records. */
export async function insertPositions(
  tx: Tx,
  tenantId: string,
  id: string,
  version: number,
  records: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO position (portfolio_id, from_version, tenant_id, position_id, symbol, kind, underlying, quote, settlement,
       option_type, strike, expiry, pool, quantity, multiplier, average_price)
     SELECT $1, $2, $3, r.* FROM json_to_recordset($4::json) AS r (position_id text, symbol text, kind text, underlying text,
       quote text, settlement text, option_type text, strike numeric, expiry timestamptz, pool jsonb, quantity numeric,
       multiplier numeric, average_price numeric)`,
    [id, version, tenantId, records],
  );
}

/** Ends positions at a version: the ones named, or all. Answers how many there were. */
export async function endPositions(tx: Tx, id: string, version: number, ids?: readonly string[]): Promise<number> {
  const rows = await tx.query(
    `UPDATE position SET to_version = $2 WHERE portfolio_id = $1 AND to_version IS NULL AND ($3::text[] IS NULL OR position_id = ANY($3))
     RETURNING 1`,
    [id, version, ids ?? null],
  );
  return rows.length;
}

/** Ends the positions in what had expired by an instant. Answers how many there were. */
export async function endExpired(tx: Tx, id: string, version: number, asOf: Date): Promise<number> {
  const rows = await tx.query(
    'UPDATE position SET to_version = $2 WHERE portfolio_id = $1 AND to_version IS NULL AND expiry <= $3 RETURNING 1',
    [id, version, asOf],
  );
  return rows.length;
}

const ALIVE = 'portfolio_id = $1 AND from_version <= $2 AND (to_version IS NULL OR to_version > $2)';

const BOOK_ROW = `position_id AS "positionId", symbol, kind, underlying, quote, settlement, option_type AS "optionType",
  strike::float8 AS strike, (extract(epoch FROM expiry) * 1000)::float8 AS "expiryMs", pool, quantity::float8 AS quantity,
  multiplier::float8 AS multiplier`;

/** The next positions of a version for pricing, in the order of their ids. */
export async function readBook(tx: Tx, id: string, version: number, after: string, limit: number): Promise<BookRow[]> {
  // A book that was just uploaded has no statistics yet, and the planner would sort what is left of it for every page; the
  // primary key has it in order already.
  void tx.query('SET LOCAL enable_sort = off').catch(() => undefined);
  return tx.query<BookRow>(
    `SELECT ${BOOK_ROW} FROM position WHERE ${ALIVE} AND position_id > $3 ORDER BY position_id LIMIT $4`,
    [id, version, after, limit],
  );
}

/** A version of a portfolio. */
export interface Book {
  id: string;
  version: number;
}

/** The next positions of each book, in the order of their ids, one more than asked for. */
export async function listPositions(
  tx: Tx,
  books: Book[],
  page: PageRequest,
): Promise<(Book & { position: Position })[]> {
  const rows = await tx.query<PositionRecord & { book_id: string; book_version: number }>(
    `SELECT b.id AS book_id, b.version AS book_version, p.* FROM unnest($1::uuid[], $2::integer[]) AS b (id, version)
     CROSS JOIN LATERAL (SELECT * FROM position WHERE portfolio_id = b.id AND from_version <= b.version
       AND (to_version IS NULL OR to_version > b.version) AND position_id > $3 ORDER BY position_id LIMIT $4) p
     ORDER BY p.position_id`,
    [books.map(({ id }) => id), books.map(({ version }) => version), page.after ?? '', page.limit + 1],
  );
  return rows.map((row) => ({ id: row.book_id, version: row.book_version, position: positionOf(row) }));
}

/** The symbols of positions of several books. */
export async function findSymbols(
  tx: Tx,
  positions: (Book & { positionId: string })[],
): Promise<(Book & { positionId: string; symbol: string })[]> {
  return tx.query(
    `SELECT w.id, w.version, w.position_id AS "positionId", p.symbol
     FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS w (id, version, position_id)
     JOIN position p ON p.portfolio_id = w.id AND p.position_id = w.position_id AND p.from_version <= w.version
       AND (p.to_version IS NULL OR p.to_version > w.version)`,
    [
      positions.map(({ id }) => id),
      positions.map(({ version }) => version),
      positions.map(({ positionId }) => positionId),
    ],
  );
}

export async function findPositions(tx: Tx, id: string, version: number, ids: readonly string[]): Promise<Position[]> {
  const rows = await tx.query<PositionRecord>(
    `SELECT * FROM position WHERE ${ALIVE} AND position_id = ANY($3::text[])`,
    [id, version, ids],
  );
  return rows.map(positionOf);
}

export async function sumHeld(tx: Tx, id: string, version: number, symbol: string): Promise<string> {
  const [row] = await tx.query<{ held: string }>(
    `SELECT coalesce(sum(quantity * multiplier), 0)::text AS held FROM position WHERE ${ALIVE} AND symbol = $3`,
    [id, version, symbol],
  );
  return row!.held;
}

function positionOf(row: PositionRecord): Position {
  return {
    id: row.position_id,
    symbol: row.symbol,
    terms: termsOf(row),
    quantity: row.quantity,
    multiplier: row.multiplier,
    averagePrice: row.average_price,
  };
}

function termsOf(row: PositionRecord): InstrumentTerms {
  const { kind, underlying, quote, settlement, option_type: optionType, strike, expiry, pool } = row;
  const all = {
    option: { settlement, optionType, strike, expiry },
    perpetual: { settlement },
    future: { settlement, expiry },
    spot: {},
    liquidity: pool,
  };
  return { kind, underlying, quote, ...all[kind as keyof typeof all] } as InstrumentTerms;
}

export async function listVersions(tx: Tx, tenantId: string, id: string): Promise<VersionRow[]> {
  return tx.query<VersionRow>(
    'SELECT version, as_of, cause FROM portfolio_version WHERE tenant_id = $1 AND portfolio_id = $2 ORDER BY version',
    [tenantId, id],
  );
}

/** The instants that versions are stated at. */
export async function findInstants(
  tx: Tx,
  id: string,
  versions: readonly number[],
): Promise<{ version: number; as_of: string }[]> {
  return tx.query(
    'SELECT version, as_of FROM portfolio_version WHERE portfolio_id = $1 AND version = ANY($2::integer[])',
    [id, versions],
  );
}

export interface VersionRow {
  version: number;
  as_of: string;
  cause: Portfolio['cause'];
}

type MovedRow = BookRow & { averagePrice: number | null; from: number; to: number | null };

/** Every position that began or ended at one of the versions, at most `limit`. */
export async function movedPositions(
  tx: Tx,
  id: string,
  versions: readonly number[],
  limit: number,
): Promise<MovedRow[]> {
  return tx.query<MovedRow>(
    `SELECT ${BOOK_ROW}, average_price::float8 AS "averagePrice", from_version AS from, to_version AS to
     FROM position WHERE portfolio_id = $1 AND (from_version = ANY($2::integer[]) OR to_version = ANY($2::integer[]))
     ORDER BY position_id, from_version LIMIT $3`,
    [id, versions, limit],
  );
}

/** Versions after `from` up to and including `to`. */
export interface Span {
  id: string;
  from: number;
  to: number;
}

/** What version `from` held and `to` no longer does, at most `limit`. */
export async function endedPositions(tx: Tx, { id, from, to }: Span, limit: number): Promise<BookChanges['ended']> {
  return tx.query(
    `SELECT position_id AS "positionId", symbol, multiplier::float8 AS multiplier FROM position
     WHERE portfolio_id = $1 AND to_version > $2 AND to_version <= $3 AND from_version <= $2 LIMIT $4`,
    [id, from, to, limit],
  );
}

/** What version `to` holds and `from` did not yet, at most `limit`. */
export async function begunPositions(tx: Tx, { id, from, to }: Span, limit: number): Promise<BookRow[]> {
  return tx.query<BookRow>(
    `SELECT ${BOOK_ROW} FROM position
     WHERE portfolio_id = $1 AND from_version > $2 AND from_version <= $3 AND (to_version IS NULL OR to_version > $3) LIMIT $4`,
    [id, from, to, limit],
  );
}

export async function listUnderlyings(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `SELECT DISTINCT underlying || '/' || quote AS name FROM position WHERE portfolio_id = $1 ORDER BY 1`,
    [id],
  );
  return rows.map(({ name }) => name);
}

export async function listExpiries(tx: Tx, id: string): Promise<Date[]> {
  const rows = await tx.query<{ expiry: string }>(
    'SELECT DISTINCT expiry FROM position WHERE portfolio_id = $1 AND expiry IS NOT NULL ORDER BY 1',
    [id],
  );
  return rows.map(({ expiry }) => new Date(expiry));
}
