import { batching } from '../platform/batch.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import { badCursor, pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, Problem, rejectFaults } from '../platform/problem.ts';
import type { Wake } from '../platform/wake.ts';
import type { MarketSnapshot, MarketSnapshotInput, MarketSnapshotSummary } from './model.ts';
import type { MarketSurface } from './surfaceModel.ts';
import { surfaceReport } from './surfaceReport.ts';
import {
  insertSnapshot,
  selectLatestAt,
  selectLatestId,
  selectMarks,
  selectSnapshot,
  selectSummaries,
  type SnapshotRow,
  type SummaryRow,
} from './store.ts';
import { summarise } from './summary.ts';
import { snapshotFaults } from './validate.ts';
import { buildMarketView, type MarketView } from './view.ts';

export { yearsTo } from './forwards.ts';
export { isMissing, type Missing } from './pricing.ts';
export type { MarketView, UnderlyingView } from './view.ts';

export interface MarketMark {
  id: string;
  asOf: Date;
  /** `BTC/USD` */
  underlyings: string[];
}

export interface Market {
  /** Writes a snapshot under an id that the caller drew; a second call with the same id answers with the first. */
  create(tenantId: string, id: string, input: MarketSnapshotInput): Promise<MarketSnapshot>;
  get(tenantId: string, id: string): Promise<MarketSnapshot>;
  /** Newest first. */
  list(tenantId: string, page: PageRequest): Promise<Page<MarketSnapshotSummary>>;
  /** The snapshot with the latest asOf; undefined where the tenant has none. */
  latestId(tenantId: string): Promise<string | undefined>;
  /** As `latestId`, within a transaction. */
  latestIdIn(tx: Tx, tenantId: string): Promise<string | undefined>;
  /** Snapshots from one instant to another, both included, earliest first; `limit` of them at most. */
  marks(tenantId: string, from: Date, to: Date, limit: number): Promise<MarketMark[]>;
  /** The snapshot with the latest asOf up to an instant. */
  latestAt(tenantId: string, at: Date): Promise<string | undefined>;
  /** The snapshot, ready to price with. Built once while it stays among the last used. */
  view(tenantId: string, id: string): Promise<MarketView>;
  /** The volatility surface of one underlying; fitted once while the view is kept. */
  surface(tenantId: string, id: string, underlying: string, quote: string): Promise<MarketSurface>;
}

/** Surfaces of so many snapshots are kept; one of 20,000 quotes takes about a megabyte. */
const KEPT_VIEWS = 32;
/** Who ask for the latest snapshot at the same time get one answer. */
const ASKING = 1_000;

export function createMarket({ db, clock, wake }: { db: Database; clock: Clock; wake: Wake }): Market {
  const read = (tenantId: string, id: string) => db.tenant(tenantId, (tx) => selectSnapshot(tx, tenantId, id));
  const get = async (tenantId: string, id: string) => snapshotOf(await read(tenantId, id), id);
  const views = lastUsed<Promise<MarketView>>(KEPT_VIEWS);

  const view = (tenantId: string, id: string) =>
    views(`${tenantId}/${id}`, async () => buildMarketView(id, (await get(tenantId, id)).data));

  const latest = batching<null, string | undefined>(ASKING, async (tenantId, asking) => {
    const id = await db.tenant(tenantId, (tx) => selectLatestId(tx, tenantId));
    return asking.map(() => id);
  });

  return {
    get,
    async create(tenantId, id, input) {
      rejectFaults(snapshotFaults(input));
      const data = { underlyings: summarise(input), snapshot: input };
      const row = await db.tenant(tenantId, async (tx) => {
        await insertSnapshot(tx, tenantId, id, data, clock.now());
        return selectSnapshot(tx, tenantId, id);
      });
      wake.call('market');
      return snapshotOf(row, id);
    },
    async list(tenantId, { limit, after }) {
      if (after !== undefined && !isUuid(after)) throw badCursor();
      const rows = await db.tenant(tenantId, (tx) => selectSummaries(tx, tenantId, after, limit + 1));
      return pageOf(rows.map(summaryOf), limit, ({ id }) => id);
    },
    latestId: (tenantId) => latest(tenantId, null),
    latestIdIn: selectLatestId,
    marks: async (tenantId, from, to, limit) =>
      (await db.tenant(tenantId, (tx) => selectMarks(tx, tenantId, from, to, limit))).map((row) => ({
        id: row.id,
        asOf: new Date(row.as_of),
        underlyings: row.underlyings.map(({ underlying, quote }) => `${underlying}/${quote}`),
      })),
    latestAt: (tenantId, at) => db.tenant(tenantId, (tx) => selectLatestAt(tx, tenantId, at)),
    view,
    async surface(tenantId, id, underlying, quote) {
      const { data } = await get(tenantId, id);
      const market = data.underlyings.find((each) => each.underlying === underlying && each.quote === quote);
      if (!market) throw notFound(`underlying in market snapshot ${id}:`, `${underlying}/${quote}`);
      const given = (await view(tenantId, id)).underlying(underlying, quote)?.surface;
      if (!given) {
        throw new Problem('conflict', `The market snapshot ${id} gives no volatility for ${underlying}/${quote}`);
      }
      return surfaceReport(id, data.asOf, market, given.fitted());
    },
  };
}

function summaryOf(row: SummaryRow): MarketSnapshotSummary {
  return { id: row.id, asOf: row.as_of, source: row.source, createdAt: row.created_at, underlyings: row.underlyings };
}

function snapshotOf(row: SnapshotRow | undefined, id: string): MarketSnapshot {
  if (!row) throw notFound('market snapshot', id);
  const { underlyings, snapshot } = row.data;
  return { ...summaryOf({ ...row, underlyings }), data: snapshot };
}

/** Remembers the last `size` answers used. A failed one is forgotten, so that the next call tries again. */
function lastUsed<T extends Promise<unknown>>(size: number): (key: string, make: () => T) => T {
  const kept = new Map<string, T>();
  return (key, make) => {
    const value = kept.get(key) ?? make();
    kept.delete(key);
    kept.set(key, value);
    value.catch(() => kept.get(key) === value && kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > size && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
