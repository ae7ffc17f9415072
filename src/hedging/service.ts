import { isExpired, resolveInstrument } from '../instruments/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import { runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, pointer, Problem, rejectFaults, type Fault } from '../platform/problem.ts';
import { pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Valuation } from '../risk/model.ts';
import type { Risk } from '../risk/service.ts';
import type { PricingPool } from '../pricing/service.ts';
import type { HedgePlan, HedgePlanInput, PlanResult, Target } from './model.ts';
import type { Tool } from './candidates.ts';
import { BookGatherer } from './book.ts';
import { decideByPolicy, type BandOf } from './decide.ts';
import type { Need } from './need.ts';
import { makePlan, targetsFor } from './plan.ts';
import { stepsIn, type HedgePolicy } from './policyModel.ts';
import { policyFaults, type Policies } from './policyService.ts';
import * as store from './store.ts';

export const HEDGE_PLANS: OperationKind = { table: 'hedge_plan', queue: 'hedge-plans', event: 'hedge_plan' };

export interface HedgingDeps extends OperationDeps {
  market: Market;
  portfolios: Portfolios;
  risk: Risk;
  policies: Policies;
  pool: Pick<PricingPool, 'price'>;
  bandOf: BandOf;
}

export type Hedging = ReturnType<typeof createHedging>;

/** From Greeks to the orders that bring a book to its targets. */
export function createHedging(deps: HedgingDeps) {
  const { db, clock, wake, market, portfolios, risk, policies } = deps;

  const get = async (tenantId: string, id: string): Promise<HedgePlan> => {
    const row = await db.tenant(tenantId, (tx) => store.findPlan(tx, tenantId, id));
    if (!row) throw notFound('hedge plan', id);
    return store.planOf(row);
  };

  /** The book version and the market that a plan is about. */
  const subject = async (tenantId: string, portfolioId: string, input: HedgePlanInput) => {
    const { analysisId = null } = input;
    if (analysisId !== null) {
      const analysis = await risk.get(tenantId, analysisId);
      rejectFaults(analysisFaults(analysis, portfolioId, input));
      return { analysisId, portfolioVersion: analysis.portfolioVersion, marketSnapshotId: analysis.marketSnapshotId };
    }
    const [{ version }, latest] = await Promise.all([
      portfolios.get(tenantId, portfolioId, input.portfolioVersion),
      input.marketSnapshotId ?? market.latestId(tenantId),
    ]);
    if (latest === undefined)
      throw new Problem('conflict', 'There is no market snapshot yet; post one to /v1/market-snapshots');
    return { analysisId, portfolioVersion: version, marketSnapshotId: latest };
  };

  const valuation = async (row: store.PlanRow, view: MarketView): Promise<Valuation> => {
    if (row.analysis_id !== null) {
      const { result } = await risk.get(row.tenant_id, row.analysis_id);
      if (result) return result;
    }
    return risk.value(bookOf(row), view, row.request.deltaConvention ?? 'black_scholes');
  };

  /** The plan by the policy that was resolved at submission. */
  const planByPolicy = async (row: store.PlanRow, view: MarketView, policy: HedgePolicy): Promise<PlanResult> => {
    refuseStale(policy, view, clock.now());
    const { request } = row;
    const books = new BookGatherer();
    const convention = request.deltaConvention ?? policy.deltaConvention;
    const valued = await risk.value(bookOf(row), view, convention, async (shard, rows) => books.add(shard, rows));
    const lastFill = await portfolios.lastFill(row.tenant_id, row.portfolio_id, row.portfolio_version);
    const tools = request.instruments.map(toolOf);
    const costs = policy.costs ?? request.costs;
    const lastTradeMs = lastFill?.getTime() ?? -Infinity;
    const situation = { ...{ market: view, books, tools, costs, convention }, lastTradeMs };
    const { policyId = null, policyVersion = null } = request;
    const targets = targetsFor(request.targets, valued, policy.target);
    const needs = new Map<Target, Need>();
    for (const target of targets)
      needs.set(target, await decideByPolicy(deps, { policy, policyId, policyVersion }, situation, target));
    return makePlan({ ...request, targets, tools, costs }, valued, view, (target) => needs.get(target));
  };

  /** The policy of a request, at the version that it has now. */
  const resolvePolicy = async (tenantId: string, input: HedgePlanInput): Promise<HedgePlanInput> => {
    if (input.policyId === undefined) return input;
    const { version, policy } = await policies.get(tenantId, input.policyId, input.policyVersion);
    return { ...input, policyVersion: version, policy };
  };

  /** A page of the plans of each portfolio, in the order of the portfolios. */
  const listMany = async (
    tenantId: string,
    portfolioIds: readonly string[],
    page: PageRequest,
  ): Promise<Page<HedgePlan>[]> => {
    const rows = await db.tenant(tenantId, (tx) => store.listPlans(tx, tenantId, [...new Set(portfolioIds)], page));
    return pagesOf(
      rows.map(store.planOf),
      portfolioIds,
      (plan) => plan.portfolioId,
      page.limit,
      (plan) => plan.id,
    );
  };

  return {
    get,

    getMany: async (tenantId: string, ids: readonly string[]): Promise<HedgePlan[]> =>
      (await db.tenant(tenantId, (tx) => store.findPlans(tx, tenantId, ids))).map(store.planOf),

    listMany,

    async list(tenantId: string, portfolioId: string, page: PageRequest): Promise<Page<HedgePlan>> {
      await portfolios.get(tenantId, portfolioId); // one that does not exist is not one without plans
      const [plans] = await listMany(tenantId, [portfolioId], page);
      return plans!;
    },

    /** Queues a plan. What can be seen to be wrong with the request is told now, not by a failed job. */
    async submit(tenantId: string, id: string, portfolioId: string, input: HedgePlanInput): Promise<HedgePlan> {
      const about = await subject(tenantId, portfolioId, input);
      const view = await market.view(tenantId, about.marketSnapshotId);
      rejectFaults([...targetFaults(input, view), ...instrumentFaults(input, view), ...planPolicyFaults(input)]);
      const request = await resolvePolicy(tenantId, input);
      const now = clock.now();
      if (request.policy) {
        refuseSteps(request);
        refuseStale(request.policy, view, now);
      }
      const row = await db.tenant(tenantId, async (tx) => {
        const inserted = await store.insertPlan(tx, tenantId, { id, portfolioId, ...about, request }, now);
        if (!inserted) {
          const existing = await store.findPlan(tx, tenantId, id);
          if (!existing) throw new Problem('conflict', 'The id of this plan is taken');
          return existing;
        }
        await enqueue(tx, now, { tenantId, queue: HEDGE_PLANS.queue, subjects: [id] });
        return inserted;
      });
      wake.call('outbox');
      return store.planOf(row);
    },

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.PlanRow>(deps, HEDGE_PLANS, job, last, async ({ row }) => {
        const view = await market.view(row.tenant_id, row.market_snapshot_id);
        const { request } = row;
        const result = request.policy
          ? await planByPolicy(row, view, request.policy)
          : makePlan({ ...request, tools: request.instruments.map(toolOf) }, await valuation(row, view), view);
        return async () => ({ result, events: [{ type: 'hedge_plan.completed', data: completed(row, result) }] });
      }),
  };
}

