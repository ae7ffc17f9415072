import { runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem } from '../platform/problem.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { Aggregate } from './aggregate.ts';
import {
  RESULT_COLUMNS,
  GREEKS,
  type Analysis,
  type AnalysisInput,
  type DeltaConvention,
  type Greeks,
  type PositionGreeks,
  type ResultColumn,
  type Shard,
  type Valuation,
} from './model.ts';
import type { PricingPool } from './pricingPool.ts';
import * as store from './store.ts';
import { valueShard } from './valuation.ts';

export { linearGreeks, type Reason } from './valuation.ts';

export const ANALYSES: OperationKind = { table: 'analysis', queue: 'analyses', event: 'analysis' };

/** Positions read, priced and written at a time: the memory that an analysis takes, whatever the size of the book. */
const SHARD = 4_000;
/** Progress is told no more often than this. */
const PROGRESS_MS = 200;

export interface RiskDeps extends OperationDeps {
  pool: PricingPool;
  market: Market;
  portfolios: Portfolios;
}

/** Rolls a submission back whose portfolio or market snapshot does not exist. */
class NothingToAnalyse extends Error {}

export type Risk = ReturnType<typeof createRisk>;

/** What a book is worth and what it is sensitive to. */
export function createRisk(deps: RiskDeps) {
  const { db, clock, wake, metrics, pool, market, portfolios } = deps;

  const get = async (tenantId: string, id: string): Promise<Analysis> => {
    const row = await db.tenant(tenantId, (tx) => store.findAnalysis(tx, tenantId, id));
    if (!row) throw notFound('analysis', id);
    return store.analysisOf(row);
  };

  const phase = (name: string) => metrics.phases.startTimer({ kind: ANALYSES.event, phase: name });
  const timedPool: Pick<PricingPool, 'price'> = {
    async price(input, count) {
      const priced = phase('price');
      return pool.price(input, count).finally(() => priced());
    },
  };

  /** Values a book version in a market, handing out the results shard by shard. */
  const value = async (
    book: { tenantId: string; portfolioId: string; version: number },
    view: MarketView,
    convention: DeltaConvention,
    onShard?: (shard: Shard) => Promise<void>,
  ): Promise<Valuation> => {
    const aggregate = new Aggregate();
    let ordinal = 0;
    let read = phase('read');
    for await (const rows of portfolios.book(book.tenantId, book.portfolioId, book.version, SHARD)) {
      read();
      const valued = phase('value');
      const shard = await valueShard(timedPool, view, rows, convention, ordinal++);
      aggregate.add(shard, rows);
      valued();
      await onShard?.(shard);
      read = phase('read');
    }
    return aggregate.valuation(view, convention);
  };

  return {
    get,
    value,

    getMany: async (tenantId: string, ids: readonly string[]): Promise<Analysis[]> =>
      (await db.tenant(tenantId, (tx) => store.findAnalyses(tx, tenantId, ids))).map(store.analysisOf),

    async list(tenantId: string, portfolioId: string, page: PageRequest): Promise<Page<Analysis>> {
      const rows = await db.tenant(tenantId, (tx) => store.listAnalyses(tx, tenantId, portfolioId, page));
      return pageOf(rows.map(store.analysisOf), page.limit, (analysis) => analysis.id);
    },

    /** Queues an analysis. The row and its job are written in one transaction. */
    async submit(tenantId: string, id: string, portfolioId: string, input: AnalysisInput): Promise<Analysis> {
      const now = clock.now();
      const row = await db
        .tenant(tenantId, async (tx) => {
          const written = store.insertAnalysis(tx, tenantId, id, portfolioId, input, now);
          const queued = enqueue(tx, now, { tenantId, queue: ANALYSES.queue, subject: id });
          const [inserted] = await Promise.all([written, queued]);
          const existing = inserted ?? (await store.findAnalysis(tx, tenantId, id));
          if (!existing) throw new NothingToAnalyse();
          return existing;
        })
        .catch((error: unknown) => {
          if (error instanceof NothingToAnalyse) return explainMissing(tenantId, portfolioId, input);
          throw error;
        });
      wake.call('outbox');
      return store.analysisOf(row);
    },

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.AnalysisRow>(deps, ANALYSES, job, last, async ({ row, progress }) => {
        const { tenant_id: tenantId, portfolio_id: portfolioId, portfolio_version: version } = row;
        const [view, { positionCount }] = await Promise.all([
          market.view(tenantId, row.market_snapshot_id),
          portfolios.get(tenantId, portfolioId, version),
        ]);
        let done = 0;
        let told = clock.monotonic();
        const valuation = await value(
          { tenantId, portfolioId, version },
          view,
          row.request.deltaConvention,
          async (shard) => {
            const written = phase('write');
            await db.tenant(tenantId, (tx) => store.saveShard(tx, tenantId, row.id, shard));
            written();
            done += shard.positionIds.length;
            if (done === positionCount || clock.monotonic() - told < PROGRESS_MS) return;
            told = clock.monotonic();
            await progress(done / positionCount);
          },
        );
        return async () => ({
          result: valuation,
          events: [{ type: 'analysis.completed', data: completed(row, valuation) }],
        });
      }),

    /** A page of the results per position, in the order of their ids. */
    async positions(tenantId: string, id: string, page: PageRequest): Promise<Page<PositionGreeks>> {
      const analysis = await get(tenantId, id);
      if (!analysis.result) throw new Problem('conflict', `The analysis has no results: it is ${analysis.status}`);
      const { deltaConvention } = analysis.result;
      const shards = await db.tenant(tenantId, (tx) => store.readShards(tx, id, page.after ?? '', 2));
      const found = shards.flatMap((shard) => rowsAfter(shard, page.after ?? '')).slice(0, page.limit + 1);
      const positions = await portfolios.positionsById(
        tenantId,
        analysis.portfolioId,
        analysis.portfolioVersion,
        found.map((row) => row.positionId),
      );
      const symbols = new Map(positions.map((position) => [position.id, position.symbol]));
      const rows = found.map((row) => ({ ...row, symbol: symbols.get(row.positionId) ?? '', deltaConvention }));
      return pageOf(rows, page.limit, (row) => row.positionId);
    },
  };

  /** Says what it was that the submission named and that is not there. */
  async function explainMissing(tenantId: string, portfolioId: string, input: AnalysisInput): Promise<never> {
    await portfolios.get(tenantId, portfolioId, input.portfolioVersion);
    if (input.marketSnapshotId !== undefined) throw notFound('market snapshot', input.marketSnapshotId);
    throw new Problem('conflict', 'There is no market snapshot yet; post one to /v1/market-snapshots');
  }
}

