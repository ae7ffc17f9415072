import type { MarketView, UnderlyingView } from '../market/service.ts';
import { isMissing } from '../market/service.ts';
import { Problem } from '../platform/problem.ts';
import { factorCount, factorCovariance, type UnderlyingMoves } from '../quant/hedging/optimiser/factorCovariance.ts';
import type { Candidate, Limits, Problem as HedgeProblem, Target as Row } from '../quant/hedging/optimiser/model.ts';
import type { Greeks, UnderlyingGreeks } from '../risk/model.ts';
import type { Target } from './model.ts';
import type { CrossHedge, Optimise } from './optimiseModel.ts';
import { unitCosts, type Tradable } from './universe.ts';

// A book, what may be traded and what is wanted, in the terms of the optimiser. One problem for each quote currency.

const DAY_MS = 86_400_000;
export const DAYS_PER_YEAR = 365;
/** Tenors that volatility moves are told apart at, in days. */
const TENOR_DAYS = [7, 14, 30, 60, 90, 180, 365, 730];
const MONTH_MS = 30 * DAY_MS;
/** Of spots that nothing is said of: crypto assets of one market move together. */
const DEFAULT_CORRELATION = 0.8;
/** The API's vega is per point. */
const POINTS = 100;

export interface Name {
  readonly underlying: string;
  readonly quote: string;
}

export interface ProblemTerms {
  readonly market: MarketView;
  readonly optimise: Optimise;
  readonly currency: string;
  /** Of the book. */
  readonly underlyings: readonly UnderlyingGreeks[];
  readonly targets: readonly Target[];
  readonly tradables: readonly Tradable[];
}

export interface Built {
  readonly problem: HedgeProblem;
  /** The factor that is the relative move of a spot, and the spot. */
  readonly spotFactor: (name: string) => { index: number; spot: number } | undefined;
}

export function keyOf({ underlying, quote }: Name): string {
  return `${underlying}/${quote}`;
}

/** The name that a target goes by in answers. */
export function targetId({ underlying, quote, greek, tenorDays }: Target): string {
  const tenor = tenorDays ? ` ${tenorDays.from} to ${tenorDays.to ?? '∞'} days` : '';
  return `${underlying}/${quote} ${greek}${tenor}`;
}

interface Place {
  readonly name: string;
  readonly view: UnderlyingView;
  readonly moves: UnderlyingMoves;
  /** Index of its first factor. */
  readonly at: number;
}

/** @throws Problem where a volatility that is needed is not known */
export function buildProblem(terms: ProblemTerms): Built {
  const { optimise, underlyings, targets, tradables, market } = terms;
  const names = involved(terms);
  const horizonYears = optimise.horizonDays / DAYS_PER_YEAR;
  const places = placesOf(terms, names);
  const count = factorCount(places.map(({ moves }) => moves));
  const byName = new Map(places.map((place) => [place.name, place]));
  const asOfMs = market.asOf.getTime();
  const factors = new Float64Array(count);
  for (const held of underlyings) addBook(factors, byName.get(keyOf(held))!, held, asOfMs);
  const factorsOf = (tradable: Tradable): Float64Array => {
    const exposures = new Float64Array(count);
    const place = byName.get(keyOf(tradable.tool.instrument.terms))!;
    addExposure(exposures, place, tradable.greeks, tradable.expiryMs, asOfMs);
    return exposures;
  };
  return {
    spotFactor(name) {
      const place = byName.get(name);
      return place && { index: place.at, spot: place.view.spot.mark };
    },
    problem: {
      factors,
      covariance: factorCovariance({
        underlyings: places.map(({ moves }) => moves),
        correlation: correlationOf(terms, places),
        horizonYears,
      }),
      riskAversion: optimise.riskAversion,
      candidates: tradables.map((each) => candidateOf(each, factorsOf(each), targets, asOfMs, horizonYears)),
      targets: targets.map((target) => rowOf(terms, target, asOfMs)),
      limits: limitsOf(optimise),
    },
  };
}

function involved({ underlyings, targets, tradables, optimise, currency }: ProblemTerms): string[] {
  const names = [
    ...underlyings.map(keyOf),
    ...targets.map(keyOf),
    ...tradables.map(({ tool }) => keyOf(tool.instrument.terms)),
    ...optimise.crossHedges
      .filter(({ quote }) => quote === currency)
      .flatMap(({ underlying, with: other, quote }) => [`${underlying}/${quote}`, `${other}/${quote}`]),
  ];
  return [...new Set(names)].sort();
}

function placesOf(terms: ProblemTerms, names: readonly string[]): Place[] {
  const tenors = tenorsOf(terms);
  let at = 0;
  return names.map((name) => {
    const [underlying, quote] = name.split('/') as [string, string];
    const view = terms.market.underlying(underlying, quote)!;
    const moves = movesOf(terms, view, tenors.get(name) ?? []);
    const place = { name, view, moves, at };
    at += 2 + moves.tenors.length;
    return place;
  });
}

