import { ROUNDING, sumOf, type Constraint } from './constraints.ts';
import { legCost } from './evaluate.ts';
import { ofLots } from './layout.ts';
import type { Candidate } from './model.ts';
import { planOf, valueOf, worthOf, type Criterion } from './plans.ts';
import type { Space } from './space.ts';

/** Improvements of one plan at most, and those of two candidates at once; there is an end, but it may be far. */
const MOST = 200;
const MOST_OF_TWO = 40;
/** Lots of one move: their powers up to the candidate's size, as a perpetual's are small against what rounding an option upsets. */
const BASE = 10;
/** What a violation of order one costs against a criterion of order one, by priority. */
const PENALTY = Float64Array.from([1e12, 1e2, 1e4, 1e6, 1e8, 1e10]);
/** An improvement of less than this is rounding. */
const LEAST = 1e-9;

/** A change of one candidate's quantity, and what it adds to the coordinates, the sums of the constraints and the cost. */
interface Move {
  readonly i: number;
  /** Lots; 0 drops the leg. */
  readonly step: number;
  /** What the quantity becomes. */
  to: number;
  allowed: boolean;
  readonly adds: Float64Array;
}

/**
 * Moves a plan in whole lots by some lots of a candidate, or a lot each of two, or drops a leg, as long as that makes it better: by
 * what it violates first and then by the criterion. What rounding has upset is mended so. Precondition: `list` has what it trades.
 */
export function improveByLots(
  space: Space,
  constraints: readonly Constraint[],
  criterion: Criterion,
  start: Float64Array,
  list: readonly number[],
): Float64Array {
  const quantities = Float64Array.from(start);
  const standing = standingOf(space, constraints, quantities);
  const score = scoring(space, constraints, criterion, quantities);
  const moves = movesOf(space, constraints, list, quantities);
  const small = moves.filter(({ step }) => Math.abs(step) === 1);
  const nothing = new Float64Array(standing.length);
  let best = score(standing, nothing, nothing);
  let ofTwo = 0;
  for (let count = 0; count < MOST; count++) {
    const made =
      bestOfOne(standing, moves, score, best, nothing) ??
      (ofTwo++ < MOST_OF_TWO ? firstOfTwo(standing, small, score, best) : undefined);
    if (!made) break;
    best = made.score;
    for (const move of made.moves) {
      quantities[move.i] = move.to;
      for (let k = 0; k < standing.length; k++) standing[k] = standing[k]! + move.adds[k]!;
    }
    for (const move of moves) if (made.moves.some(({ i }) => i === move.i)) aim(space, constraints, move, quantities);
  }
  return quantities;
}

/** Of a plan after two moves. */
type Score = (standing: Float64Array, one: Float64Array, other: Float64Array) => number;
interface Made {
  readonly score: number;
  readonly moves: readonly Move[];
}

/** Coordinates, sums of the constraints in their units, cost. */
function standingOf(space: Space, constraints: readonly Constraint[], quantities: Float64Array): Float64Array {
  const { evaluation } = planOf(space.problem, quantities);
  const coordinates = space.start.map((value, k) => {
    return space.moves.reduce((sum, move, i) => sum + quantities[i]! * move[k]!, value);
  });
  const sums = constraints.map((constraint) => sumOf(constraint, evaluation) / constraint.unit);
  return Float64Array.of(...coordinates, ...sums, evaluation.cost.total);
}

/** What a plan is worth after moves: its criterion, brought to order one, and its violations far above that. */
function scoring(
  space: Space,
  constraints: readonly Constraint[],
  criterion: Criterion,
  quantities: Float64Array,
): Score {
  const { rank, sd } = space;
  const unit =
    Math.max(Math.abs(valueOf(criterion, planOf(space.problem, quantities))), worthOf(criterion, space)) || 1;
  const [risk, money] = [(criterion.risk * sd ** 2) / unit, criterion.cost / unit];
  const lower = Float64Array.from(constraints, (c) => c.lower / c.unit - ROUNDING);
  const upper = Float64Array.from(constraints, (c) => c.upper / c.unit + ROUNDING);
  const penalty = Float64Array.from(constraints, (c) => PENALTY[c.priority]! * c.weight);
  const last = rank + penalty.length;
  return (standing, one, other) => {
    let sum = money * (standing[last]! + one[last]! + other[last]!);
    for (let k = 0; k < rank; k++) {
      const coordinate = standing[k]! + one[k]! + other[k]!;
      sum += risk * coordinate * coordinate;
    }
    for (let c = 0; c < penalty.length; c++) {
      const value = standing[rank + c]! + one[rank + c]! + other[rank + c]!;
      if (value > upper[c]!) sum += penalty[c]! * (value - upper[c]!);
      else if (value < lower[c]!) sum += penalty[c]! * (lower[c]! - value);
    }
    return sum;
  };
}

