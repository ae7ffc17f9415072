import type { MarketView } from '../market/service.ts';
import { exact } from '../platform/decimal.ts';
import { Problem } from '../platform/problem.ts';
import type { PricingPool } from '../pricing/service.ts';
import type {
  Alternative as Found,
  InvalidReason,
  Leg,
  Outcome,
  UnsolvedReason,
} from '../quant/hedging/optimiser/model.ts';
import { GREEKS, type Greeks, type UnderlyingGreeks, type Valuation } from '../risk/model.ts';
import type { Risk } from '../risk/service.ts';
import type { Books, HedgedBook, Holding } from './book.ts';
import type { PlanRequest } from './tools.ts';
import type { NoTrade, PlannedOrder, PlanResult, Target, UnderlyingPlan } from './model.ts';
import { frontierLegs, reasonsOf, type Told } from './frontier.ts';
import type { FrontierPoint, Optimise } from './optimiseModel.ts';
import { isWithinReach, moneyOf, orderOf, totalCosts } from './orders.ts';
import { leftOut, targetsFor } from './plan.ts';
import { buildProblem, DAYS_PER_YEAR, keyOf } from './problem.ts';
import type { HedgeSolver } from './solver/solver.ts';
import { stressBook, stressHedge, stressOf } from './stressed.ts';
import { unitCosts, universeOf, type Tradable, type Universe } from './universe.ts';

export interface OptimiserDeps {
  risk: Pick<Risk, 'valueRows'>;
  pool: Pick<PricingPool, 'grid'>;
  solver: HedgeSolver;
}

export interface OptimisedTerms {
  readonly request: PlanRequest & { optimise: Optimise };
  readonly valuation: Valuation;
  readonly books: Books;
  /** By symbol. */
  readonly holdings: ReadonlyMap<string, Holding>;
  readonly market: MarketView;
}

/** Everything of one quote currency. */
interface Part {
  readonly currency: string;
  readonly targets: readonly Target[];
  readonly underlyings: readonly UnderlyingGreeks[];
  readonly universe: Universe;
}

/**
 * The plan that the optimiser finds, one quote currency after another.
 *
 * @throws Problem where constraints that must hold cannot (naming them), where the covariance is impossible, or no plan was found
 */
export async function planByOptimiser(deps: OptimiserDeps, terms: OptimisedTerms): Promise<PlanResult> {
  const parts = await partsOf(deps, terms);
  const points: Point[] = [];
  for (const part of parts) points.push(...(await pointsOf(deps, terms, part)));
  const chosen = points.filter((point) => point.told.chosen);
  const orders = chosen.flatMap((point) => point.orders).map((order, leg) => ({ ...order, leg }));
  const underlyings = parts.flatMap((part) => underlyingPlans(part, chosen));
  const { valuation } = terms;
  return {
    deltaConvention: valuation.deltaConvention,
    valuationTime: valuation.valuationTime,
    orders,
    underlyings,
    residuals: underlyings.map(({ underlying, quote, residual }) => ({ underlying, quote, ...residual })),
    estimatedCost: totalCosts(orders),
    frontier: points.map(({ told }) => told),
    constraintsRelaxed: chosen.flatMap(({ told }) => told.constraintsRelaxed),
    worth: [],
    noTrade: orders.length > 0 ? null : nothingToTrade(valuation, parts, chosen),
    reasons: [
      ...chosen.flatMap(({ told }) => told.reasons),
      ...parts.flatMap(({ universe }) =>
        universe.left.map(({ symbol, reason }) => `${symbol} was left out: ${reason}`),
      ),
      ...leftOut(valuation),
    ],
    unvalued: valuation.unvalued,
    failures: valuation.failures,
  };
}

