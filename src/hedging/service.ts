import { resolveInstrument } from '../instruments/service.ts';
import type { Market, MarketView } from '../market/service.ts';
import type { Tx } from '../platform/database.ts';
import { runOperation, type OperationDeps, type OperationKind } from '../platform/operation.ts';
import { enqueue } from '../platform/outbox.ts';
import { notFound, Problem, rejectFaults, type Fault } from '../platform/problem.ts';
import { pagesOf, type Page, type PageRequest } from '../platform/pagination.ts';
import type { Job } from '../platform/queue.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { DeltaConvention, Valuation } from '../risk/model.ts';
import type { HeldBook, Risk, UnitPrices } from '../risk/service.ts';
import type { PricingPool } from '../pricing/service.ts';
import type { HedgePlan, HedgePlanInput, PlanResult, Target } from './model.ts';
import type { Tool } from './tools.ts';
import { booksOf, holdingsOf } from './book.ts';
import { decideByPolicy, type BandOf } from './decide.ts';
import type { Need } from './need.ts';
import { makePlan, targetsFor } from './plan.ts';
import { OptimiseSchema } from './optimiseModel.ts';
import { planByOptimiser as optimised } from './optimised.ts';
import type { HedgeSolver } from './solver/solver.ts';
import { ledgerOr, weigh } from './worth.ts';
import type { Ledgers } from '../ledger/service.ts';
import type { HedgePolicy } from './policyModel.ts';
import {
  analysisFaults,
  instrumentFaults,
  needsOptimiser,
  optimiserFaults,
  planPolicyFaults,
  stepFaults,
  targetFaults,
} from './planFaults.ts';
import type { Policies } from './policyService.ts';
import * as store from './store.ts';

export const HEDGE_PLANS: OperationKind = { table: 'hedge_plan', queue: 'hedge-plans', event: 'hedge_plan' };

export interface HedgingDeps extends OperationDeps {
  market: Market;
  portfolios: Portfolios;
  risk: Risk;
  policies: Policies;
  pool: Pick<PricingPool, 'price' | 'grid'>;
  ledger: Ledgers;
  solver: HedgeSolver;
  bandOf: BandOf;
}

export type Hedging = ReturnType<typeof createHedging>;

/** A version of a portfolio, held in memory by whoever asks for plans of it again and again. A version never changes. */
export interface HeldPortfolio {
  readonly version: number;
  readonly book: HeldBook;
  /** When each underlying was last traded, by `BTC/USD`. */
  readonly lastTrades: ReadonlyMap<string, Date>;
}

/** What a plan is about: a stored request, or one that nobody has stored yet. */
type Subject = Pick<store.PlanRow, 'tenant_id' | 'portfolio_id' | 'portfolio_version' | 'analysis_id' | 'request'>;

/** A plan that nobody has stored yet. */
export interface Proposal {
  readonly plan: Omit<store.NewPlan, 'id'>;
  readonly result: PlanResult;
}

