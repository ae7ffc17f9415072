import { constraintsOf } from './constraints.ts';
import { faultOf } from './fault.ts';
import { irreducible } from './giveWay.ts';
import { needsWholeNumbers } from './layout.ts';
import type { LinearSolver } from './linearProgramme.ts';
import { inWholeLots, type Tradable } from './lots.ts';
import { ALTERNATIVES, DEFAULT_EFFORT, type Effort, type Outcome, type Problem } from './model.ts';
import { residualRisk } from './evaluate.ts';
import { alternativesOf, planOf } from './plans.ts';
import { relax, type Relaxed } from './relax.ts';
import { allCandidates, precisionOf, startSearch, withSession, type Search } from './search.ts';
import { spaceOf } from './space.ts';

/**
 * What to trade: up to three plans on the frontier between cost and residual risk. Constraints give way in the order of their
 * priorities, the least violation first and then the best plan within it. Risk is written as a sum of squares of as many
 * coordinates as the covariance has rank, so that each convex part, the impact of each order among them, is a function of one
 * variable and is bounded by its tangents: all that is asked of the solver are linear and mixed-integer programmes.
 */
export function optimise(problem: Problem, solver: LinearSolver, effort: Effort = DEFAULT_EFFORT): Outcome {
  const fault = faultOf(problem);
  if (fault) return { status: 'invalid', ...fault };
  const space = spaceOf(problem);
  const search = startSearch(space, constraintsOf(space), solver, effort);
  const found = planned(search);
  if (found.status !== 'tradable') return found;
  return {
    status: 'solved',
    alternatives: alternativesOf(space, search.constraints, found.plans, found.relaxed.lower),
    isLeastRelaxed: found.isLeast,
    variance: residualRisk(problem.factors, problem.covariance),
  };
}

function planned(search: Search): Tradable {
  const relaxed = relax(search, allCandidates(search));
  if (relaxed.status === 'infeasible') return { status: 'infeasible', binding: bindingOf(search) };
  if (relaxed.status !== 'relaxed') return { status: 'unsolved', reason: relaxed.status };
  return needsWholeNumbers(search.space) ? inWholeLots(search, relaxed) : continuous(search, relaxed);
}

function bindingOf(search: Search): string[] {
  return withSession(search, allCandidates(search), false, (session) =>
    irreducible(session, precisionOf(search, false)),
  );
}

function continuous({ space }: Search, relaxed: Relaxed): Tradable {
  const plans = ALTERNATIVES.map((name) => planOf(space.problem, relaxed.quantities[name]));
  return { status: 'tradable', plans, relaxed, isLeast: true };
}
