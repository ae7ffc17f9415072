import { countsOrders } from './layout.ts';
import { ALTERNATIVES, type AlternativeName } from './model.ts';
import type { Plan } from './plans.ts';
import type { Space } from './space.ts';
import { relax, type Relaxed } from './relax.ts';
import type { Search } from './search.ts';

/** Share of the candidates in use that the next relaxation keeps. */
const KEPT = 0.6;
const FEWEST = 2;

/**
 * Where orders count, a relaxation spreads over many small ones. Dropping the least used and relaxing again, over and over, gives
 * plans of fewer and fewer legs, each with its own balance of fixed costs against the rest. None where orders do not count.
 */
export function withFewer(search: Search, relaxed: Relaxed): Relaxed[] {
  const stages: Relaxed[] = [];
  if (!countsOrders(search.space)) return stages;
  let now = relaxed;
  for (;;) {
    const used = usedIn(search.space.problem.candidates.length, Object.values(now.quantities));
    if (used.length <= FEWEST) return stages;
    const list = mostUsed(search, now, used, nextCount(search, used.length));
    const next = relax(search, list);
    if (next.status !== 'relaxed') return stages;
    stages.push(next);
    now = next;
  }
}

/** A limit on legs is not passed by: the best plan has as many as it may. */
function nextCount({ space }: Search, count: number): number {
  const next = Math.floor(KEPT * count);
  const most = space.problem.limits.maxLegs?.value ?? 0;
  return count > most && next < most ? Math.floor(most) : next;
}

/** By what their trades move, of the risk and of the sums that are targets; in order of their indices. */
function mostUsed({ space, constraints }: Search, relaxed: Relaxed, list: readonly number[], count: number): number[] {
  const used = list.map((i) => {
    const quantity = Math.max(...ALTERNATIVES.map((name) => Math.abs(relaxed.quantities[name][i]!)));
    const moved = constraints.reduce(
      (sum, { of, unit }) => {
        return typeof of === 'number' ? sum + Math.abs(space.problem.candidates[i]!.greeks[of]!) / unit : sum;
      },
      Math.hypot(...space.moves[i]!),
    );
    return { i, weight: quantity * moved };
  });
  used.sort((a, b) => b.weight - a.weight);
  return withinNewLegs(space, used, count)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}

/** The first `count` that do not open more legs than may be opened, where so few are kept that it matters. */
function withinNewLegs<Item extends { readonly i: number }>({ problem }: Space, items: readonly Item[], count: number) {
  const { maxLegs, maxNewLegs } = problem.limits;
  if (!maxNewLegs || count > (maxLegs ?? maxNewLegs).value) return items.slice(0, count);
  let opened = 0;
  const fitting = items.filter(({ i }) => !problem.candidates[i]!.isNew || ++opened <= maxNewLegs.value);
  return fitting.slice(0, count);
}

/**
 * Candidates of a mixed-integer programme: those of the plans at hand, of the relaxation (where orders count, of the last one that
 * uses no more than half of the room), and then those that the relaxation gives up least to use.
 */
export function shortlist({ space, effort }: Search, stages: readonly Relaxed[], plans: readonly Plan[]): number[] {
  const count = space.problem.candidates.length;
  const uses = stages.map(({ quantities }) => usedIn(count, Object.values(quantities)));
  const inUse = countsOrders(space) ? (uses.find((list) => list.length <= effort.shortlist / 2) ?? []) : uses[0]!;
  const inPlans = plans.map(({ quantities }) => quantities);
  const used = new Set([...inUse, ...usedIn(count, inPlans)]);
  const price = dearness(stages[0]!);
  const others = Array.from({ length: count }, (_, i) => i).filter((i) => !used.has(i));
  others.sort((a, b) => price[a]! - price[b]!);
  const room = Math.max(effort.shortlist - used.size, 0);
  return [...used, ...others.slice(0, room)].sort((a, b) => a - b);
}

/** The least of what each criterion gives up for a candidate, as a share of the most that it gives up for any. */
function dearness({ prices }: Relaxed): Float64Array {
  const share = (name: AlternativeName): Float64Array => {
    const most = Math.max(...prices[name]) || 1;
    return prices[name].map((price) => price / most);
  };
  const shares = ALTERNATIVES.map(share);
  return shares[0]!.map((_, i) => Math.min(...shares.map((one) => one[i]!)));
}

/** Candidates that any of some plans trades. */
export function usedIn(count: number, plans: readonly Float64Array[]): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return all.filter((i) => plans.some((quantities) => quantities[i] !== 0));
}