function nothingToTrade({ valued, unvalued }: Valuation, parts: readonly Part[], chosen: readonly Point[]): NoTrade {
  if (valued === 0 && unvalued > 0)
    return { code: 'nothing_valued', detail: 'No position of the book could be valued, so there is nothing to hedge' };
  if (parts.every(({ universe }) => universe.tradables.length === 0))
    return { code: 'no_instrument', detail: 'There is nothing that may be traded' };
  const given = chosen.flatMap(({ told }) => told.constraintsRelaxed.map(({ constraint }) => constraint));
  if (given.length > 0)
    return {
      code: 'no_instrument',
      detail: `Nothing that may be traded within the limits brings ${given.join(', ')} nearer`,
    };
  return { code: 'within_tolerance', detail: 'No order is better than none: the constraints hold as they are' };
}

async function partsOf(deps: OptimiserDeps, { request, valuation, holdings, market }: OptimisedTerms): Promise<Part[]> {
  const { optimise, costs } = request;
  const crossed = new Set(optimise.crossHedges.map(keyOf));
  const own = { ...valuation, underlyings: valuation.underlyings.filter((each) => !crossed.has(keyOf(each))) };
  const targets = targetsFor(request.targets, own);
  const withCross = optimise.crossHedges
    .map(({ with: underlying, quote }) => ({ underlying, quote }))
    .filter((name) => !targets.some((target) => keyOf(target) === keyOf(name)))
    .map((name): Target => ({ ...name, greek: 'delta', target: 0, tolerance: 0, priority: 1 }));
  const all = request.targets.length > 0 ? targets : [...targets, ...withCross];
  const currencies = [...new Set([...all, ...valuation.underlyings].map(({ quote }) => quote))].sort();
  return Promise.all(
    currencies.map(async (currency): Promise<Part> => {
      const of = <T extends { quote: string }>(items: readonly T[]) => items.filter(({ quote }) => quote === currency);
      const universe = await universeOf(deps.risk, {
        ...{ market, costs, optimise, holdings, convention: valuation.deltaConvention },
        tools: request.tools.filter(({ instrument }) => instrument.terms.quote === currency),
        collarBps: request.collarBps,
        underlyings: distinctNames([...of(all), ...of(own.underlyings)]),
      });
      return { currency, targets: of(all), underlyings: of(valuation.underlyings), universe };
    }),
  );
}

function distinctNames(names: readonly { underlying: string; quote: string }[]) {
  return [...new Map(names.map((name) => [keyOf(name), name])).values()];
}

/** An alternative with the orders that it comes to. */
interface Point {
  readonly told: FrontierPoint;
  readonly orders: readonly PlannedOrder[];
  /** What each target of the part comes to, with the hedge and without. */
  readonly reached: Float64Array;
  readonly unhedged: readonly number[];
}

async function pointsOf(deps: OptimiserDeps, terms: OptimisedTerms, part: Part): Promise<Point[]> {
  const { market, request } = terms;
  const { problem } = buildProblem({
    ...{ market, optimise: request.optimise, currency: part.currency },
    ...{ underlyings: part.underlyings, targets: part.targets, tradables: part.universe.tradables },
  });
  const outcome = await deps.solver.solve(problem);
  if (outcome.status !== 'solved') throw refusal(outcome, part.currency);
  const stressed = await stressBook(deps.pool, booksOf(terms, part));
  const choice = chosenOf(outcome.alternatives, request.optimise.choose);
  const points: Point[] = [];
  for (const found of outcome.alternatives) {
    points.push(
      await pointOf(deps, terms, part, found, {
        riskBefore: Math.sqrt(outcome.variance),
        isLeastRelaxed: outcome.isLeastRelaxed,
        unhedged: problem.targets.map(({ value }) => value),
        stressed,
        chosen: found === choice,
      }),
    );
  }
  return points;
}

function booksOf({ books, market }: OptimisedTerms, { underlyings }: Part): { book: HedgedBook; spot: number }[] {
  return underlyings.flatMap(({ underlying, quote }) => {
    const book = books.get(`${underlying}/${quote}`);
    return book ? [{ book, spot: market.underlying(underlying, quote)!.spot.mark }] : [];
  });
}