function bookOf(row: store.PlanRow) {
  return { tenantId: row.tenant_id, portfolioId: row.portfolio_id, version: row.portfolio_version };
}

/** @throws Problem where the snapshot is older than the policy takes: nothing is hedged on stale prices */
function refuseStale({ maxSnapshotAgeSeconds: most }: HedgePolicy, view: MarketView, now: Date): void {
  if (most === undefined) return;
  const age = (now.getTime() - view.asOf.getTime()) / 1000;
  if (age <= most) return;
  const detail = `The market snapshot ${view.id} is ${Math.round(age)} s old, and the policy takes ${most} s at most`;
  throw new Problem('stale_market', detail);
}

function refuseSteps({ policy, policyId }: HedgePlanInput): void {
  const counted = policy && stepsIn(policy);
  if (!counted) return;
  const at = policyId === undefined ? pointer(['policy', ...counted]) : '/policyId';
  rejectFaults([
    { pointer: at, code: 'no_grid', detail: 'Steps are those of the grid of a backtest; a plan takes everySeconds' },
  ]);
}

/** What does not go together in a request with a policy. */
function planPolicyFaults(input: HedgePlanInput): Fault[] {
  const { policy, policyId, policyVersion, targets, analysisId } = input;
  const fault = (at: PropertyKey[], detail: string): Fault => ({ pointer: pointer(at), code: 'mismatch', detail });
  const twice = policy && policyId !== undefined ? [fault(['policy'], 'Give policy or policyId, not both')] : [];
  const version =
    policyVersion !== undefined && policyId === undefined ? [fault(['policyVersion'], 'It is of no policyId')] : [];
  if (!policy && policyId === undefined) return version;
  return [
    ...twice,
    ...version,
    ...(policy ? policyFaults(policy, ['policy']) : []),
    ...(analysisId === undefined
      ? []
      : [fault(['analysisId'], 'A policy looks at every position, which a finished analysis does not keep')]),
    ...targets.flatMap(({ tolerance }, i) =>
      tolerance === 0 ? [] : [fault(['targets', i, 'tolerance'], 'With a policy, the policy says the band')],
    ),
  ];
}

