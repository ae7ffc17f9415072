/** Where a condition fails. Ends may be infinite; `worst` is where it fails most, finite. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly worst: number;
  /** The tested function at `worst`, < 0. */
  readonly value: number;
}

/** Halvings of a gap between two points in which f bends as much as it is away from 0. */
const HALVINGS = 6;
/** Golden-section steps that bring a bracket below a rounding of its place (a minimum is flat over √ε of it). */
const MINIMUM_STEPS = 40;
/** Halvings that bring a bracket of any doubles of one scale to the last digit. */
const ROOT_STEPS = 60;
const GOLDEN = 0.6180339887498949;

/**
 * The intervals on which a continuous f is below 0, between the first and the last of ascending `points`, left out where it
 * stays above −tolerance (rounding where f touches 0). Where f bends as much as it is away from 0 it is looked at more closely;
 * extrema that may change its sign are looked for, ends are found to rounding. Overlooked is only a sign that changes and
 * changes back where f looks straight, between two points and their middle.
 */
export function negativeIntervals(f: (x: number) => number, points: readonly number[], tolerance: number): Interval[] {
  const { xs, values } = withExtrema(f, lookedAt(f, points));
  const found: Interval[] = [];
  for (let i = 0; i < xs.length;) {
    if (!(values[i]! < 0)) {
      i++;
      continue;
    }
    let end = i;
    let worst = i;
    for (; end < xs.length && values[end]! < 0; end++) if (values[end]! < values[worst]!) worst = end;
    const from = i === 0 ? xs[0]! : rootBetween(f, xs[i - 1]!, xs[i]!);
    const to = end === xs.length ? xs[end - 1]! : rootBetween(f, xs[end - 1]!, xs[end]!);
    if (values[worst]! < -tolerance) found.push({ from, to, ...deepest(f, xs, worst) });
    i = end;
  }
  return found;
}

function deepest(f: (x: number) => number, xs: readonly number[], at: number): { worst: number; value: number } {
  const left = xs[at - 1];
  const right = xs[at + 1];
  const place = left === undefined || right === undefined ? xs[at]! : minimumBetween(f, left, right);
  const worst = f(place) < f(xs[at]!) ? place : xs[at]!;
  return { worst, value: f(worst) };
}

/** Ascending places, and f there. */
interface Samples {
  readonly xs: number[];
  readonly values: number[];
}

function add({ xs, values }: Samples, x: number, value: number): void {
  xs.push(x);
  values.push(value);
}

/** f at the points, in the middle between them, and in the middles of what bends so much that it may come to 0 there. */
function lookedAt(f: (x: number) => number, points: readonly number[]): Samples {
  const samples: Samples = { xs: [], values: [] };
  const between = (x0: number, f0: number, x1: number, f1: number, halvings: number) => {
    const x = 0.5 * (x0 + x1);
    const value = f(x);
    const bends = Math.abs(f0 - 2 * value + f1);
    const isNear = halvings > 0 && Math.min(Math.abs(f0), Math.abs(value), Math.abs(f1)) < bends;
    if (isNear) between(x0, f0, x, value, halvings - 1);
    add(samples, x, value);
    if (isNear) between(x, value, x1, f1, halvings - 1);
  };
  const given = points.map(f);
  points.forEach((x, i) => {
    if (i > 0) between(points[i - 1]!, given[i - 1]!, x, given[i]!, HALVINGS);
    add(samples, x, given[i]!);
  });
  return samples;
}

/** The samples, and beside each at which f turns the place of the extremum, where that may change the sign of f. */
function withExtrema(f: (x: number) => number, given: Samples): Samples {
  const samples: Samples = { xs: [], values: [] };
  given.xs.forEach((x, i) => {
    const place = extremumAround(f, given, i);
    if (place < x) add(samples, place, f(place));
    add(samples, x, given.values[i]!);
    if (place > x) add(samples, place, f(place));
  });
  return samples;
}

/** Of a positive point below its neighbours the minimum around it, of a negative one above them the maximum; else itself. */
function extremumAround(f: (x: number) => number, { xs, values }: Samples, i: number): number {
  if (i === 0 || i === xs.length - 1) return xs[i]!;
  const side = values[i]! >= 0 ? 1 : -1;
  const turns = side * values[i]! <= side * values[i - 1]! && side * values[i]! <= side * values[i + 1]!;
  return turns ? minimumBetween((x) => side * f(x), xs[i - 1]!, xs[i + 1]!) : xs[i]!;
}

function minimumBetween(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = f(left);
  let atRight = f(right);
  for (let i = 0; i < MINIMUM_STEPS; i++) {
    if (atLeft <= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - GOLDEN * (high - low);
      atLeft = f(left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + GOLDEN * (high - low);
      atRight = f(right);
    }
  }
  return atLeft <= atRight ? left : right;
}

/** Where f changes sign between `from` and `to`, to the last digit. */
function rootBetween(f: (x: number) => number, from: number, to: number): number {
  const negativeFirst = f(from) < 0;
  let low = from;
  let high = to;
  for (let i = 0; i < ROOT_STEPS; i++) {
    const middle = 0.5 * (low + high);
    if (f(middle) < 0 === negativeFirst) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
