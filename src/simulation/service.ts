import type { Policies } from '../hedging/policyService.ts';
import { policyFaults } from '../hedging/policyService.ts';
import { optimalRules, stepsIn } from '../hedging/policyModel.ts';
import type { Market } from '../market/service.ts';
import type { Ids } from '../platform/ids.ts';
import { runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { enqueueFlow } from '../platform/outbox.ts';
import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, pointer, Problem, rejectFaults, type Fault, type ProblemDetails } from '../platform/problem.ts';
import type { Job } from '../platform/queue.ts';
import type { PricingPool } from '../pricing/service.ts';
import { pathsFault } from '../quant/simulation/paths.ts';
import { PATH_BLOCK } from '../quant/simulation/pathNormals.ts';
import { termsFault } from '../quant/simulation/hedgeSetup.ts';
import { blackGreeks } from '../quant/pricing/black.ts';
import { pathCount, type BacktestInput } from './model.ts';
import { legFaults, recordedHistory } from './recorded.ts';
import type { Backtest, BacktestResult, PlotKind } from './resultModel.ts';
import * as store from './store.ts';
import { premiumOf } from './summary.ts';
import { hedgeTerms, pathModel, pathSource, policyOf } from './terms.ts';
import type { SimulationThreads } from './threads.ts';

export const BACKTESTS: OperationKind = { table: 'backtest', queue: 'backtests', event: 'backtest' };
export const BACKTEST_SHARDS: OperationKind = {
  table: 'backtest_shard',
  queue: 'backtest-shards',
  event: 'backtest_shard',
  isPiece: true,
};

/** Paths of one shard: some tenths of a second of work. It must not change what a path is, only who computes it. */
const SHARD_PATHS = 8 * PATH_BLOCK;

export interface SimulationDeps extends OperationDeps {
  ids: Ids;
  market: Market;
  policies: Policies;
  pool: Pick<PricingPool, 'price'>;
  threads: SimulationThreads;
}

export type Simulation = ReturnType<typeof createSimulation>;

/** Backtests of hedge policies. The paths are cut into shards, each a job of its own; the last job puts them together. */
export function createSimulation(deps: SimulationDeps) {
  const { db, clock, ids, wake, market, policies, pool, threads } = deps;

  const find = async (tenantId: string, id: string): Promise<store.BacktestRow> => {
    const row = await db.tenant(tenantId, (tx) => store.findBacktest(tx, tenantId, id));
    if (!row) throw notFound('backtest', id);
    return row;
  };

  /** With stored policies in place, at the version that they have now. */
  const resolve = async (tenantId: string, input: BacktestInput): Promise<BacktestInput> => {
    const strategies = [];
    for (const strategy of input.strategies) {
      if (strategy.policyId === undefined) strategies.push(strategy);
      else {
        const { version, policy } = await policies.get(tenantId, strategy.policyId, strategy.policyVersion);
        strategies.push({ ...strategy, policyVersion: version, policy });
      }
    }
    return { ...input, strategies };
  };

  const recorded = async (tenantId: string, request: BacktestInput): Promise<BacktestResult> => {
    const { history: input } = request;
    if (input?.source !== 'snapshots') throw new RangeError('this is no recorded history');
    const needsSlopes = request.strategies.some((each) =>
      ['sticky_delta', 'min_variance'].includes(policyOf(each).deltaConvention),
    );
    const solved = request.strategies.reduce((sum, each) => sum + optimalRules(policyOf(each)), 0);
    const needs = { needsSlopes, optimalRules: solved };
    const { history, instants } = await recordedHistory({ market, pool }, tenantId, input, needs);
    return threads.recorded({ request, history, instants: [...instants] });
  };

  return {
    get: async (tenantId: string, id: string): Promise<Backtest> => store.backtestOf(await find(tenantId, id)),

    async list(tenantId: string, page: PageRequest): Promise<Page<Backtest>> {
      const rows = await db.tenant(tenantId, (tx) => store.listBacktests(tx, tenantId, page));
      return pageOf(rows.map(store.backtestOf), page.limit, (backtest) => backtest.id);
    },

    /** The result of one that has succeeded. */
    async result(tenantId: string, id: string): Promise<{ backtest: Backtest; result: BacktestResult }> {
      const backtest = store.backtestOf(await find(tenantId, id));
      if (!backtest.result) throw new Problem('conflict', `The backtest has no result: it is ${backtest.status}`);
      return { backtest, result: backtest.result };
    },

    plot: (kind: PlotKind, result: BacktestResult): Promise<string> => threads.plot({ kind, result }),

    /** Queues a backtest with its shards. What can be seen to be wrong is told now. */
    async submit(tenantId: string, id: string, input: BacktestInput): Promise<Backtest> {
      rejectFaults(inputFaults(input));
      const request = await resolve(tenantId, input);
      rejectFaults(strategyFaults(request));
      const shards = shardsOf(pathCount(request)).map((range) => ({ id: ids.next(), ...range }));
      const now = clock.now();
      await db.tenant(tenantId, async (tx) => {
        if (!(await store.insertBacktest(tx, tenantId, { id, request, shards }, now))) return;
        const pieces = shards.map((shard) => shard.id);
        const flow = { tenantId, queue: BACKTESTS.queue, subject: id, pieceQueue: BACKTEST_SHARDS.queue, pieces };
        await enqueueFlow(tx, now, flow);
      });
      wake.call('outbox');
      const row = await db.tenant(tenantId, (tx) => store.findBacktest(tx, tenantId, id));
      if (!row) throw new Problem('conflict', 'The id of this backtest is taken');
      return store.backtestOf(row);
    },

    /** The job of a shard. */
    runShard: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.ShardRow>(deps, BACKTEST_SHARDS, job, last, async ({ row }) => {
        const { request } = await find(row.tenant_id, row.backtest_id);
        const siblings = await db.tenant(row.tenant_id, (tx) => store.shardsOf(tx, row.backtest_id));
        const failed = siblings.find(({ status }) => status === 'failed')?.problem;
        if (failed) throw problemOf(failed); // the backtest has failed already
        const outcome =
          request.history?.source === 'snapshots'
            ? Buffer.from(JSON.stringify(await recorded(row.tenant_id, request)))
            : bytesOf(await threads.shard({ request, ...row.request }));
        return async (tx) => {
          const progress = await store.saveOutcome(tx, row, outcome, clock.now());
          const event = { type: 'backtest.progress', subject: row.backtest_id, data: { progress } };
          return { result: {}, events: [event] };
        };
      }),

    /** The job of the whole: taken up once its shards have ended. One that comes too early leaves all as it is. */
    async run(job: Job, last: boolean): Promise<void> {
      const shards = await db.tenant(job.tenantId, (tx) => store.shardsOf(tx, job.subject));
      if (shards.some(({ status }) => status === 'queued' || status === 'running')) return;
      await runOperation<store.BacktestRow>(deps, BACKTESTS, job, last, async ({ row }) => {
        const failed = shards.find(({ status }) => status === 'failed')?.problem;
        if (failed) {
          await db.tenant(job.tenantId, (tx) => store.dropOutcomes(tx, row.id));
          throw problemOf(failed);
        }
        const outcomes = await db.tenant(job.tenantId, (tx) => store.outcomesOf(tx, row.id));
        const result = await resultOf(row.request, outcomes);
        return async (tx) => {
          await store.dropOutcomes(tx, row.id);
          return { result, events: [{ type: 'backtest.completed', data: completed(row, result) }] };
        };
      });
    },
  };

  async function resultOf(request: BacktestInput, outcomes: Buffer[]): Promise<BacktestResult> {
    if (request.history?.source === 'snapshots') return JSON.parse(outcomes[0]!.toString()) as BacktestResult;
    const premium = modelPremium(request);
    const strategies = await threads.summary({ request, shards: outcomes.map(doublesOf), premium });
    return {
      paths: pathCount(request),
      steps: request.monitoringSteps!,
      premium,
      financing: request.financing,
      strategies,
      notes: notesOf(request),
    };
  }
}

