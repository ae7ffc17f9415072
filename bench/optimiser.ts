import loadHighs from 'highs';
import { openHighs } from '../src/hedging/solver/highs.ts';
import { openHedgeSolver } from '../src/hedging/solver/solver.ts';
import { factorCovariance } from '../src/quant/hedging/optimiser/factorCovariance.ts';
import type { Candidate, Outcome, Problem, Target } from '../src/quant/hedging/optimiser/model.ts';
import { optimise } from '../src/quant/hedging/optimiser/optimise.ts';
import { riskCoordinates } from '../src/quant/hedging/optimiser/semidefinite.ts';
import { blackGreeks, type Greeks } from '../src/quant/pricing/black.ts';
import { quantile } from './service.ts';
import { seededUniform } from './timing.ts';

const POSITIONS = 1_000;
const CANDIDATES = 200;
const ROUNDS = 9;
const SEEDS = [1, 2, 3, 4, 5];
const SPOT = 60_000;
const VOL = 0.6;
/** Vega buckets, and the days to expiry of the options. */
const TENORS = [14, 45, 180].map((days) => days / 365);
const EXPIRIES = [7, 14, 30, 60, 90, 180, 270];
const GREEKS = ['delta', 'gamma', 'vega', 'theta', 'short vega'];
/** Of a plan in continuous quantities, and of one with integers (issue 4). */
const GOAL_MS = { continuous: 100, integer: 1_000 };

interface Holding {
  readonly greeks: Greeks;
  readonly bucket: number;
}

function randomOption(uniform: () => number): Holding {
  const days = EXPIRIES[Math.floor(uniform() * EXPIRIES.length)]!;
  const strike = 1_000 * Math.round(60 * (0.7 + 0.6 * uniform()));
  const sign = uniform() < 0.5 ? 1 : -1;
  const greeks = blackGreeks({ ...{ spot: SPOT, strike, rate: 0, carry: 0, vol: VOL, sign }, time: days / 365 });
  return { greeks, bucket: days < 30 ? 0 : days < 90 ? 1 : 2 };
}

function factorsOf({ greeks, bucket }: Holding): Float64Array {
  const factors = Float64Array.of(SPOT * greeks.delta, SPOT * SPOT * greeks.gamma, 0, 0, 0);
  factors[2 + bucket] = greeks.vega;
  return factors;
}

function rowsOf({ greeks, bucket }: Holding): Float64Array {
  return Float64Array.of(greeks.delta, greeks.gamma, greeks.vega, greeks.theta, bucket === 0 ? greeks.vega : 0);
}

function perpetual(): Candidate {
  return {
    ...{ id: 'perpetual', factors: Float64Array.of(SPOT, 0, 0, 0, 0), greeks: Float64Array.of(1, 0, 0, 0, 0) },
    ...{ buyCost: 0.0005 * SPOT, sellCost: 0.0005 * SPOT, fixedCost: 0, holdingCost: 0.0001 * SPOT },
    impact: { coefficient: 2e-5 * SPOT, shape: 'square_root' },
    ...{ lot: 0.001, minTrade: 0.001, maxBuy: 3_000, maxSell: 3_000, notional: SPOT, isNew: false },
  };
}

function optionOf(uniform: () => number, i: number): Candidate {
  const holding = randomOption(uniform);
  const { price } = holding.greeks;
  const halfSpread = Math.max(15, price * (0.01 + 0.03 * uniform()));
  const cost = halfSpread + Math.min(0.0003 * SPOT, 0.125 * price);
  const most = 20 + Math.floor(80 * uniform());
  return {
    ...{ id: `option ${i}`, factors: factorsOf(holding), greeks: rowsOf(holding), buyCost: cost, sellCost: cost },
    ...{ fixedCost: 0, holdingCost: 0, impact: { coefficient: 0.1 * halfSpread, shape: 'square_root' } },
    ...{ lot: 0.1, minTrade: 0.1, maxBuy: most, maxSell: most, notional: SPOT, isNew: uniform() < 0.8 },
  };
}

