import type { Layout } from './columns.ts';
import { addEntry, startRow, type Rows } from './linearProgramme.ts';
import type { Space } from './space.ts';

/**
 * A convex function of one sum of columns, and the column that is to be at least as large. Only tangents of it enter a linear
 * programme, so what that finds is a lower bound, and the function's own value there an upper one.
 */
export interface ConvexTerm {
  readonly column: number;
  /** The sum: factor times each of these columns. */
  readonly over: readonly number[];
  readonly factor: number;
  /** 2 of a square, 1.5 of the square-root law's cost. */
  readonly power: number;
  /** Where tangents have been taken; shared by the relaxations of a problem. */
  readonly anchors: number[];
}

/** Tangents taken so far: of each risk coordinate, in standard deviations of the book; of each impact, in sizes of the candidate. */
export interface Anchors {
  readonly coordinates: readonly number[][];
  readonly impacts: readonly number[][];
}

const FIRST_COORDINATES = [-1, -0.5, -0.25, -0.125, 0.125, 0.25, 0.5, 1];
const FIRST_SIZES = [0.1, 0.4, 1];

export function firstAnchors({ rank, problem }: Space): Anchors {
  return {
    coordinates: Array.from({ length: rank }, () => [...FIRST_COORDINATES]),
    impacts: problem.candidates.map(() => [...FIRST_SIZES]),
  };
}

/** Distance of tangents below which their rows are all but parallel, as a share of where they are. */
const APART = 0.02;

/** A copy with those left out that lie close to another: they cost a mixed-integer programme more than they tell it. */
export function thinned({ coordinates, impacts }: Anchors): Anchors {
  const thin = (anchors: readonly number[]): number[] => {
    const kept: number[] = [];
    for (const anchor of [...anchors].sort((a, b) => a - b)) {
      if (anchor - (kept.at(-1) ?? -Infinity) > APART * Math.max(Math.abs(anchor), APART)) kept.push(anchor);
    }
    return kept;
  };
  return { coordinates: coordinates.map(thin), impacts: impacts.map(thin) };
}

/** The squares of the coordinates, and the impact of each listed candidate that has one. */
export function convexTerms(
  { rank, problem, sizes }: Space,
  list: readonly number[],
  layout: Layout,
  units: Float64Array,
  anchors: Anchors,
): ConvexTerm[] {
  const squares = Array.from({ length: rank }, (_, j) => ({
    column: layout.square + j,
    over: [layout.coordinate + j],
    factor: 1,
    power: 2,
    anchors: anchors.coordinates[j]!,
  }));
  const impacts = list.flatMap((i, a) => {
    const { coefficient, shape } = problem.candidates[i]!.impact;
    if (coefficient === 0) return [];
    const over = [layout.buy + a, layout.sell + a];
    const power = shape === 'linear' ? 2 : 1.5;
    return [{ column: layout.impact + a, over, factor: units[a]! / sizes[i]!, power, anchors: anchors.impacts[i]! }];
  });
  return [...squares, ...impacts];
}

export function argumentOf({ over, factor }: ConvexTerm, x: Float64Array): number {
  return factor * over.reduce((sum, column) => sum + x[column]!, 0);
}

export function valueAt({ power }: ConvexTerm, argument: number): number {
  return Math.abs(argument) ** power;
}

/** column − slope·argument ≥ value − slope·anchor */
export function addTangent(rows: Rows, term: ConvexTerm, anchor: number): void {
  const { column, over, factor, power } = term;
  const slope = power * Math.sign(anchor) * Math.abs(anchor) ** (power - 1);
  startRow(rows, valueAt(term, anchor) - slope * anchor, Infinity);
  addEntry(rows, column, 1);
  for (const each of over) addEntry(rows, each, -slope * factor);
}
