import type { Ledger } from '../ledger/model.ts';
import type { MarketView } from '../market/service.ts';
import { Problem } from '../platform/problem.ts';
import { residualRisk } from '../quant/hedging/optimiser/evaluate.ts';
import type { Valuation } from '../risk/model.ts';
import { show } from './words.ts';
import type { NoTrade, PlanResult, UnderlyingPlan } from './model.ts';
import { OptimiseSchema, type Optimise, type Worth, type WorthInput } from './optimiseModel.ts';
import { buildProblem, keyOf } from './problem.ts';

/** Of the optimiser, where nothing is asked of it. */
const DEFAULTS = OptimiseSchema.parse({});

export interface WorthTerms {
  /** What is asked; where nothing is, the plan is only weighed. */
  readonly worthIt: WorthInput | undefined;
  /** γ of the policy or the optimiser, where the request gives none of its own. */
  readonly riskAversion: number | undefined;
  readonly optimise: Optimise | undefined;
  readonly valuation: Valuation;
  readonly market: MarketView;
  /** Of the book, since its inception; undefined where it cannot be told. */
  readonly ledger: Ledger | undefined;
}

/** The plan with what it costs set against what it saves, and without the orders that are not worth it where that is asked. */
export function weigh(plan: PlanResult, terms: WorthTerms): PlanResult {
  const currencies = [...new Set(plan.underlyings.map(({ quote }) => quote))].sort();
  const worth = currencies.flatMap((currency) => worthOf(plan, currency, terms) ?? []);
  if (!terms.worthIt?.enforce) return { ...plan, worth };
  const dropped = new Map(
    worth
      .filter(({ currency, worthIt }) => worthIt === false && !isBound(plan, currency))
      .map((each) => [each.currency, notWorth(each)]),
  );
  const orders = plan.orders.filter(({ quote }) => !dropped.has(quote)).map((order, leg) => ({ ...order, leg }));
  if (orders.length === plan.orders.length) return { ...plan, worth };
  const [first] = dropped.values();
  const underlyings = plan.underlyings.map((each) => withoutTrade(each, dropped.get(each.quote)));
  return {
    ...{ ...plan, worth, orders, underlyings },
    residuals: underlyings.map(({ underlying, quote, residual }) => ({ underlying, quote, ...residual })),
    estimatedCost: plan.estimatedCost.filter(({ currency }) => !dropped.has(currency)),
    frontier: plan.frontier.map((point) => (dropped.has(point.currency) ? { ...point, chosen: false } : point)),
    noTrade: orders.length === 0 ? first! : null,
    reasons: [...[...dropped.values()].map(({ detail }) => detail), ...plan.reasons],
  };
}

/** Undefined where the volatility of an underlying is not known, and nobody has asked. */
function worthOf(plan: PlanResult, currency: string, terms: WorthTerms): Worth | undefined {
  const { worthIt, valuation } = terms;
  const riskAversion = worthIt?.riskAversion ?? terms.riskAversion ?? null;
  const found = worthIt ? variances(plan, currency, terms) : orNothing(() => variances(plan, currency, terms));
  if (!found) return undefined;
  const [before, after] = found;
  const cost = Number(plan.estimatedCost.find((each) => each.currency === currency)?.total ?? 0);
  const saved = riskAversion === null ? null : (riskAversion / 2) * (before - after);
  const traded = plan.orders.some(({ quote }) => quote === currency);
  const line = terms.ledger?.cash.find((each) => each.currency === currency);
  const thetaPerDay = valuation.cash.find((each) => each.currency === currency)?.theta ?? 0;
  return {
    ...{ currency, riskAversion, horizonDays: horizonOf(terms), cost },
    ...{ varianceBefore: before, varianceAfter: after, saved },
    worthIt: saved === null || !traded ? null : saved >= cost,
    thetaPerDay,
    income: terms.ledger
      ? {
          premium: Number(line?.premium ?? 0),
          thetaEarned: Number(line?.thetaEarned ?? 0),
          funding: Number(line?.funding ?? 0),
          hedgingCost: Number(line?.hedgingCost ?? 0),
        }
      : null,
  };
}

/** Of the book over the horizon, without and with the hedge. The optimiser has told them; other hedges are linear. */
function variances(plan: PlanResult, currency: string, terms: WorthTerms): [number, number] {
  const point = plan.frontier.find((each) => each.chosen && each.currency === currency);
  if (point) return [point.riskBefore ** 2, point.residualRisk ** 2];
  const { market, valuation } = terms;
  const { problem, spotFactor } = buildProblem({
    ...{ market, currency, targets: [], tradables: [] },
    optimise: { ...DEFAULTS, horizonDays: horizonOf(terms) },
    underlyings: valuation.underlyings.filter(({ quote }) => quote === currency),
  });
  const { factors, covariance } = problem;
  const hedged = Float64Array.from(factors);
  for (const each of plan.underlyings) {
    const at = each.quote === currency ? spotFactor(keyOf(each)) : undefined;
    if (at) hedged[at.index]! += at.spot * each.greeks.hedge.delta;
  }
  return [residualRisk(factors, covariance), residualRisk(hedged, covariance)];
}

function horizonOf({ worthIt, optimise }: WorthTerms): number {
  return optimise?.horizonDays ?? worthIt?.horizonDays ?? 1;
}

/** Whether constraints that must hold would not without the hedge. */
function isBound({ underlyings }: PlanResult, currency: string): boolean {
  return underlyings.some(
    ({ quote, target, greeks }) =>
      quote === currency &&
      target.priority === 0 &&
      Math.abs(greeks.before[target.greek] - target.target) > target.tolerance,
  );
}

function notWorth({ currency, cost, saved, horizonDays, riskAversion, thetaPerDay }: Worth): NoTrade {
  return {
    code: 'not_worth_it',
    detail: `The hedge in ${currency} costs ${show(cost)} and saves ${show(saved!)}, which is half the risk aversion of ${show(riskAversion!)} times the variance that it takes away over ${show(horizonDays)} days; the book earns ${show(thetaPerDay)} a day by time`,
  };
}

function withoutTrade(plan: UnderlyingPlan, noTrade: NoTrade | undefined): UnderlyingPlan {
  if (!noTrade) return plan;
  const { before, hedge } = plan.greeks;
  const none = Object.fromEntries(Object.keys(hedge).map((name) => [name, 0])) as typeof hedge;
  const value = plan.residual.unhedged;
  return {
    ...plan,
    noTrade,
    greeks: { before, hedge: none, after: before },
    residual: { ...plan.residual, value, withinTolerance: Math.abs(value) <= plan.target.tolerance },
  };
}

function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** The ledger of a book, or nothing where it cannot be told: a plan does not fail for it. */
export async function ledgerOr(report: Promise<Ledger>): Promise<Ledger | undefined> {
  try {
    return await report;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