function toolOf(given: HedgePlanInput['instruments'][number]): Tool {
  const resolved = resolveInstrument(given.instrument);
  if (!resolved.ok) throw new Problem('validation_failed', resolved.detail); // refused at submission already
  return { ...given, instrument: resolved.instrument };
}

function analysisFaults(
  analysis: Awaited<ReturnType<Risk['get']>>,
  portfolioId: string,
  input: HedgePlanInput,
): Fault[] {
  const fault = (field: string, detail: string): Fault => ({ pointer: `/${field}`, code: 'mismatch', detail });
  if (analysis.portfolioId !== portfolioId) return [fault('analysisId', 'The analysis is of another portfolio')];
  if (!analysis.result) return [fault('analysisId', `The analysis has no result: it is ${analysis.status}`)];
  const { portfolioVersion, marketSnapshotId, deltaConvention } = input;
  return [
    ...(portfolioVersion !== undefined && portfolioVersion !== analysis.portfolioVersion
      ? [fault('portfolioVersion', `The analysis is of version ${analysis.portfolioVersion}`)]
      : []),
    ...(marketSnapshotId !== undefined && marketSnapshotId !== analysis.marketSnapshotId
      ? [fault('marketSnapshotId', `The analysis used ${analysis.marketSnapshotId}`)]
      : []),
    ...(deltaConvention !== undefined && deltaConvention !== analysis.result.deltaConvention
      ? [fault('deltaConvention', `The analysis used ${analysis.result.deltaConvention}`)]
      : []),
  ];
}

function targetFaults({ targets }: HedgePlanInput, view: MarketView): Fault[] {
  const key = (target: HedgePlanInput['targets'][number]) => `${target.underlying}/${target.quote} ${target.greek}`;
  return targets.flatMap((target, i): Fault[] => {
    const at = pointer(['targets', i]);
    if (!view.underlying(target.underlying, target.quote)) {
      return [
        {
          pointer: `${at}/underlying`,
          code: 'unknown_underlying',
          detail: `The market snapshot has no ${target.underlying}/${target.quote}`,
        },
      ];
    }
    const twice = targets.findIndex((other) => key(other) === key(target)) < i;
    return twice
      ? [{ pointer: at, code: 'duplicate_target', detail: `There is another target for ${key(target)}` }]
      : [];
  });
}

function instrumentFaults({ instruments }: HedgePlanInput, view: MarketView): Fault[] {
  return instruments.flatMap(({ instrument }, i): Fault[] => {
    const fault = (code: string, detail: string): Fault[] => [
      { pointer: pointer(['instruments', i, 'instrument']), code, detail },
    ];
    const resolved = resolveInstrument(instrument);
    if (!resolved.ok) return fault(resolved.code, resolved.detail);
    const { symbol, terms } = resolved.instrument;
    if (terms.kind === 'option' || terms.kind === 'liquidity')
      return fault(
        'unsupported_hedge',
        'A delta hedge trades spot, perpetuals and futures; options and liquidity are not hedge instruments yet',
      );
    if (isExpired(terms, view.asOf)) return fault('expired', `${symbol} had expired at ${view.asOf.toISOString()}`);
    if (!view.underlying(terms.underlying, terms.quote))
      return fault('unknown_underlying', `The market snapshot has no ${terms.underlying}/${terms.quote}`);
    return [];
  });
}

function completed(
  row: store.PlanRow,
  { orders, residuals, estimatedCost, noTrade, reasons, unvalued }: PlanResult,
): object {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    portfolioVersion: row.portfolio_version,
    marketSnapshotId: row.market_snapshot_id,
    orders: orders.map(({ leg, symbol, side, quantity, quantityUnit, referencePrice, limitPrice }) => ({
      ...{ leg, symbol, side, quantity, quantityUnit, referencePrice, limitPrice },
    })),
    ...{ residuals, estimatedCost, noTrade, reasons, unvalued },
  };
}