/** From Greeks to the orders that bring a book to its targets. */
export function createHedging(deps: HedgingDeps) {
  const { db, clock, wake, market, portfolios, risk, policies, ledger } = deps;

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

  const valuation = async (row: Subject, view: MarketView): Promise<Valuation> => {
    if (row.analysis_id !== null) {
      const { result } = await risk.get(row.tenant_id, row.analysis_id);
      if (result) return result;
    }
    const book = risk.shards(row.tenant_id, row.portfolio_id, row.portfolio_version);
    return risk.value(book, view, row.request.deltaConvention ?? 'black_scholes');
  };

  const hold = ({ tenant_id, portfolio_id, portfolio_version }: Subject): Promise<HeldBook> =>
    risk.hold(tenant_id, portfolio_id, portfolio_version);

  const planByOptimiser = async (row: Subject, view: MarketView): Promise<PlanResult> => {
    const { request } = row;
    const held = await hold(row);
    const { valuation: valued, priced } = await risk.valueHeld(held, risk.unitPrices(view, conventionOf(request)));
    const optimise = request.optimise ?? OptimiseSchema.parse({});
    const tools = request.instruments.map(toolOf);
    const plan = await optimised(deps, {
      request: { ...request, tools, optimise },
      valuation: valued,
      ...{ books: booksOf(held, priced), holdings: holdingsOf(held, priced) },
      market: view,
    });
    return weighed(row, plan, valued, view);
  };

  /** With what it is worth, where that was asked for. */
  const weighed = async (row: Subject, plan: PlanResult, valued: Valuation, view: MarketView): Promise<PlanResult> => {
    const { worthIt, optimise, policy } = row.request;
    const period = { from: undefined, to: view.id, resolution: 'changes' as const };
    const told = worthIt && (await ledgerOr(ledger.report(row.tenant_id, row.portfolio_id, period)));
    const used = needsOptimiser(row.request) ? (optimise ?? OptimiseSchema.parse({})) : undefined;
    const riskAversion = policy?.riskAversion ?? used?.riskAversion;
    return weigh(plan, { worthIt, riskAversion, optimise: used, valuation: valued, market: view, ledger: told });
  };

  /** The plan by the policy that was resolved at submission, not weighed yet. */
  const planByPolicy = async (
    row: Subject,
    policy: HedgePolicy,
    { book, lastTrades }: Omit<HeldPortfolio, 'version'>,
    prices: UnitPrices,
  ): Promise<{ plan: PlanResult; valued: Valuation }> => {
    const { request } = row;
    const { market: view, convention } = prices;
    const { valuation: valued, priced } = await risk.valueHeld(book, prices);
    const tools = request.instruments.map(toolOf);
    const costs = policy.costs ?? request.costs; // for the width of the band alone
    const situation = { ...{ market: view, books: booksOf(book, priced), tools, costs, convention, lastTrades } };
    const { policyId = null, policyVersion = null } = request;
    const targets = targetsFor(request.targets, valued, policy.target);
    refuseStaleQuotes(policy, view, targets, clock.now());
    const needs = new Map<Target, Need>();
    for (const target of targets)
      needs.set(target, await decideByPolicy(deps, { policy, policyId, policyVersion }, situation, target));
    const plan = makePlan({ ...request, targets, tools }, valued, view, (target) => needs.get(target));
    return { plan, valued };
  };

  const planOf = async (row: Subject, view: MarketView): Promise<PlanResult> => {
    const { request } = row;
    if (request.policy) {
      refuseStale(request.policy, view, clock.now());
      const { tenant_id, portfolio_id, portfolio_version } = row;
      const lastTrades = await ledger.lastTrades(tenant_id, portfolio_id, portfolio_version);
      const held = { book: await hold(row), lastTrades };
      const prices = risk.unitPrices(view, conventionOf(request));
      const { plan, valued } = await planByPolicy(row, request.policy, held, prices);
      return weighed(row, plan, valued, view);
    }
    if (needsOptimiser(request)) return planByOptimiser(row, view);
    const valued = await valuation(row, view);
    const plan = makePlan({ ...request, tools: request.instruments.map(toolOf) }, valued, view);
    return weighed(row, plan, valued, view);
  };

  /** The policy of a request, at the version that it has now. */
  const resolvePolicy = async (tenantId: string, input: HedgePlanInput): Promise<HedgePlanInput> => {
    if (input.policyId === undefined) return input;
    const { version, policy } = await policies.get(tenantId, input.policyId, input.policyVersion);
    return { ...input, policyVersion: version, policy };
  };

  /** What can be seen to be wrong with a request before anything is computed. */
  const faultsOf = (input: HedgePlanInput, view: MarketView | undefined): Fault[] => [
    ...(view ? [...targetFaults(input, view), ...instrumentFaults(input, view), ...optimiserFaults(input, view)] : []),
    ...planPolicyFaults(input),
  ];

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
      rejectFaults(faultsOf(input, view));
      const request = await resolvePolicy(tenantId, input);
      const now = clock.now();
      if (request.policy) {
        rejectFaults(stepFaults(request));
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

    /** What is wrong with a request that is to be planned by again and again, as far as the market of now tells. */
    async faults(tenantId: string, input: HedgePlanInput): Promise<Fault[]> {
      const latest = await market.latestId(tenantId);
      const view = latest === undefined ? undefined : await market.view(tenantId, latest);
      return [...faultsOf(input, view), ...stepFaults(await resolvePolicy(tenantId, input))];
    },

    /** Holds a version of a portfolio in memory, from what is held of an earlier version where there is that. */
    async hold(tenantId: string, portfolioId: string, version: number, held?: HeldPortfolio): Promise<HeldPortfolio> {
      const earlier = held && held.version < version ? held : undefined;
      const book = await risk.hold(tenantId, portfolioId, version, earlier);
      const since = await ledger.lastTrades(tenantId, portfolioId, version, earlier?.version);
      return { version, book, lastTrades: new Map([...(earlier?.lastTrades ?? []), ...since]) };
    },

    /** With the policy that it names, at the version that it names or has now. */
    resolve: resolvePolicy,

    unitPrices: risk.unitPrices,

    /** The plan by a policy that a job would make of the book now, without a trace. @throws Problem as a submission would */
    async propose(
      tenantId: string,
      portfolioId: string,
      held: HeldPortfolio,
      request: HedgePlanInput,
      prices: UnitPrices,
    ): Promise<Proposal> {
      const { market: view } = prices;
      const { policy } = request;
      if (!policy) throw new Problem('validation_failed', 'Only a plan by a policy is proposed');
      rejectFaults(faultsOf(request, view));
      refuseStale(policy, view, clock.now());
      const about = {
        portfolioId,
        portfolioVersion: held.version,
        marketSnapshotId: view.id,
        analysisId: null,
        request,
      };
      const row = {
        ...{ tenant_id: tenantId, portfolio_id: portfolioId, portfolio_version: held.version },
        ...{ analysis_id: null, request },
      };
      const { plan, valued } = await planByPolicy(row, policy, held, prices);
      // Nobody keeps a plan that trades nothing.
      const result = plan.orders.length > 0 ? await weighed(row, plan, valued, view) : plan;
      return { plan: about, result };
    },

    /** The plan that is proposed, under an id, as if a job had made it. */
    drawUp(id: string, { plan: { request: _request, ...about }, result }: Proposal): HedgePlan {
      const at = clock.now().toISOString();
      const ended = { status: 'succeeded' as const, progress: 1, problem: null };
      return { id, ...about, result, ...ended, createdAt: at, startedAt: at, finishedAt: at };
    },

    /** Keeps plans that were drawn up. */
    keep: (tx: Tx, tenantId: string, plans: readonly { id: string; proposal: Proposal }[]): Promise<void> =>
      store.insertMadePlans(
        tx,
        tenantId,
        plans.map(({ id, proposal: { plan, result } }) => ({ id, ...plan, result })),
        clock.now(),
      ),

    /** The job. */
    run: (job: Job, last: boolean): Promise<void> =>
      runOperation<store.PlanRow>(deps, HEDGE_PLANS, job, last, async ({ row }) => {
        const view = await market.view(row.tenant_id, row.market_snapshot_id);
        const result = await planOf(row, view);
        return async () => ({ result, events: [{ type: 'hedge_plan.completed', data: completed(row, result) }] });
      }),
  };
}

