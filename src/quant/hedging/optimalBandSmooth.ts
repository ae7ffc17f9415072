import type { Kernel } from '../kernel/contract.ts';
import {
  type BookMarket,
  type BookOptions,
  type BookProfile,
  openProfile,
  type Profiler,
  profiler,
} from './optimalBandBook.ts';
import type { Lattice } from './optimalBandLattice.ts';

/**
 * Of Chebyshev nodes in time; with the least expiry two horizons off, what is missed is 1/5.8⁵ of what time changes.
 */
const NODES = 5;
const FAR = 2;

/**
 * As `profiler`, for a large book: options that live for twice the horizon at least are valued at five times of it,
 * and in between by the polynomial through them.
 */
export function smoothProfiler(market: BookMarket, lattice: Lattice, europeans?: Kernel['europeans']): Profiler {
  const { book, horizon } = market;
  const far = profiler({ ...market, book: select(book, (years) => years >= FAR * horizon) }, lattice, europeans);
  const near = profiler({ ...market, book: select(book, (years) => years < FAR * horizon) }, lattice, europeans);
  const nodes = Float64Array.from(
    { length: NODES },
    (_, n) => 0.5 * horizon * (1 - Math.cos((Math.PI * n) / (NODES - 1))),
  );
  const profiles = Array.from(nodes, (time) => {
    const profile = openProfile(lattice.size);
    far(time, time, profile);
    return profile;
  });
  return (alive, time, into) => {
    near(alive, time, into);
    for (let n = 0; n < NODES; n++) add(profiles[n]!, lagrange(nodes, n, time), into);
  };
}

function add({ values, deltas }: BookProfile, weight: number, into: BookProfile): void {
  for (let i = 0; i < values.length; i++) {
    into.values[i] = into.values[i]! + weight * values[i]!;
    into.deltas[i] = into.deltas[i]! + weight * deltas[i]!;
  }
}

/** The polynomial that is 1 at node n and 0 at the others. */
function lagrange(nodes: Float64Array, n: number, time: number): number {
  let weight = 1;
  for (let m = 0; m < nodes.length; m++) if (m !== n) weight *= (time - nodes[m]!) / (nodes[n]! - nodes[m]!);
  return weight;
}

function select(book: BookOptions, belongs: (years: number) => boolean): BookOptions {
  const kept = Array.from(book.years.subarray(0, book.count).keys()).filter((option) => belongs(book.years[option]!));
  const take = (column: Float64Array) => Float64Array.from(kept, (option) => column[option]!);
  return {
    count: kept.length,
    strikes: take(book.strikes),
    years: take(book.years),
    vols: take(book.vols),
    quantities: take(book.quantities),
    signs: take(book.signs),
  };
}
