import type { Kernel } from '../kernel/contract.ts';
import {
  type BookOptions,
  type BookProfile,
  expiresWithin,
  grossQuantity,
  openProfile,
  type Profiler,
  profiler,
} from './optimalBandBook.ts';
import { type Lattice, openLattice } from './optimalBandLattice.ts';
import { CELLS, type Holding, type Layer, openHolding, openLayer, type Outlook, solveNode } from './optimalBandNode.ts';
import type { BandTable } from './optimalBandTable.ts';

export interface BandProblem {
  /** Without its hedges. */
  readonly book: BookOptions;
  readonly spot: number;
  /** Continuously compounded, per year. */
  readonly rate: number;
  readonly carry: number;
  /** Of the underlying, decimal, > 0. */
  readonly vol: number;
  /** Between two decisions, > 0. */
  readonly stepYears: number;
  /** Decisions, at times 0 … (steps − 1)·stepYears; the horizon is steps·stepYears. */
  readonly steps: number;
  /** λ, one way, as a fraction of notional, ≥ 0. */
  readonly costRate: number;
  /** a, absolute, per unit of currency at the horizon, > 0. */
  readonly riskAversion: number;
  /**
   * What becomes of the hedge at the horizon. `liquidate`: it is sold at cost, as a backtest does; `recentre`: the
   * book lives on, and what the hedge is off its delta is traded at cost.
   */
  readonly terminal: 'liquidate' | 'recentre';
}

/** Positions that differ by this share of the book's gross quantity are the same. */
const GRAIN = 1e-10;

/**
 * The no-trade bands of a book hedged with its underlying at proportional costs, under exponential utility of wealth
 * at the horizon and no drift of the forward: Davis, Panas & Zariphopoulou 1993, Hodges & Neuberger 1989, in discrete
 * time on a lattice of ln F,
 *
 *   G(t, F, z) = 1/a·ln E exp(a(J(t + δt, F′, z) − (V′ − V) − z(F′ − F))),  J(t, F, z) = min over z′ of G(t, F, z′) + λF|z′ − z|,
 *
 * V the value of the book at its implied volatilities, which is its pay-off at expiry. An option expires at the first
 * decision on or after its expiry. Positions reinvest the yield of the underlying. It is the optimum of trading at
 * these times and no others: the band of a coarse grid is narrower than that of continuous trading.
 *
 * @param europeans of a `Kernel`, where speed needs it
 * @throws RangeError for a spot, volatility, step or risk aversion that is not above 0 and finite, or a cost below 0
 */
export function solveBand(problem: BandProblem, europeans?: Kernel['europeans']): BandTable {
  requireProblem(problem);
  const { steps, stepYears, rate, carry, vol, spot } = problem;
  const horizon = steps * stepYears;
  const lattice = openLattice(vol * Math.sqrt(stepYears), steps);
  const { size } = lattice;
  const lower = new Float64Array(steps * size);
  const upper = new Float64Array(steps * size);
  // Without options there is nothing to hedge, and whatever is held is sold: both edges are 0.
  const tell = (step: number, layer: Layer) => {
    const perUnit = Math.exp((carry - rate) * (horizon - step * stepYears));
    for (let i = 0; i < size; i++) {
      lower[step * size + i] = perUnit * layer.lower[i]!;
      upper[step * size + i] = perUnit * layer.upper[i]!;
    }
  };
  const profile = profiler({ ...problem, horizon }, lattice, europeans);
  if (grossQuantity(problem.book) > 0) sweepBack(problem, lattice, profile, tell);
  const logSpots = Float64Array.from(
    { length: size },
    (_, i) => Math.log(spot) + (i - lattice.centre) * lattice.spacing,
  );
  return { steps, logSpots, logDrift: carry * stepYears, lower, upper };
}

/** Goes back from the horizon; `tell` gets the layer of each step, whose memory is used again. The book must hold
 * something. `beyond`: what the hedge loses after the horizon at each node, in units of the forward now; 0 unless
 * given. */
