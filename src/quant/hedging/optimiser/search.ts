import type { Constraint } from './constraints.ts';
import { formulate } from './formulation.ts';
import type { LinearSolver } from './linearProgramme.ts';
import { minimise, openSession, type Minimised, type Precision, type Session } from './minimise.ts';
import type { AlternativeName, Effort } from './model.ts';
import { costVector, criteriaOf, worthOf, type Criterion } from './plans.ts';
import type { Space } from './space.ts';
import { firstAnchors, type Anchors } from './tangents.ts';

/** What all programmes of one problem share. */
export interface Search {
  readonly space: Space;
  readonly constraints: readonly Constraint[];
  readonly criteria: Readonly<Record<AlternativeName, Criterion>>;
  readonly anchors: Anchors;
  readonly solver: LinearSolver;
  readonly effort: Effort;
}

const CONTINUOUS_ROUNDS = 60;
/** A backstop: one takes milliseconds. */
const RELAXATION_SECONDS = 10;
/** A mixed-integer programme is solved again from the start each time. */
const WHOLE_ROUNDS = 4;

export function allCandidates({ space }: Search): number[] {
  return space.problem.candidates.map((_, i) => i);
}

export function startSearch(
  space: Space,
  constraints: readonly Constraint[],
  solver: LinearSolver,
  effort: Effort,
): Search {
  return { space, constraints, criteria: criteriaOf(space), anchors: firstAnchors(space), solver, effort };
}

/** Opens the problem over some candidates, uses it and closes it. */
export function withSession<Answer>(
  { space, constraints, anchors, solver }: Search,
  list: readonly number[],
  exact: boolean,
  use: (session: Session) => Answer,
): Answer {
  const session = openSession(solver, formulate(space, constraints, list, exact, anchors));
  try {
    return use(session);
  } finally {
    session.open.close();
  }
}

export function precisionOf({ effort, space }: Search, exact: boolean, criterion?: Criterion): Precision {
  // Violations are of order one.
  const worth = criterion ? worthOf(criterion, space) : 1;
  const { gap, precision, nodes, seconds } = effort;
  return exact
    ? { gap: criterion ? gap : precision, nodes, seconds, worth, rounds: WHOLE_ROUNDS }
    : { gap: precision, nodes, seconds: RELAXATION_SECONDS, worth, rounds: CONTINUOUS_ROUNDS };
}

export function minimiseCriterion(search: Search, session: Session, criterion: Criterion): Minimised {
  const { formulation } = session;
  return minimise(session, costVector(formulation, criterion), precisionOf(search, formulation.exact, criterion));
}