function problemOf({ code, detail, errors = [] }: ProblemDetails): Problem {
  return new Problem(code, detail, { faults: errors });
}

function shardsOf(count: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(count / SHARD_PATHS) }, (_, i) => ({
    from: i * SHARD_PATHS,
    to: Math.min(count, (i + 1) * SHARD_PATHS),
  }));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** A copy: what comes from the database need not lie at a multiple of eight. */
function doublesOf(bytes: Buffer): Float64Array {
  return new Float64Array(Uint8Array.from(bytes).buffer);
}

function modelPremium({ market, book, paths, history }: BacktestInput): number {
  const spot = paths?.spot ?? (history?.source === 'series' ? (history.spot ?? history.prices[0]!) : NaN);
  const { rate, dividendYield, vol } = market!;
  const first = history?.source === 'series' ? (history.vols?.[0] ?? vol) : vol;
  const prices = book!.map(({ type, strike, expiryYears: time }) =>
    blackGreeks({ spot, strike, time, rate, carry: rate - dividendYield, vol: first, sign: type === 'call' ? 1 : -1 }),
  );
  return premiumOf(
    prices.map(({ price }) => price),
    book!.map(({ quantity }) => quantity),
  );
}

function notesOf({ history, financing }: BacktestInput): string[] {
  return [
    financing
      ? 'Cash earns the rate and the hedge the dividend yield'
      : 'No financing: cash earns nothing, and costs are not discounted',
    ...(history?.source === 'series'
      ? [
          'Windows of one series overlap, so their outcomes are not independent; standard errors take so many in a row for one',
        ]
      : []),
  ];
}

function inputFaults(input: BacktestInput): Fault[] {
  const { paths, history } = input;
  const terms = history?.source === 'snapshots' ? undefined : hedgeTerms(input);
  const fault = (at: PropertyKey[], detail: string | undefined): Fault[] =>
    detail === undefined ? [] : [{ pointer: pointer(at), code: 'not_simulable', detail }];
  return [
    ...(history?.source === 'snapshots' ? legFaults(history) : []),
    ...(terms ? fault([], termsFault(terms)) : []),
    ...(terms && paths ? fault(['paths'], pathsFault(pathModel(paths), terms.grid, pathSource(paths))) : []),
    ...input.strategies.flatMap(({ policy }, i) => (policy ? policyFaults(policy, ['strategies', i, 'policy']) : [])),
  ];
}

/** Steps mean nothing where snapshots are the grid. */
function strategyFaults({ history, strategies }: BacktestInput): Fault[] {
  if (history?.source !== 'snapshots') return [];
  return strategies.flatMap((strategy, i): Fault[] => {
    const counted = stepsIn(policyOf(strategy));
    if (!counted) return [];
    const at = strategy.policyId === undefined ? ['policy', ...counted] : ['policyId'];
    const detail = 'Stored snapshots are no grid of equal steps; give everySeconds';
    return [{ pointer: pointer(['strategies', i, ...at]), code: 'no_grid', detail }];
  });
}

function completed(row: store.BacktestRow, { paths, steps, premium, strategies }: BacktestResult): object {
  return {
    id: row.id,
    ...{ paths, steps, premium },
    strategies: strategies.map(({ name, pnl, sd, cost, efficient }) => ({
      ...{ name, pnl: pnl.value, sd: sd.value, cost: cost.value, efficient },
    })),
  };
}
