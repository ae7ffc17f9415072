import type { Allowance } from './constraints.ts';
import { quantitiesOf } from './layout.ts';
import type { Minimum, Session } from './minimise.ts';
import { allowAll, settle, type Settled } from './giveWay.ts';
import type { AlternativeName } from './model.ts';
import { minimiseCriterion, precisionOf, withSession, type Search } from './search.ts';

/** The least of each criterion, in continuous quantities without orders that count: bounds, and points to round. */
export interface Relaxed {
  readonly status: 'relaxed';
  readonly allowance: Allowance;
  readonly quantities: Readonly<Record<AlternativeName, Float64Array>>;
  /** Proved, over the candidates that were asked about. */
  readonly lower: Readonly<Record<AlternativeName, number>>;
  /** What a unit of each candidate's size adds to the criterion at least, bought or sold; Infinity of those not asked about. */
  readonly prices: Readonly<Record<AlternativeName, Float64Array>>;
}

export type Unsettled = Exclude<Settled, { status: 'settled' }>;

/** Over a list of candidates. `allowance`: what was settled before, if it was. */
export function relax(search: Search, list: readonly number[], allowance?: Allowance): Relaxed | Unsettled {
  return withSession(search, list, false, (session): Relaxed | Unsettled => {
    if (allowance) allowAll(session, allowance);
    const settled: Settled = allowance ? { status: 'settled', allowance } : settle(session, precisionOf(search, false));
    if (settled.status !== 'settled') return settled;
    const cheapest = minimiseCriterion(search, session, search.criteria.cheapest);
    if (cheapest.status !== 'found') return cheapest;
    const balanced = minimiseCriterion(search, session, search.criteria.balanced);
    if (balanced.status !== 'found') return balanced;
    const tightest = minimiseCriterion(search, session, search.criteria.tightest);
    if (tightest.status !== 'found') return tightest;
    return relaxedOf(session, settled.allowance, { cheapest, balanced, tightest });
  });
}

function relaxedOf(session: Session, allowance: Allowance, minima: Record<AlternativeName, Minimum>): Relaxed {
  const each = <Value>(valueOf: (minimum: Minimum) => Value): Record<AlternativeName, Value> => ({
    cheapest: valueOf(minima.cheapest),
    balanced: valueOf(minima.balanced),
    tightest: valueOf(minima.tightest),
  });
  return {
    ...{ status: 'relaxed', allowance },
    quantities: each(({ x }) => quantitiesOf(session.formulation, x)),
    lower: each(({ lower }) => lower),
    prices: each(({ reducedCosts }) => pricesOf(session, reducedCosts)),
  };
}

function pricesOf({ formulation: { layout, list, space } }: Session, reducedCosts: Float64Array): Float64Array {
  const prices = new Float64Array(space.problem.candidates.length).fill(Infinity);
  list.forEach((i, a) => (prices[i] = Math.min(reducedCosts[layout.buy + a]!, reducedCosts[layout.sell + a]!)));
  return prices;
}
