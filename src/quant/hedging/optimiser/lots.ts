import { isWithin, ROUNDING, type Allowance } from './constraints.ts';
import { improveByLots } from './exchange.ts';
import { allowAll, irreducible, settle } from './giveWay.ts';
import { ofLots, quantitiesOf } from './layout.ts';
import type { Session } from './minimise.ts';
import { ALTERNATIVES, type AlternativeName, type Candidate, type UnsolvedReason } from './model.ts';
import { bestOf, gapOf, leastViolating, planOf, type Plan } from './plans.ts';
import { relax, type Relaxed } from './relax.ts';
import { allCandidates, minimiseCriterion, precisionOf, withSession, type Search } from './search.ts';
import { shortlist, usedIn, withFewer } from './shortlist.ts';

/** Plans that can be traded, and the relaxation that they are measured against. */
export type Tradable =
  | {
      readonly status: 'tradable';
      readonly plans: readonly Plan[];
      readonly relaxed: Relaxed;
      /** Whether nothing that gives way less is possible. */
      readonly isLeast: boolean;
    }
  | { readonly status: 'infeasible'; readonly binding: readonly string[] }
  | { readonly status: 'unsolved'; readonly reason: UnsolvedReason };

/**
 * From the relaxation to whole lots and orders that count: its plans, and where orders count those of relaxations over fewer and
 * fewer candidates, are rounded and improved lot by lot. Where the best is not within the gap of the bound, or gives way where the
 * relaxation does not, a mixed-integer programme over a shortlist looks further.
 */
export function inWholeLots(search: Search, relaxed: Relaxed): Tradable {
  const stages = [relaxed, ...withFewer(search, relaxed)];
  const found = leastOf(search, [noTrade(search), ...stages.flatMap((stage) => rounded(search, stage))]);
  const settled = found.plans.length > 0 && isWithin(found.allowance, relaxed.allowance);
  const wanting = ALTERNATIVES.filter((name) => !settled || !goodEnough(search, relaxed, found.plans, name));
  if (wanting.length === 0) return { status: 'tradable', plans: found.plans, relaxed, isLeast: true };
  const all = allCandidates(search);
  const list = shortlist(search, stages, found.plans);
  const among = (candidates: readonly number[]): Searched => {
    return searchAmong(search, candidates, found, settled ? relaxed.allowance : undefined, wanting);
  };
  const first = among(list);
  const last = first.status === 'infeasible' && list.length < all.length ? among(all) : first;
  if (last.status !== 'searched') return last;
  const { plans, allowance } = leastOf(search, last.plans);
  const isLeast = last.isSettled && last.list.length === all.length;
  const proved = isLeast ? last.lower : {};
  if (isWithin(allowance, relaxed.allowance)) {
    return { status: 'tradable', plans, relaxed: withBounds(relaxed, proved), isLeast: true };
  }
  // Lots make more give way than the relaxation did: the bounds are those of what is allowed now.
  const again = relax(
    search,
    all,
    allowance.map((most) => most + ROUNDING),
  );
  return again.status === 'relaxed'
    ? { status: 'tradable', plans, relaxed: withBounds(again, proved), isLeast }
    : { status: 'unsolved', reason: again.status === 'limit' ? 'limit' : 'solver' };
}

function withBounds(relaxed: Relaxed, lower: Partial<Record<AlternativeName, number>>): Relaxed {
  return { ...relaxed, lower: { ...relaxed.lower, ...lower } };
}

type Least = ReturnType<typeof leastViolating>;

function leastOf({ constraints }: Search, plans: readonly Plan[]): Least {
  return leastViolating(plans, constraints);
}

function goodEnough(search: Search, relaxed: Relaxed, plans: readonly Plan[], name: AlternativeName): boolean {
  const criterion = search.criteria[name];
  const best = bestOf(plans, criterion);
  return best !== undefined && gapOf(best, criterion, relaxed.lower[name], search.space) <= search.effort.gap;
}

function noTrade({ space: { problem } }: Search): Plan {
  return planOf(problem, new Float64Array(problem.candidates.length));
}

/** The plans of a relaxation in the nearest lots, improved among the candidates that it uses. */
function rounded({ space, constraints, criteria }: Search, { quantities }: Relaxed): Plan[] {
  const { candidates } = space.problem;
  const list = usedIn(candidates.length, Object.values(quantities));
  return ALTERNATIVES.map((name) => {
    const start = quantities[name].map((quantity, i) => tradable(candidates[i]!, quantity));
    return planOf(space.problem, improveByLots(space, constraints, criteria[name], start, list));
  });
}

function tradable({ lot, minTrade, maxBuy, maxSell }: Candidate, quantity: number): number {
  const size = lot > 0 ? ofLots(Math.round(Math.abs(quantity) / lot), lot) : Math.abs(quantity);
  const most = quantity > 0 ? maxBuy : maxSell;
  return size < minTrade * (1 - 1e-9) || size > most * (1 + 1e-9) ? 0 : Math.sign(quantity) * size;
}

type Searched =
  | Exclude<Tradable, { status: 'tradable' }>
  | {
      readonly status: 'searched';
      readonly plans: readonly Plan[];
      readonly list: readonly number[];
      /** Whether what gives way is proved the least among the candidates of the list. */
      readonly isSettled: boolean;
      /** Proved for plans of the list within what may give way. */
      readonly lower: Partial<Record<AlternativeName, number>>;
    };

/** `allowance`: what may give way, if that is known; otherwise the programme finds it, or keeps to what the plans at hand need. */
function searchAmong(
  search: Search,
  list: readonly number[],
  found: Least,
  allowance: Allowance | undefined,
  wanting: readonly AlternativeName[],
): Searched {
  return withSession(search, list, true, (session): Searched => {
    const precision = precisionOf(search, true);
    const settled = allowance ? { status: 'settled' as const, allowance } : settle(session, precision);
    const plans = [...found.plans];
    if (settled.status === 'limit' && settled.x) plans.push(improved(search, session, settled.x, 'balanced'));
    const known = leastOf(search, plans);
    if (settled.status === 'settled') allowAll(session, settled.allowance);
    else if (known.plans.length > 0) allowAll(session, known.allowance);
    else if (settled.status === 'infeasible') return { status: 'infeasible', binding: irreducible(session, precision) };
    else return { status: 'unsolved', reason: settled.status };
    const lower: Partial<Record<AlternativeName, number>> = {};
    for (const name of wanting) {
      const minimum = minimiseCriterion(search, session, search.criteria[name]);
      if (minimum.status !== 'found') continue;
      plans.push(improved(search, session, minimum.x, name));
      lower[name] = minimum.lower;
    }
    return leastOf(search, plans).plans.length > 0
      ? { status: 'searched', plans, list, isSettled: settled.status === 'settled', lower }
      : { status: 'unsolved', reason: 'limit' };
  });
}

/** A programme's plan; one that it could not finish may be improved by a lot here or there. */
function improved(search: Search, { formulation }: Session, x: Float64Array, name: AlternativeName): Plan {
  const { space, constraints, criteria } = search;
  const start = quantitiesOf(formulation, x);
  return planOf(space.problem, improveByLots(space, constraints, criteria[name], start, formulation.list));
}
