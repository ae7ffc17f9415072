import type { Kernel } from '../kernel/contract.ts';
import { priceEuropeans } from '../kernel/european.ts';
import { whalleyWilmottHalfWidth } from './bands.ts';
import { type BandProblem, requireProblem, sweepBack } from './optimalBand.ts';
import type { BookOptions } from './optimalBandBook.ts';
import { type GammaProfile, gammaProfile, type HedgedBook, lossBeyond } from './optimalBandFuture.ts';
import { openLattice } from './optimalBandLattice.ts';
import type { Layer } from './optimalBandNode.ts';
import { smoothProfiler } from './optimalBandSmooth.ts';

export interface LiveBand extends HedgedBook {
  /** Years between two looks at the hedge; 0 for one that is always watched. */
  readonly lookYears: number;
}

/** Hedge positions in units of the underlying; `aim` is the middle of the band. */
export interface BandNow {
  readonly lower: number;
  readonly upper: number;
  readonly aim: number;
}

const MOST_STEPS = 64;
/**
 * The time in which the book's delta moves by the half-width H is one mixing time, (H/(ΓSσ))². What the horizon leaves
 * of the terminal condition shrinks with e^{−π²/2·n} after n of them (a Brownian motion reflected at ±H): 5e-5 at 2.
 * The half-width of an option of a year changes from 2 to 3 by 0.1 % at a cost of 5 bp and 0.5 % at one of 1 %.
 */
const MIXING_TIMES = 2;
/**
 * −ζ(½)/√(2π): so much of the deviation of a step does a barrier lie further out when it is watched at steps only
 * (Broadie, Glasserman & Kou 1997). Bands of 32, 64 and 256 steps so corrected agree to 1 %.
 */
const BARRIER_SHIFT = 0.5825971579390107;

/**
 * The no-trade band of a live book at its spot and now, from its gamma over the spots and times that count:
 * `solveBand` up to two mixing times of the band, or to the last expiry where that is sooner, `recentre` there. Steps
 * are the looks, or 64 where the looks are more, and the edges then moved out to where watching more often puts them.
 * Continuous in its inputs but for an expiry that comes to lie within the horizon.
 *
 * @param europeans of a `Kernel`: of a large book most of the time goes into valuing it
 * @throws RangeError as `solveBand`, and for a look below 0
 */
export function solveBandNow(live: LiveBand, europeans: Kernel['europeans'] = priceEuropeans): BandNow {
  const lastExpiry = last(live.book);
  requireProblem({ ...live, stepYears: 1, steps: 1, terminal: 'recentre' });
  if (!(live.lookYears >= 0)) throw new RangeError('lookYears must not be negative');
  if (!(lastExpiry > 0)) return { lower: 0, upper: 0, aim: 0 };
  const gamma = gammaProfile(live, europeans);
  const horizon = horizonOf(live, gamma, lastExpiry);
  const steps = Math.max(1, Math.min(Math.ceil(horizon / live.lookYears), MOST_STEPS));
  const stepYears = Math.max(horizon / MOST_STEPS, Math.min(live.lookYears, lastExpiry));
  const problem: BandProblem = { ...live, steps, stepYears, terminal: 'recentre' };
  const [lower, upper] = edgesNow(problem, gamma, lastExpiry, europeans);
  const deviation = gammaMet(live, gamma, horizon) * live.spot * live.vol;
  const shift = BARRIER_SHIFT * deviation * Math.max(Math.sqrt(stepYears) - Math.sqrt(live.lookYears), 0);
  return { lower: lower - shift, upper: upper + shift, aim: 0.5 * (lower + upper) };
}

function last({ count, years, quantities }: BookOptions): number {
  let latest = 0;
  for (let option = 0; option < count; option++)
    if (quantities[option] !== 0) latest = Math.max(latest, years[option]!);
  return latest;
}

function edgesNow(
  problem: BandProblem,
  gamma: GammaProfile,
  lastExpiry: number,
  europeans: Kernel['europeans'],
): [number, number] {
  const { steps, stepYears, vol, rate, carry } = problem;
  const horizon = steps * stepYears;
  const lattice = openLattice(vol * Math.sqrt(stepYears), steps);
  const logMoves = Float64Array.from(lattice.forwards, Math.log);
  const beyond = horizon < lastExpiry ? lossBeyond(problem, gamma, horizon, lastExpiry, logMoves) : undefined;
  const edges: [number, number] = [0, 0];
  const profile = smoothProfiler({ ...problem, horizon }, lattice, europeans);
  const tell = (step: number, layer: Layer) => {
    if (step > 0) return;
    edges[0] = Math.exp((carry - rate) * horizon) * layer.lower[lattice.centre]!;
    edges[1] = Math.exp((carry - rate) * horizon) * layer.upper[lattice.centre]!;
  };
  sweepBack(problem, lattice, profile, tell, beyond);
  return edges;
}

/** Gauss–Hermite rule of five nodes for a standard normal (Abramowitz & Stegun 25.10). */
const NORMAL_NODES = [-2.8569700138728, -1.3556261799742659, 0, 1.3556261799742659, 2.8569700138728];
const NORMAL_WEIGHTS = [
  0.011257411327720689, 0.2220759220056126, 0.5333333333333333, 0.2220759220056126, 0.011257411327720689,
];

/** Root mean square of the book's gamma, as it is now, over the spots at a time from now. */
function gammaMet({ spot, vol }: LiveBand, gamma: GammaProfile, years: number): number {
  const deviation = vol * Math.sqrt(years);
  let square = 0;
  for (let n = 0; n < NORMAL_NODES.length; n++)
    square += NORMAL_WEIGHTS[n]! * gamma(0, spot * Math.exp(deviation * NORMAL_NODES[n]!)) ** 2;
  return Math.sqrt(square);
}

const HALVINGS = 30;
const BISECTIONS = 12;

/** The time that is MIXING_TIMES of the gamma met until then; the last expiry where no sooner one is. */
function horizonOf(live: LiveBand, gamma: GammaProfile, lastExpiry: number): number {
  const enough = (years: number): boolean => {
    const met = gammaMet(live, gamma, years);
    const half = whalleyWilmottHalfWidth({ ...live, years }, met, live.riskAversion);
    return years * (met * live.spot * live.vol) ** 2 >= MIXING_TIMES * half * half;
  };
  let long = lastExpiry;
  for (let n = 0; n < HALVINGS && enough(0.5 * long); n++) long *= 0.5;
  let short = 0.5 * long;
  for (let n = 0; n < BISECTIONS; n++) {
    const middle = Math.sqrt(short * long);
    if (enough(middle)) long = middle;
    else short = middle;
  }
  return long;
}