function movesOf(
  space: Space,
  constraints: readonly Constraint[],
  list: readonly number[],
  quantities: Float64Array,
): Move[] {
  const width = space.rank + constraints.length + 1;
  const movable = list.filter((i) => space.problem.candidates[i]!.lot > 0);
  return movable.flatMap((i) =>
    stepsOf(space, i).map((step) => {
      const move = { i, step, to: 0, allowed: false, adds: new Float64Array(width) };
      aim(space, constraints, move, quantities);
      return move;
    }),
  );
}

function stepsOf({ problem, sizes }: Space, i: number): number[] {
  const steps = [0];
  for (let step = 1; step === 1 || step * problem.candidates[i]!.lot <= sizes[i]!; step *= BASE)
    steps.push(step, -step);
  return steps;
}

/** Works out a move from where its candidate now stands. */
function aim(space: Space, constraints: readonly Constraint[], move: Move, quantities: Float64Array): void {
  const candidate = space.problem.candidates[move.i]!;
  const now = quantities[move.i]!;
  move.to =
    move.step === 0 ? 0 : ofLots(lotsAfter(candidate, Math.round(now / candidate.lot), move.step), candidate.lot);
  move.allowed = move.to !== now && mayHold(candidate, move.to);
  if (!move.allowed) return;
  const by = move.to - now;
  const cost = legCost(candidate, move.to).total - legCost(candidate, now).total;
  const legs = Number(move.to !== 0) - Number(now !== 0);
  const limits = {
    ...{ maxCost: cost, maxLegs: legs, maxNewLegs: candidate.isNew ? legs : 0 },
    maxNotional: (Math.abs(move.to) - Math.abs(now)) * candidate.notional,
  };
  for (let k = 0; k < space.rank; k++) move.adds[k] = by * space.moves[move.i]![k]!;
  constraints.forEach(({ of, unit }, c) => {
    move.adds[space.rank + c] = (typeof of === 'number' ? by * candidate.greeks[of]! : limits[of]) / unit;
  });
  move.adds[move.adds.length - 1] = cost;
}

/** The first step of an order is as large as an order must be. */
function lotsAfter({ lot, minTrade }: Candidate, now: number, step: number): number {
  const least = Math.ceil(minTrade / lot - 1e-9);
  return now === 0 ? Math.sign(step) * Math.max(Math.abs(step), least) : now + step;
}

function mayHold({ minTrade, maxBuy, maxSell }: Candidate, quantity: number): boolean {
  const most = quantity > 0 ? maxBuy : maxSell;
  return quantity === 0 || (Math.abs(quantity) <= most * (1 + 1e-9) && Math.abs(quantity) >= minTrade * (1 - 1e-9));
}

function bestOfOne(
  standing: Float64Array,
  moves: readonly Move[],
  score: Score,
  best: number,
  nothing: Float64Array,
): Made | undefined {
  let least = best - LEAST * Math.max(Math.abs(best), 1);
  let chosen: Move | undefined;
  for (const move of moves) {
    if (!move.allowed) continue;
    const value = score(standing, move.adds, nothing);
    if (value >= least) continue;
    least = value;
    chosen = move;
  }
  return chosen && { score: least, moves: [chosen] };
}

function firstOfTwo(standing: Float64Array, moves: readonly Move[], score: Score, best: number): Made | undefined {
  const least = best - LEAST * Math.max(Math.abs(best), 1);
  for (let a = 0; a < moves.length; a++) {
    const one = moves[a]!;
    for (let b = a + 1; one.allowed && b < moves.length; b++) {
      const other = moves[b]!;
      if (!other.allowed || other.i === one.i) continue;
      const value = score(standing, one.adds, other.adds);
      if (value < least) return { score: value, moves: [one, other] };
    }
  }
  return undefined;
}
