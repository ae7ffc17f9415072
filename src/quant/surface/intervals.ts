/** Where a condition fails. Ends may be infinite; `worst` is where it fails most, finite. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly worst: number;
  /** The tested function at `worst`, < 0. */
  readonly value: number;
}

/** Golden-section steps that bring a bracket below a rounding of its place (a minimum is flat over √ε of it). */
const MINIMUM_STEPS = 40;
/** Halvings that bring a bracket of any doubles of one scale to the last digit. */
const ROOT_STEPS = 60;
const GOLDEN = 0.6180339887498949;

/**
 * The intervals on which a continuous f is below 0, between the first and the last of ascending `points`, left out where it
 * stays above −tolerance (rounding where f touches 0). Between two neighbouring points f must have one extremum at
 * most; those that may change its sign are looked for, ends are found to rounding.
 */
export function negativeIntervals(f: (x: number) => number, points: readonly number[], tolerance: number): Interval[] {
  const { xs, values } = withExtrema(f, points);
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

/** The points, and beside each at which f turns the place of the extremum, where that may change the sign of f. */
function withExtrema(f: (x: number) => number, points: readonly number[]): { xs: number[]; values: number[] } {
  const given = points.map(f);
  const xs: number[] = [];
  const values: number[] = [];
  const add = (x: number, value: number) => {
    xs.push(x);
    values.push(value);
  };
  points.forEach((x, i) => {
    const value = given[i]!;
    const place = extremumAround(f, points, given, i);
    if (place < x) add(place, f(place));
    add(x, value);
    if (place > x) add(place, f(place));
  });
  return { xs, values };
}

/** Of a positive point below its neighbours the minimum around it, of a negative one above them the maximum; else itself. */
function extremumAround(
  f: (x: number) => number,
  points: readonly number[],
  values: readonly number[],
  i: number,
): number {
  if (i === 0 || i === points.length - 1) return points[i]!;
  const side = values[i]! >= 0 ? 1 : -1;
  const turns = side * values[i]! <= side * values[i - 1]! && side * values[i]! <= side * values[i + 1]!;
  return turns ? minimumBetween((x) => side * f(x), points[i - 1]!, points[i + 1]!) : points[i]!;
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
