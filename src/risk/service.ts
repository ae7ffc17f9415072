import { batching } from '../platform/batch.ts';
import { runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, pointer, Problem, rejectFaults } from '../platform/problem.ts';
import { groupBy, pageOf, pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { Aggregate } from './aggregate.ts';
import { bringForward, holdBook, Instruments, type HeldBook } from './heldBook.ts';
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
import type { PricingPool } from '../pricing/service.ts';
import { namedSnapshots, prepareScenarios } from './scenarios.ts';
import * as store from './store.ts';
import { unitPrices, type Places, type PricedBook, type UnitPrices } from './unitPrices.ts';
import { valueShard, type ValuedShard } from './valuation.ts';

export { STRESS_NAMES, STRESS_SCENARIOS, stressShock } from './stress.ts';
export type { HeldBook } from './heldBook.ts';
export { Places, type PricedBook, type UnitPrices } from './unitPrices.ts';
export { UNIT, UNIT_WIDTH } from './unitRows.ts';
export { linearGreeks, type Reason, type ValuedShard } from './valuation.ts';

export const ANALYSES: OperationKind = { table: 'analysis', queue: 'analyses', event: 'analysis' };

/** Positions read, priced and written at a time: the memory that an analysis takes, whatever the size of the book. */
const SHARD = 4_000;
/** Submissions of one tenant that are written in one transaction at most. */
const SUBMISSIONS = 100;
/** Positions that are no work to look up, however small the book. */
const FEW = 16;
/** Progress is told no more often than this. */
const PROGRESS_MS = 200;

export interface RiskDeps extends OperationDeps {
  pool: PricingPool;
  market: Market;
  portfolios: Portfolios;
}

export type Risk = ReturnType<typeof createRisk>;

/** What a book is worth and what it is sensitive to. */
export function createRisk(deps: RiskDeps) {
  const { db, clock, wake, metrics, pool, market, portfolios } = deps;
  const instruments = new Instruments();

  const get = async (tenantId: string, id: string): Promise<Analysis> => {
    const row = await db.tenant(tenantId, (tx) => store.findAnalysis(tx, tenantId, id));
    if (!row) throw notFound('analysis', id);
    return store.analysisOf(row);
  };

  const phase = (name: string) => metrics.phases.startTimer({ kind: ANALYSES.event, phase: name });
  const timedPool: Pick<PricingPool, 'price' | 'grid'> = {
    async price(input, count) {
      const priced = phase('price');
      return pool.price(input, count).finally(() => priced());
    },
    async grid(input, weights, scenarios) {
      const priced = phase('grid');
      return pool.grid(input, weights, scenarios).finally(() => priced());
    },
  };

  /** A version of a book, in pieces that are valued at once. */
  const shards = (tenantId: string, portfolioId: string, version: number) =>
    portfolios.book(tenantId, portfolioId, version, SHARD);

  /** Values a book in a market, handing out the results shard by shard. */
  const value = async (
    book: AsyncIterable<BookRow[]> | Iterable<BookRow[]>,
    view: MarketView,
    convention: DeltaConvention,
    onShard?: (shard: ValuedShard, rows: BookRow[]) => Promise<void>,
  ): Promise<Valuation> => {
    const aggregate = new Aggregate();
    let ordinal = 0;
    let read = phase('read');
    for await (const rows of book) {
      read();
      const valued = phase('value');
      const shard = await valueShard(timedPool, view, rows, convention, ordinal++);
      aggregate.add(shard, rows);
      valued();
      await onShard?.(shard, rows);
      read = phase('read');
    }
    return aggregate.valuation(view, convention);
  };

  /** Values a held book, and tells what it was valued with. */
  const valueHeld = async (
    book: HeldBook,
    prices: UnitPrices,
  ): Promise<{ valuation: Valuation; priced: PricedBook }> => {
    const priced = await prices.of(book);
    const aggregate = new Aggregate();
    aggregate.addHeld(book, priced);
    return { valuation: aggregate.valuation(prices.market, prices.convention), priced };
  };

  const submitted = batching<store.NewAnalysis, store.AnalysisRow | undefined>(SUBMISSIONS, async (tenantId, items) => {
    const now = clock.now();
    const rows = await db.tenant(tenantId, async (tx) => {
      const inserted = await store.insertAnalyses(tx, tenantId, items, now);
      await enqueue(tx, now, { tenantId, queue: ANALYSES.queue, subjects: inserted.map((row) => row.id) });
      return inserted;
    });
    wake.call('outbox');
    const byId = new Map(rows.map((row) => [row.id, row]));
    return items.map(({ id }) => byId.get(id));
  });

  /** A page of the analyses of each portfolio, in the order of the portfolios. */
  const listMany = async (
    tenantId: string,
    portfolioIds: readonly string[],
    page: PageRequest,
  ): Promise<Page<Analysis>[]> => {
    const rows = await db.tenant(tenantId, (tx) => store.listAnalyses(tx, tenantId, [...new Set(portfolioIds)], page));
    return pagesOf(
      rows.map(store.analysisOf),
      portfolioIds,
      (analysis) => analysis.portfolioId,
      page.limit,
      (analysis) => analysis.id,
    );
  };

  /** A page of the results per position of each analysis, in the order of the analyses; null where one has no results. */
  const positionPages = async (
    tenantId: string,
    analyses: readonly Analysis[],
    page: PageRequest,
  ): Promise<(Page<PositionGreeks> | null)[]> => {
    const ended = [
      ...new Map(analyses.filter(({ result }) => result).map((analysis) => [analysis.id, analysis])).values(),
    ];
    const after = page.after ?? '';
    const shards = await db.tenant(tenantId, (tx) =>
      store.readShards(
        tx,
        ended.map(({ id }) => id),
        after,
        2,
      ),
    );
    const pieces = groupBy(shards, ({ analysisId }) => analysisId);
    const rowsOf = (id: string) => (pieces.get(id) ?? []).flatMap((shard) => rowsAfter(shard, after, page.limit + 1));
    const found = new Map(ended.map(({ id }) => [id, rowsOf(id).slice(0, page.limit + 1)]));
    const symbols = await symbolsOf(tenantId, ended, found);
    return analyses.map((analysis) => {
      if (!analysis.result) return null;
      const { deltaConvention } = analysis.result;
      const rows = found
        .get(analysis.id)!
        .map((row) => ({ ...row, symbol: symbols(analysis, row.positionId), deltaConvention }));
      return pageOf(rows, page.limit, (row) => row.positionId);
    });
  };

  const symbolsOf = async (tenantId: string, analyses: Analysis[], found: Map<string, PositionResult[]>) => {
    const wanted = analyses.flatMap(({ id, portfolioId, portfolioVersion }) =>
      found.get(id)!.map(({ positionId }) => ({ id: portfolioId, version: portfolioVersion, positionId })),
    );
    const nameOf = (portfolioId: string, version: number, positionId: string) =>
      `${portfolioId} ${version} ${positionId}`;
    const known = await portfolios.symbols(tenantId, wanted);
    const symbols = new Map(
      known.map(({ id, version, positionId, symbol }) => [nameOf(id, version, positionId), symbol]),
    );
    return (analysis: Analysis, positionId: string) =>
      symbols.get(nameOf(analysis.portfolioId, analysis.portfolioVersion, positionId)) ?? '';
  };

  return {
    get,
    shards,
    value,
    valueHeld,

    /** Holds a version of a book in memory: an earlier one that is held is brought forward where little changed since, or else it is read. */
    async hold(
      tenantId: string,
      portfolioId: string,
      version: number,
      earlier?: { version: number; book: HeldBook },
    ): Promise<HeldBook> {
      const read = () => holdBook(shards(tenantId, portfolioId, version), instruments);
      if (!earlier) return read();
      const span = { id: portfolioId, from: earlier.version, to: version };
      const changes = await portfolios.changes(tenantId, span, mostChanges(earlier.book));
      return changes ? bringForward(earlier.book, changes.ended, changes.begun, instruments) : read();
    },

    unitPrices: (view: MarketView, convention: DeltaConvention, places?: Places): UnitPrices =>
      unitPrices(timedPool, view, convention, places),

    /** Rows that are in no book, such as what might be traded. */
    valueRows: (rows: BookRow[], view: MarketView, convention: DeltaConvention): Promise<ValuedShard> =>
      valueShard(timedPool, view, rows, convention, 0),

    getMany: async (tenantId: string, ids: readonly string[]): Promise<Analysis[]> =>
      (await db.tenant(tenantId, (tx) => store.findAnalyses(tx, tenantId, ids))).map(store.analysisOf),

    listMany,

    async list(tenantId: string, portfolioId: string, page: PageRequest): Promise<Page<Analysis>> {
      await portfolios.get(tenantId, portfolioId); // one that does not exist is not one without analyses
      const [analyses] = await listMany(tenantId, [portfolioId], page);
      return analyses!;
    },

    /** Queues an analysis. The row and its job are written in one transaction, together with those of others. */
    async submit(tenantId: string, id: string, portfolioId: string, input: AnalysisInput): Promise<Analysis> {
      await checkSnapshots(tenantId, input);
      const inserted = await submitted(tenantId, { id, portfolioId, input });
      if (inserted) return store.analysisOf(inserted);
      const existing = await db.tenant(tenantId, (tx) => store.findAnalysis(tx, tenantId, id));
      return existing ? store.analysisOf(existing) : explainMissing(tenantId, portfolioId, input);
    },

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.AnalysisRow>(deps, ANALYSES, job, last, async ({ row, progress }) => {
        const { tenant_id: tenantId, portfolio_id: portfolioId, portfolio_version: version } = row;
        const [view, { positionCount }] = await Promise.all([
          market.view(tenantId, row.market_snapshot_id),
          portfolios.get(tenantId, portfolioId, version),
        ]);
        const { deltaConvention, scenarios: asked } = row.request;
        const scenarios =
          asked && (await prepareScenarios({ market, pool: timedPool }, tenantId, view, deltaConvention, asked));
        let done = 0;
        let told = clock.monotonic();
        const valuation = await value(
          shards(tenantId, portfolioId, version),
          view,
          deltaConvention,
          async (shard, rows) => {
            await scenarios?.add(shard, rows);
            const written = phase('write');
            await db.tenant(tenantId, (tx) => store.saveShard(tx, tenantId, row.id, shard), 'relaxed');
            written();
            done += shard.positionIds.length;
            if (done === positionCount || clock.monotonic() - told < PROGRESS_MS) return;
            told = clock.monotonic();
            await progress(done / positionCount);
          },
        );
        const result: Valuation = { ...valuation, scenarios: scenarios?.report(valuation) ?? null };
        return async () => ({
          result,
          events: [{ type: 'analysis.completed', data: completed(row, valuation) }],
        });
      }),

    positionPages,

    /** A page of the results per position, in the order of their ids. */
    async positions(tenantId: string, id: string, page: PageRequest): Promise<Page<PositionGreeks>> {
      const analysis = await get(tenantId, id);
      const [positions] = await positionPages(tenantId, [analysis], page);
      if (!positions) throw new Problem('conflict', `The analysis has no results: it is ${analysis.status}`);
      return positions;
    },
  };

  /** Snapshots that scenarios name and that are not there are told where they are named. */
  async function checkSnapshots(tenantId: string, { scenarios }: AnalysisInput): Promise<void> {
    const named = scenarios ? namedSnapshots(scenarios) : [];
    if (named.length === 0) return;
    const ids = named.map(({ id }) => id);
    const missing = new Set(await db.tenant(tenantId, (tx) => store.missingSnapshots(tx, tenantId, ids)));
    rejectFaults(
      named
        .filter(({ id }) => missing.has(id.toLowerCase()))
        .map(({ id, at }) => ({
          pointer: pointer(at),
          code: 'not_found',
          detail: `There is no market snapshot ${id}`,
        })),
    );
  }

  /** Says what it was that the submission named and that is not there. */
  async function explainMissing(tenantId: string, portfolioId: string, input: AnalysisInput): Promise<never> {
    await portfolios.get(tenantId, portfolioId, input.portfolioVersion);
    if (input.marketSnapshotId !== undefined) throw notFound('market snapshot', input.marketSnapshotId);
    throw new Problem('conflict', 'There is no market snapshot yet; post one to /v1/market-snapshots');
  }
}

/** Above it a book is read again. */
function mostChanges({ positionIds }: HeldBook): number {
  return Math.max(FEW, Math.floor(positionIds.length / 4));
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

function rowsAfter(shard: Shard, after: string, limit: number): PositionResult[] {
  const first = shard.positionIds.findIndex((id) => id > after);
  if (first === -1) return [];
  return shard.positionIds.slice(first, first + limit).map((_, i) => positionResult(shard, first + i));
}

function positionResult(shard: Shard, i: number): PositionResult {
  const positionId = shard.positionIds[i]!;
  const failure = shard.failures[i];
  if (failure) return { positionId, price: null, value: null, greeks: null, failure };
  const at = (name: ResultColumn) => shard.columns[RESULT_COLUMNS.indexOf(name) * shard.positionIds.length + i]!;
  const greeks = Object.fromEntries(GREEKS.map((name) => [name, at(name)])) as Greeks;
  return { positionId, price: at('price'), value: at('value'), greeks, failure: null };
}