/** Two thirds of the book are short; each Greek is to come down to three tenths of what it is, delta to half a coin. */
function randomProblem(seed: number): Problem {
  const uniform = seededUniform(seed);
  const factors = new Float64Array(5);
  const values = new Float64Array(GREEKS.length);
  for (let k = 0; k < POSITIONS; k++) {
    const quantity = (uniform() < 0.65 ? -1 : 1) * Math.ceil(50 * uniform()) * 0.1;
    const holding = randomOption(uniform);
    factorsOf(holding).forEach((value, f) => (factors[f] = factors[f]! + quantity * value));
    rowsOf(holding).forEach((value, t) => (values[t] = values[t]! + quantity * value));
  }
  const targets = GREEKS.map((id, t): Target => {
    const tolerance = id === 'delta' ? 0.5 : 0.3 * Math.abs(values[t]!);
    return { id, value: values[t]!, target: 0, tolerance, priority: id === 'delta' ? 0 : 2, scale: 1 };
  });
  const moves = { vol: VOL, volOfVol: 1, spotVolCorrelation: -0.3, tenors: Float64Array.from(TENORS) };
  return {
    ...{ factors, riskAversion: 1e-5, targets },
    covariance: factorCovariance({ underlyings: [moves], correlation: Float64Array.of(1), horizonYears: 1 / 365 }),
    candidates: [perpetual(), ...Array.from({ length: CANDIDATES - 1 }, (_, i) => optionOf(uniform, i))],
    limits: { maxCost: { value: 150_000, priority: 5, scale: 1 } },
  };
}

/** Without lots and least trades. */
function continuous(problem: Problem): Problem {
  return { ...problem, candidates: problem.candidates.map((c) => ({ ...c, lot: 0, minTrade: 0 })) };
}

function withLegs(problem: Problem): Problem {
  const limit = (value: number) => ({ value, priority: 4, scale: 1 }) as const;
  const candidates = problem.candidates.map((candidate) => ({ ...candidate, fixedCost: 100, minTrade: 1 }));
  return { ...problem, candidates, limits: { ...problem.limits, maxLegs: limit(8), maxNewLegs: limit(6) } };
}

/** What can be said as one quadratic programme: no impact, no constraints. */
function plain(problem: Problem, riskAversion: number): Problem {
  const { candidates } = continuous(problem);
  const withoutImpact = candidates.map((c) => ({
    ...{ ...c, impact: { ...c.impact, coefficient: 0 }, greeks: new Float64Array(0) },
  }));
  return { ...problem, candidates: withoutImpact, riskAversion, targets: [], limits: {} };
}

/** The plan that one would write first: the balanced one as a quadratic programme, a second at most. Its objective. */
async function openQuadratic(): Promise<(problem: Problem) => number> {
  const load = loadHighs as unknown as typeof loadHighs.default;
  const highs = await load();
  return ({ factors, covariance, candidates, riskAversion }) => {
    const axes = riskCoordinates(covariance, factors.length);
    const along = (exposures: Float64Array): number[] =>
      axes.map((axis) => axis.reduce((sum, value, f) => sum + value * exposures[f]!, 0));
    const start = along(factors);
    const unit = Math.hypot(...start);
    const moves = candidates.map((c) => along(c.factors).map((value) => value / unit));
    const [n, rank] = [candidates.length, axes.length];
    const columns = 2 * n + rank;
    const bounds = start.map((value) => -value / unit);
    const entries = axes.map((_, j) => [
      ...moves.map((move, i) => [i, move[j]!]),
      ...moves.map((move, i) => [n + i, -move[j]!]),
      [2 * n + j, -1],
    ]);
    const scale = 1e-3 * unit;
    const free = axes.map(() => Infinity);
    return highs.withModel(
      {
        ...{ numCols: columns, numRows: rank, rowLower: bounds, rowUpper: bounds },
        colCost: [
          ...candidates.map((c) => (c.buyCost + c.holdingCost) / scale),
          ...candidates.map((c) => (c.sellCost - c.holdingCost) / scale),
          ...axes.map(() => 0),
        ],
        colLower: [...new Array<number>(2 * n).fill(0), ...free.map((value) => -value)],
        colUpper: [...candidates.map((c) => c.maxBuy), ...candidates.map((c) => c.maxSell), ...free],
        matrix: {
          ...{ format: 'csr' as const, numRows: rank, numCols: columns },
          starts: entries.map((_, j) => j * (2 * n + 1)).concat(rank * (2 * n + 1)),
          indices: entries.flat().map(([column]) => column!),
          values: entries.flat().map(([, value]) => value!),
        },
        hessian: {
          ...{ format: 'triangular' as const, dimension: columns },
          starts: Array.from({ length: columns + 1 }, (_, c) => Math.max(c - 2 * n, 0)),
          indices: axes.map((_, j) => 2 * n + j),
          values: axes.map(() => (riskAversion * unit * unit) / scale),
        },
      },
      (model) => {
        model.options.set({ output_flag: false, time_limit: 1 });
        model.raw.run();
        return model.getModelStatus() === highs.constants.modelStatus.optimal ? scale * model.getObjectiveValue() : NaN;
      },
    );
  };
}