function chosenOf(alternatives: readonly Found[], wanted: Optimise['choose']): Found {
  return alternatives.find(({ names }) => names.includes(wanted)) ?? alternatives[0]!;
}

const INVALID: Record<InvalidReason, string> = {
  not_finite: 'has a number that is too large to be represented',
  negative_cost: 'has a cost below zero',
  negative_size: 'has a size below zero',
  wrong_length: 'does not fit the others',
  scale_not_positive: 'has no scale',
  duplicate_id: 'comes twice',
  covariance_not_psd: 'is not positive semi-definite: no moves have these correlations',
};

const UNSOLVED: Record<UnsolvedReason, string> = {
  limit: 'no plan was found within the effort that a plan is given',
  solver: 'the solver failed',
  crashed: 'the thread of the solver failed',
  timed_out: 'the solver took too long',
};

function refusal(outcome: Exclude<Outcome, { status: 'solved' }>, currency: string): Problem {
  if (outcome.status === 'infeasible') {
    const detail = `These constraints of priority 0 cannot hold together: ${outcome.binding.join('; ')}. Loosen one, give it a lower claim, or allow more instruments`;
    return new Problem('validation_failed', detail, {
      faults: outcome.binding.map((id) => ({ pointer: '', code: 'infeasible', detail: id })),
    });
  }
  if (outcome.status === 'invalid')
    return new Problem('validation_failed', `The hedge in ${currency}: ${outcome.subject} ${INVALID[outcome.reason]}`);
  return new Problem(
    'unavailable',
    `The hedge in ${currency}: ${UNSOLVED[outcome.reason]}; ask again, or ask for less`,
  );
}

interface Setting {
  readonly riskBefore: number;
  readonly stressed: readonly number[];
  readonly chosen: boolean;
  readonly isLeastRelaxed: boolean;
  readonly unhedged: readonly number[];
}

async function pointOf(
  deps: OptimiserDeps,
  terms: OptimisedTerms,
  part: Part,
  found: Found,
  { riskBefore, stressed, chosen, isLeastRelaxed, unhedged }: Setting,
): Promise<Point> {
  const { market } = terms;
  const lots = found.legs.map(({ candidate, quantity }) => ({
    tradable: part.universe.tradables[candidate]!,
    quantity,
  }));
  const hedges = hedgeGreeks(lots);
  const spotOf = ({ tool }: Tradable) =>
    market.underlying(tool.instrument.terms.underlying, tool.instrument.terms.quote)!.spot.mark;
  const stress = stressOf(stressed, await stressHedge(deps.pool, lots, spotOf));
  const orders = found.legs.map((leg) => legOrder(terms, part, leg));
  const legs = frontierLegs(part.universe.tradables, found.legs, orders);
  const cost = totalCosts(orders)[0];
  const { currency: _currency, ...spent } = cost ?? moneyOf(part.currency, NOTHING);
  const numbers = { riskBefore, residualRisk: Math.sqrt(found.variance), stress, cost: spent, legs };
  const about: Told = {
    ...{ optimise: terms.request.optimise, deltaConvention: terms.valuation.deltaConvention },
    ...{ currency: part.currency, targets: part.targets, underlyings: part.underlyings, isLeastRelaxed },
  };
  const told: FrontierPoint = {
    names: [...found.names],
    currency: part.currency,
    chosen,
    ...numbers,
    greeks: greeksOf(part, hedges),
    constraintsRelaxed: found.relaxed.map(({ id, priority, value, by }) => ({ constraint: id, priority, value, by })),
    gap: found.gap,
    reasons: reasonsOf(about, found, numbers),
  };
  return { told, orders, reached: found.reached, unhedged };
}

const NOTHING = { fee: 0, spread: 0, impact: 0, fixed: 0, funding: 0, total: 0 };