/** Of the request, or else of its policy. */
export function conventionOf({ deltaConvention, policy }: HedgePlanInput): DeltaConvention {
  return deltaConvention ?? policy?.deltaConvention ?? 'black_scholes';
}

/** The same for the prices of what is hedged: a snapshot may be newer than what it says. */
function refuseStaleQuotes(
  { maxSnapshotAgeSeconds: most }: HedgePolicy,
  view: MarketView,
  targets: readonly Target[],
  now: Date,
): void {
  if (most === undefined) return;
  const age = (now.getTime() - view.asOf.getTime()) / 1000;
  for (const { underlying, quote } of targets) {
    const staleness = view.underlying(underlying, quote)?.staleness;
    const oldest = age + Math.max(staleness?.spot ?? 0, staleness?.perpetual ?? 0);
    if (oldest <= most) continue;
    const detail = `Prices of ${underlying}/${quote} in the market snapshot ${view.id} are ${Math.round(oldest)} s old, and the policy takes ${most} s at most`;
    throw new Problem('stale_market', detail);
  }
}

/** @throws Problem where the snapshot is older than the policy takes: nothing is hedged on stale prices */
function refuseStale({ maxSnapshotAgeSeconds: most }: HedgePolicy, view: MarketView, now: Date): void {
  if (most === undefined) return;
  const age = (now.getTime() - view.asOf.getTime()) / 1000;
  if (age <= most) return;
  const detail = `The market snapshot ${view.id} is ${Math.round(age)} s old, and the policy takes ${most} s at most`;
  throw new Problem('stale_market', detail);
}

function toolOf(given: HedgePlanInput['instruments'][number]): Tool {
  const resolved = resolveInstrument(given.instrument);
  if (!resolved.ok) throw new Problem('validation_failed', resolved.detail); // refused at submission already
  return { ...given, instrument: resolved.instrument };
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