/** The tenors that the book or anything tradable has options near. */
function tenorsOf({ underlyings, tradables, market }: ProblemTerms): Map<string, number[]> {
  const asOfMs = market.asOf.getTime();
  const found = new Map<string, Set<number>>();
  const add = (name: string, expiryMs: number | null) => {
    if (expiryMs === null) return;
    const tenors = found.get(name) ?? new Set<number>();
    tenors.add(nearestTenor((expiryMs - asOfMs) / DAY_MS));
    found.set(name, tenors);
  };
  for (const held of underlyings)
    for (const { expiry, vega } of held.expiries) if (vega !== 0 && expiry) add(keyOf(held), Date.parse(expiry));
  for (const { tool, expiryMs, greeks } of tradables)
    if (greeks.vega !== 0) add(keyOf(tool.instrument.terms), expiryMs);
  return new Map([...found].map(([name, tenors]) => [name, [...tenors].sort((a, b) => a - b)]));
}

function nearestTenor(days: number): number {
  const distance = (tenor: number) => Math.abs(Math.log(tenor / Math.max(days, 1)));
  return TENOR_DAYS.reduce((best, tenor) => (distance(tenor) < distance(best) ? tenor : best));
}

function movesOf({ optimise, market }: ProblemTerms, view: UnderlyingView, tenorDays: number[]): UnderlyingMoves {
  const given = optimise.moves.find((each) => keyOf(each) === keyOf(view));
  const cross = optimise.crossHedges.find((each) => keyOf(each) === keyOf(view));
  const tenors = Float64Array.from(tenorDays, (days) => days / DAYS_PER_YEAR);
  const { volOfVol = 1, spotVolCorrelation = -0.3 } = given ?? {};
  const other = cross && market.underlying(cross.with, cross.quote);
  const vol = cross && other ? crossVol(cross, volOf(optimise, market, other)) : volOf(optimise, market, view);
  return { vol, volOfVol, spotVolCorrelation, tenors };
}

/** As given, or the implied one at the money 30 days out. */
function volOf({ moves }: Optimise, market: MarketView, view: UnderlyingView): number {
  const given = moves.find((each) => keyOf(each) === keyOf(view))?.vol;
  if (given !== undefined) return given;
  const expiryMs = market.asOf.getTime() + MONTH_MS;
  const forward = view.forward(expiryMs);
  const pricing = forward === undefined ? undefined : view.pricing(expiryMs, forward);
  if (pricing && !isMissing(pricing)) return pricing.vol;
  throw new Problem(
    'validation_failed',
    `The market snapshot has no volatility of ${keyOf(view)}; give it in optimise.moves`,
  );
}

function crossVol({ beta, basisVol }: CrossHedge, vol: number): number {
  return Math.hypot(beta * vol, basisVol);
}

/** Of the spots. What is cross-hedged is correlated with others through what it is hedged with. */
function correlationOf({ optimise, market }: ProblemTerms, places: readonly Place[]): Float64Array {
  const n = places.length;
  const given = new Map(
    optimise.correlations.flatMap(({ underlyings: [a, b], correlation }) => [
      [`${a} ${b}`, correlation],
      [`${b} ${a}`, correlation],
    ]),
  );
  const root = (place: Place): { name: string; load: number } => {
    const cross = optimise.crossHedges.find((each) => keyOf(each) === place.name);
    if (!cross) return { name: place.view.underlying, load: 1 };
    const vol = volOf(optimise, market, market.underlying(cross.with, cross.quote)!);
    return { name: cross.with, load: (cross.beta * vol) / crossVol(cross, vol) };
  };
  const roots = places.map(root);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    if (i === j) return 1;
    const [one, other] = [roots[i]!, roots[j]!];
    const between = one.name === other.name ? 1 : (given.get(`${one.name} ${other.name}`) ?? DEFAULT_CORRELATION);
    return one.load * other.load * between;
  });
}

function addBook(factors: Float64Array, place: Place, held: UnderlyingGreeks, asOfMs: number): void {
  const spot = place.view.spot.mark;
  factors[place.at]! += spot * held.delta;
  factors[place.at + 1]! += spot * spot * held.gamma;
  for (const { expiry, vega } of held.expiries)
    if (expiry && vega !== 0) addVega(factors, place, vega, Date.parse(expiry), asOfMs);
}

function addExposure(
  factors: Float64Array,
  place: Place,
  { delta, gamma, vega }: Greeks,
  expiryMs: number | null,
  asOfMs: number,
): void {
  const spot = place.view.spot.mark;
  factors[place.at]! += spot * delta;
  factors[place.at + 1]! += spot * spot * gamma;
  if (expiryMs !== null && vega !== 0) addVega(factors, place, vega, expiryMs, asOfMs);
}

function addVega(factors: Float64Array, { at, moves }: Place, vega: number, expiryMs: number, asOfMs: number): void {
  const years = nearestTenor((expiryMs - asOfMs) / DAY_MS) / DAYS_PER_YEAR;
  const bucket = moves.tenors.findIndex((tenor) => Math.abs(tenor - years) < 1e-9);
  factors[at + 2 + bucket]! += POINTS * vega;
}