/** What the event tells: ids and totals, never the positions. */
function completed(row: store.AnalysisRow, valuation: Valuation): object {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    portfolioVersion: row.portfolio_version,
    marketSnapshotId: row.market_snapshot_id,
    deltaConvention: valuation.deltaConvention,
    valued: valuation.valued,
    unvalued: valuation.unvalued,
    underlyings: valuation.underlyings.map(
      ({ underlying, quote, value, delta, deltaCash, gammaCash, vega, theta }) => ({
        ...{ underlying, quote, value, delta, deltaCash, gammaCash, vega, theta },
      }),
    ),
  };
}

type PositionResult = Omit<PositionGreeks, 'symbol' | 'deltaConvention'>;

function rowsAfter(shard: Shard, after: string): PositionResult[] {
  return shard.positionIds
    .map((_, i) => i)
    .filter((i) => shard.positionIds[i]! > after)
    .map((i) => positionResult(shard, i));
}

function positionResult(shard: Shard, i: number): PositionResult {
  const positionId = shard.positionIds[i]!;
  const failure = shard.failures[i];
  if (failure) return { positionId, price: null, value: null, greeks: null, failure };
  const at = (name: ResultColumn) => shard.columns[RESULT_COLUMNS.indexOf(name) * shard.positionIds.length + i]!;
  const greeks = Object.fromEntries(GREEKS.map((name) => [name, at(name)])) as Greeks;
  return { positionId, price: at('price'), value: at('value'), greeks, failure: null };
}