function solved(outcome: Outcome) {
  if (outcome.status !== 'solved') throw new Error(JSON.stringify(outcome));
  return outcome.alternatives;
}

function balancedOf(outcome: Outcome): number {
  return solved(outcome).find(({ names }) => names.includes('balanced'))!.objective;
}

async function millisecondsOf(problems: readonly Problem[], plan: (problem: Problem) => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const problem of problems) {
      const started = performance.now();
      await plan(problem);
      if (round >= 0) times.push(performance.now() - started);
    }
  }
  return times;
}

/**
 * Plans of a book of 1,000 options over 200 instruments and five Greeks, formulation, three alternatives and what gives way
 * included: in continuous quantities, in whole lots, and with fixed costs and at most eight legs; and the balanced plan alone
 * against a quadratic programme of HiGHS.
 */
export async function benchOptimiser(): Promise<{ name: string; metrics: Record<string, number> }> {
  const solver = await openHighs();
  const threads = openHedgeSolver();
  const quadratic = await openQuadratic();
  const problems = SEEDS.map(randomProblem);
  const metrics: Record<string, number> = {};
  const plan = (problem: Problem) => solved(optimise(problem, solver));
  for (const [name, form, goal] of [
    ['continuous', continuous, GOAL_MS.continuous],
    ['lots', (problem: Problem) => problem, GOAL_MS.integer],
    ['legs', withLegs, GOAL_MS.integer],
  ] as const) {
    const times = await millisecondsOf(problems.map(form), plan);
    metrics[`${name}Ms`] = quantile(times, 0.5);
    metrics[`${name}P90Ms`] = quantile(times, 0.9);
    metrics[`${name}OfGoal`] = quantile(times, 0.5) / goal;
    metrics[`${name}WorstGap`] = Math.max(...problems.flatMap((p) => plan(form(p)).map(({ gap }) => gap)));
  }
  metrics['lotsInThreadMs'] = quantile(await millisecondsOf(problems, (p) => threads.solve(p)), 0.5);
  const unbounded = problems.map((p) => plain(p, 1e-5));
  metrics['plainMs'] = quantile(await millisecondsOf(unbounded, plan), 0.5);
  metrics['quadraticMs'] = quantile(await millisecondsOf(unbounded, quadratic), 0.5);
  metrics['quadraticRatio'] = metrics['quadraticMs'] / metrics['plainMs'];
  const excess = unbounded.map((p) => quadratic(p) / balancedOf(optimise(p, solver)) - 1);
  metrics['quadraticWorstExcess'] = Math.max(...excess);
  metrics['quadraticUnsolvedAtLowAversion'] = problems.filter((p) => Number.isNaN(quadratic(plain(p, 1e-6)))).length;
  await threads.close();
  return { name: `optimiser: ${POSITIONS} positions, ${CANDIDATES} candidates, ${GREEKS.length} Greeks`, metrics };
}