function hedgeGreeks(lots: readonly { tradable: Tradable; quantity: number }[]): Map<string, Greeks> {
  const hedges = new Map<string, Greeks>();
  for (const { tradable, quantity } of lots) {
    const key = keyOf(tradable.tool.instrument.terms);
    const sum = hedges.get(key) ?? zeroGreeks();
    for (const name of GREEKS) sum[name] += tradable.greeks[name] * quantity;
    hedges.set(key, sum);
  }
  return hedges;
}

function zeroGreeks(): Greeks {
  return Object.fromEntries(GREEKS.map((name) => [name, 0])) as Greeks;
}

function addGreeks(one: Greeks, other: Greeks): Greeks {
  return Object.fromEntries(GREEKS.map((name) => [name, one[name] + other[name]])) as Greeks;
}

function pick(all: Greeks | undefined): Greeks {
  return all ? (Object.fromEntries(GREEKS.map((name) => [name, all[name]])) as Greeks) : zeroGreeks();
}

function greeksOf({ underlyings, targets }: Part, hedges: ReadonlyMap<string, Greeks>): FrontierPoint['greeks'] {
  const names = new Map<string, { underlying: string; quote: string }>();
  for (const each of [...underlyings, ...targets]) names.set(keyOf(each), each);
  for (const key of hedges.keys()) {
    const [underlying, quote] = key.split('/') as [string, string];
    names.set(key, { underlying, quote });
  }
  return [...names.keys()].sort().map((key) => {
    const { underlying, quote } = names.get(key)!;
    const before = pick(underlyings.find((each) => keyOf(each) === key));
    const hedge = hedges.get(key) ?? zeroGreeks();
    return { underlying, quote, before, hedge, after: addGreeks(before, hedge) };
  });
}

function legOrder({ request }: OptimisedTerms, { currency, universe }: Part, leg: Leg): PlannedOrder {
  const tradable = universe.tradables[leg.candidate]!;
  const { tool, quote, rules, costModel, greeks } = tradable;
  const lots = exact(leg.quantity).div(rules.lotSize).round();
  const unit = unitCosts(tradable, request.optimise.horizonDays / DAYS_PER_YEAR);
  const size = Math.abs(leg.quantity);
  const { impact, fixed, total } = leg.cost;
  const funding = Math.max(unit.funding * leg.quantity, 0);
  const cost = { fee: unit.fee * size, spread: unit.halfSpread * size, impact, fixed, funding, total };
  const order = orderOf({
    ...{ instrument: tool.instrument, quantity: lots.mul(rules.lotSize), quote, rules, costModel },
    ...{ collarBps: request.collarBps, unitDelta: greeks.delta, cost: () => moneyOf(currency, cost) },
  });
  if (isWithinReach(order)) return order;
  throw new Problem(
    'validation_failed',
    `No price on the grid of ${rules.tickSize} of ${tool.instrument.symbol} lies within ${request.collarBps} basis points of its market; give it a finer tickSize or a wider collar`,
  );
}

/** What solvers keep constraints to. */
const ROUNDING = 1e-5;

function underlyingPlans(part: Part, chosen: readonly Point[]): UnderlyingPlan[] {
  const point = chosen.find(({ told }) => told.currency === part.currency)!;
  return part.targets.map((target, row): UnderlyingPlan => {
    const triple = point.told.greeks.find((each) => keyOf(each) === keyOf(target))!;
    const { before, hedge, after } = triple;
    const value = point.reached[row]! - target.target;
    return {
      underlying: target.underlying,
      quote: target.quote,
      target,
      greeks: { before, hedge, after },
      residual: {
        greek: target.greek,
        value,
        unhedged: point.unhedged[row]! - target.target,
        withinTolerance: Math.abs(value) <= target.tolerance * (1 + ROUNDING),
      },
      decision: null,
      noTrade: null,
      alternatives: [],
      reasons: [],
    };
  });
}