export function sweepBack(
  problem: BandProblem,
  lattice: Lattice,
  profile: Profiler,
  tell: (step: number, layer: Layer) => void,
  beyond?: Float64Array,
): void {
  const { book, spot, carry, costRate, steps, stepYears } = problem;
  const horizon = steps * stepYears;
  const holding = openHolding(lattice, problem.riskAversion * spot * Math.exp(carry * horizon));
  const grain = GRAIN * grossQuantity(book);
  let [after, layer] = [openLayer(lattice.size), openLayer(lattice.size)];
  let [later, now] = [openProfile(lattice.size), openProfile(lattice.size)];
  const expired = openProfile(lattice.size);
  profile(horizon, horizon, later);
  writeTerminal(problem, lattice, later, after);
  if (beyond)
    for (let i = 0; i < lattice.size; i++) after.values.fill(beyond[i]!, i * (CELLS + 1), (i + 1) * (CELLS + 1));
  for (let step = steps - 1; step >= 0; step--) {
    const [time, next] = [step * stepYears, (step + 1) * stepYears];
    profile(time, time, now);
    const expires = expiresWithin(book, time, next);
    if (expires) profile(time, next, expired);
    const outlook = { after, bookAfter: (expires ? expired : later).values, bookBefore: now.values };
    solveLayer({ lattice, holding, outlook, costRate, grain }, lattice.solved(step), now, later, layer);
    tell(step, layer);
    [after, layer] = [layer, after];
    [later, now] = [now, later];
  }
}

interface Terms {
  readonly lattice: Lattice;
  readonly holding: Holding;
  readonly outlook: Outlook;
  readonly costRate: number;
  readonly grain: number;
}

function solveLayer(terms: Terms, solved: number, now: BookProfile, later: BookProfile, layer: Layer): void {
  const { lattice, outlook, costRate } = terms;
  const { centre, size, forwards } = lattice;
  const guess = { lower: 0, upper: 0 };
  // A step moves the edges as it moves the delta, and otherwise by about as much as those of the node before.
  let [lowerDrift, upperDrift] = [0, 0];
  for (let i = centre - solved; i <= centre + solved; i++) {
    const moved = later.deltas[i]! - now.deltas[i]!;
    guess.lower = outlook.after.lower[i]! + moved + lowerDrift;
    guess.upper = outlook.after.upper[i]! + moved + upperDrift;
    solveNode(terms.holding, outlook, layer, i, costRate * forwards[i]!, guess, terms.grain);
    lowerDrift = layer.lower[i]! - outlook.after.lower[i]! - moved;
    upperDrift = layer.upper[i]! - outlook.after.upper[i]! - moved;
  }
  for (let i = 0; i < centre - solved; i++) follow(lattice, now.deltas, layer, centre - solved, i);
  for (let i = centre + solved + 1; i < size; i++) follow(lattice, now.deltas, layer, centre + solved, i);
}

/** Node `to`, too far out to be met, lies about its delta as node `from` does about its own. */
function follow({ forwards }: Lattice, deltas: Float64Array, layer: Layer, from: number, to: number): void {
  layer.lower[to] = layer.lower[from]! + deltas[from]! - deltas[to]!;
  layer.upper[to] = layer.upper[from]! + deltas[from]! - deltas[to]!;
  const scale = forwards[to]! / forwards[from]!;
  for (let c = 0; c <= CELLS; c++) {
    layer.values[to * (CELLS + 1) + c] = layer.values[from * (CELLS + 1) + c]!;
    layer.slopes[to * (CELLS + 1) + c] = scale * layer.slopes[from * (CELLS + 1) + c]!;
  }
}

function writeTerminal(
  { terminal, costRate }: BandProblem,
  { size, forwards }: Lattice,
  { deltas }: BookProfile,
  layer: Layer,
): void {
  for (let i = 0; i < size; i++) {
    const held = terminal === 'liquidate' ? 0 : -deltas[i]!;
    layer.lower[i] = held;
    layer.upper[i] = held;
    layer.slopes[i * (CELLS + 1)] = -costRate * forwards[i]!;
    layer.slopes[i * (CELLS + 1) + CELLS] = costRate * forwards[i]!;
  }
}

export function requireProblem({ spot, vol, stepYears, steps, riskAversion, costRate }: BandProblem): void {
  for (const [name, value] of Object.entries({ spot, vol, stepYears, steps, riskAversion }))
    if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} of a band must be above 0 and finite`);
  if (!Number.isInteger(steps)) throw new RangeError('the steps of a band must be a whole number');
  if (!(costRate >= 0 && costRate < Infinity))
    throw new RangeError('the cost of a band must be finite and not below 0');
}