function isInTenor({ tenorDays }: Target, expiryMs: number | null, asOfMs: number): boolean {
  if (!tenorDays) return true;
  if (expiryMs === null) return false;
  const days = (expiryMs - asOfMs) / DAY_MS;
  return days >= tenorDays.from && days <= (tenorDays.to ?? Infinity);
}

function candidateOf(
  tradable: Tradable,
  factors: Float64Array,
  targets: readonly Target[],
  asOfMs: number,
  years: number,
): Candidate {
  const { tool, greeks, rules, costModel, held, notional, expiryMs } = tradable;
  const costs = unitCosts(tradable, years);
  const { terms, symbol } = tool.instrument;
  const cap = capOf(tradable, factors);
  return {
    id: symbol,
    factors,
    greeks: Float64Array.from(targets, (target) =>
      keyOf(target) === keyOf(terms) && isInTenor(target, expiryMs, asOfMs) ? greeks[target.greek] : 0,
    ),
    // Funding counts where it is paid: what is received would be a trade of its own, far beyond what the hedge needs.
    buyCost: costs.fee + costs.halfSpread + Math.max(costs.funding, 0),
    sellCost: costs.fee + costs.halfSpread + Math.max(-costs.funding, 0),
    fixedCost: costModel.fixedCost,
    impact: { coefficient: costs.impact, shape: costModel.impactShape },
    holdingCost: 0,
    lot: Number(rules.lotSize),
    minTrade: Number(rules.minTrade),
    maxBuy: Math.min(tradable.maxBuy, cap),
    maxSell: Math.min(tradable.maxSell, cap),
    notional,
    isNew: held === 0,
  };
}

/** Exposure or notional, quote currency, of what has no limit of its own: more than any hedge needs, and finite. */
const NO_LIMIT_CASH = 1e9;

function capOf({ notional }: Tradable, factors: Float64Array): number {
  const size = Math.max(notional, ...factors.map(Math.abs));
  return size > 0 ? NO_LIMIT_CASH / size : 0;
}

/** What a target comes to without a hedge, what is cross-hedged with its underlying counted. */
function rowOf(terms: ProblemTerms, target: Target, asOfMs: number): Row {
  const { underlyings, optimise, market } = terms;
  const held = underlyings.find((each) => keyOf(each) === keyOf(target));
  const spot = market.underlying(target.underlying, target.quote)!.spot.mark;
  const crossed = optimise.crossHedges.filter(({ with: other, quote }) => `${other}/${quote}` === keyOf(target));
  const value =
    greekOf(held, target, asOfMs) +
    (target.greek === 'delta'
      ? crossed.reduce((sum, cross) => {
          const book = underlyings.find((each) => keyOf(each) === keyOf(cross));
          return sum + (book ? (cross.beta * book.delta * book.spot) / spot : 0);
        }, 0)
      : 0);
  // A point is aimed at as nearly as lots allow, unless it must be met.
  const isPoint = target.tolerance === 0 && target.priority > 0;
  const tolerance = isPoint ? halfLotOf(terms, target, asOfMs) : target.tolerance;
  return {
    ...{ id: targetId(target), value, target: target.target, tolerance, priority: target.priority },
    scale: perUnit(Math.max(Math.abs(value - target.target), tolerance)),
  };
}

/** Constraints of one priority give way in proportion to their own size, whatever their units. */
function perUnit(size: number): number {
  return size > 0 ? 1 / size : 1;
}

/** With room for what binary floats make of a half. */
const HALF_A_LOT = 0.500001;

/** What the finest linear instrument, or else the finest of all, can reach at best: lots are no fault of a constraint. */
function halfLotOf({ tradables }: ProblemTerms, target: Target, asOfMs: number): number {
  const lots = (isAsked: (tradable: Tradable) => boolean) =>
    tradables.flatMap((each) => {
      const { tool, greeks, rules, expiryMs } = each;
      const counts = keyOf(target) === keyOf(tool.instrument.terms) && isInTenor(target, expiryMs, asOfMs);
      const size = Math.abs(greeks[target.greek]) * Number(rules.lotSize);
      return counts && size > 0 && isAsked(each) ? [size] : [];
    });
  const linear = lots(({ inputs }) => inputs === undefined);
  const least = Math.min(...(linear.length > 0 ? linear : lots(() => true)));
  return Number.isFinite(least) ? HALF_A_LOT * least : 0;
}

function greekOf(held: UnderlyingGreeks | undefined, target: Target, asOfMs: number): number {
  if (!held) return 0;
  if (!target.tenorDays) return held[target.greek];
  return held.expiries
    .filter(({ expiry }) => isInTenor(target, expiry === null ? null : Date.parse(expiry), asOfMs))
    .reduce((sum, each) => sum + each[target.greek], 0);
}

function limitsOf({ maxCost, maxLegs, maxNewLegs, maxNotional }: Optimise): Limits {
  return Object.fromEntries(
    Object.entries({ maxCost, maxLegs, maxNewLegs, maxNotional }).flatMap(([name, limit]) =>
      limit ? [[name, { ...limit, scale: perUnit(limit.value) }]] : [],
    ),
  );
}
