import { type CollocationGrid, MOST_NODES, MOST_POINTS } from './americanGrid.ts';
import { factorise, solveFactorised } from './linearSystem.ts';
import {
  exponential,
  exponentialMinusOne,
  INV_SQRT_TWO_PI,
  millsDenominator,
  millsNumerator,
  normalCdf,
  normalPdf,
} from './normal.ts';

/** The four numbers on which the exercise boundary of a put, divided by its strike, depends. */
export interface BoundaryInput {
  /** r > 0, or r = 0 with q < 0, continuously compounded. */
  readonly rate: number;
  /** q, continuously compounded. */
  readonly dividendYield: number;
  /** σ > 0, decimal. */
  readonly vol: number;
  /** T > 0, years. */
  readonly time: number;
}

/** The exercise boundary of an American put: B(τ) = strike·limit·e^{−gap(τ)}, τ the time to expiry. */
export interface Boundary {
  readonly input: BoundaryInput;
  /** X = B(0+)/K = min(1, r/q), or 1 for q <= 0. */
  readonly limit: number;
  /** ln(X/B∞) > 0 of the perpetual put; Infinity if that is never exercised. */
  readonly perpetualGap: number;
  /** τ up to which `gaps` hold; beyond it the boundary is the perpetual one to all digits. */
  readonly horizon: number;
  /** Gaps at τ = horizon·roots². */
  readonly gaps: Float64Array;
  readonly grid: CollocationGrid;
}

/** A horizon is cut only where it becomes this much shorter at least. */
const WORTH_CUTTING = 0.85;
const LEAST_GAP = 1e-280;
/** A step may change a gap by this factor at most: Newton's method from a rough start overshoots otherwise. */
const LARGEST_FACTOR = 3;
/** Where a start is so rough that steps keep being cut, more of them are needed than quadratic convergence asks for. */
const MOST_STEPS = 40;
/**
 * The last relative step with which a boundary is still taken when {@link MOST_STEPS} were not enough: the gaps nearest to
 * expiry may go on moving by a percent, by rounding or where r is next to q, which no price feels.
 */
const GOOD_ENOUGH = 0.05;
const RETREAT = 0.1;

/**
 * ln(X/B∞) of the perpetual put: 1/B∞ = 1 − 1/λ with λ the negative root of ½σ²λ² + (r − q − ½σ²)λ − r = 0 (Merton 1973),
 * rearranged so that nothing cancels as σ → 0. Infinity where no finite boundary exists (r = 0 and −q <= σ²/2).
 */
export function perpetualGap(rate: number, dividendYield: number, vol: number): number {
  const variance = vol * vol;
  const drift = rate - dividendYield - 0.5 * variance;
  const root = Math.sqrt(drift * drift + 2 * rate * variance);
  if (dividendYield <= rate) return Math.log1p(drift > 0 ? variance / (root + drift) : (root - drift) / (2 * rate));
  const rise = drift + variance;
  return Math.log1p(rise > 0 ? (rise + root) / (2 * dividendYield) : variance / (root - rise));
}

/*
 * Scratch of the solver: one slot per point of every inner integral, and the linear system. Plain module state is safe: a
 * thread has its own module, and the solver does not give up control. Constants, because V8 reloads a variable's array at
 * every access.
 */
const gapAt = new Float64Array(MOST_NODES * MOST_POINTS);
const distances = new Float64Array(MOST_NODES * MOST_POINTS);
const discounts = new Float64Array(MOST_NODES * MOST_POINTS);
const densities = new Float64Array(MOST_NODES * MOST_POINTS);
const excesses = new Float64Array(MOST_NODES * MOST_POINTS);
const tails = new Float64Array(MOST_NODES * MOST_POINTS);
const squares = new Float64Array(MOST_NODES);
const residuals = new Float64Array(MOST_NODES);
const weights = new Float64Array(MOST_NODES);
const jacobian = new Float64Array(MOST_NODES * MOST_NODES);
const pivots = new Int32Array(MOST_NODES);

/**
 * The exercise boundary of an American put with rates that leave one boundary (see {@link BoundaryInput}).
 *
 * Collocation in √τ at Chebyshev points, ln²(B/X) interpolated, as Andersen, Lake and Offengenden, "High Performance
 * American Option Pricing" (2016), §4; but the equation solved is smooth pasting itself, from which the density at τ has
 * dropped out, and it is solved by Newton's method with the exact Jacobian. The fixed point of the paper diverges for
 * small vol and long expiry; Newton's method took two to four steps in nineteen of twenty random draws.
 *
 * @param tolerance relative step at which to stop; the error left is about its square
 * @param decay the boundary is taken as the perpetual one from ατ = decay on, where the distance to it has died as e^{−ατ},
 *   α = r + (r − q − σ²/2)²/2σ²
 * @returns 'boundary_not_found' where Newton's method has not settled; none such within |r|, |q| <= 20 %, vol 2 % to 200 %
 */
export function solveBoundary(
  input: BoundaryInput,
  grid: CollocationGrid,
  tolerance: number,
  decay: number,
): Boundary | 'boundary_not_found' {
  const { rate, dividendYield, vol, time } = input;
  const gap = perpetualGap(rate, dividendYield, vol);
  const nu = (rate - dividendYield) / vol - 0.5 * vol;
  const settled = decay / (rate + 0.5 * nu * nu);
  const horizon = gap < Infinity && settled < WORTH_CUTTING * time ? settled : time;
  const limit = dividendYield > rate ? rate / dividendYield : 1;
  const gaps = startingGaps(input, grid, gap, horizon);
  const boundary = { input, limit, perpetualGap: gap, horizon, gaps, grid };
  const before = gaps.map((start) => RETREAT * start);
  let largest = Infinity;
  for (let step = 0; step < MOST_STEPS && !(largest <= tolerance); step++) {
    linearise(boundary);
    if (areResidualsFinite(grid.nodes)) {
      before.set(gaps);
      largest = newtonStep(grid.nodes, gaps);
    } else {
      // A step too far: A is negative there for q < 0. Half of it back, on the scale of logarithms.
      for (let k = 0; k < gaps.length; k++) gaps[k] = Math.sqrt(gaps[k]! * before[k]!);
      largest = Infinity;
    }
  }
  return largest <= GOOD_ENOUGH ? boundary : 'boundary_not_found';
}

function areResidualsFinite(nodes: number): boolean {
  for (let k = 0; k < nodes; k++) if (!Number.isFinite(residuals[k]!)) return false;
  return true;
}

/**
 * A first boundary: G = G∞(1 − exp(−cσ√τ/G∞)), where c follows the known expansions at expiry (Evans, Kuske and Keller 2002:
 * √(ln 1/τ) for r >= q, a constant for r < q). The numbers in it were fitted to 800 solved boundaries with |r|, |q| up to
 * 20 %, vol 2 % to 200 % and a day to ten years: median error 1.8 % of the gap, the largest a factor of 2.1.
 */
function startingGaps(input: BoundaryInput, grid: CollocationGrid, perpetual: number, horizon: number): Float64Array {
  const { rate, dividendYield, vol } = input;
  const gaps = new Float64Array(grid.nodes);
  const lead = dividendYield > rate ? Math.log(dividendYield / rate) : 0;
  const drift = Math.max(rate - dividendYield, 0) / vol;
  for (let k = 0; k < grid.nodes; k++) {
    const tau = horizon * grid.roots[k]! * grid.roots[k]!;
    const deviation = vol * Math.sqrt(tau);
    const early = Math.log1p(1 / (tau * (0.020512 * drift * drift + 3.6243e-5 * rate)));
    const apart = lead / deviation;
    const linear = deviation * (0.64365 + (0.15126 * early) / (1 + 1.4101 * apart * apart));
    gaps[k] = Math.max(LEAST_GAP, perpetual < Infinity ? perpetual * (1 - Math.exp(-linear / perpetual)) : linear);
  }
  return gaps;
}

/** Residuals of the equation at every node, and their Jacobian by the gaps. */
function linearise(boundary: Boundary): void {
  evaluatePoints(boundary);
  for (let i = 0; i < boundary.grid.nodes; i++) {
    writeResidual(boundary, i);
    writeJacobianRow(boundary, i);
  }
}

/**
 * What the integrands are made of, at every point of every inner integral. A loop for each kind of function: V8 inlines
 * them only while their caller is small, and a call that is not inlined allocates the number it returns.
 */
function evaluatePoints(boundary: Boundary): void {
  interpolateGaps(boundary);
  const count = boundary.grid.nodes * boundary.grid.points;
  const { rate, dividendYield } = boundary.input;
  // r/B − q without cancellation: r/X is the greater of r and q.
  const greater = Math.max(rate, dividendYield);
  const least = Math.max(rate - dividendYield, 0);
  for (let p = 0; p < count; p++) excesses[p] = least + greater * exponentialMinusOne(gapAt[p]!);
  for (let p = 0; p < count; p++) discounts[p] = exponential(discounts[p]!);
  for (let p = 0; p < count; p++) {
    const d = distances[p]!;
    densities[p] = INV_SQRT_TWO_PI * discounts[p]! * exponential(-0.5 * d * d);
  }
  if (dividendYield !== 0) evaluateTails(count);
}

/** The gap at τ cos²θ, d₊ and −qt, for each node's τ. */
function interpolateGaps(boundary: Boundary): void {
  const { nodes, points, roots, sines, cosecants, cardinals } = boundary.grid;
  const { gaps, horizon } = boundary;
  const { rate, dividendYield, vol } = boundary.input;
  const rootHorizon = Math.sqrt(horizon);
  const drift = (rate - dividendYield) / vol + 0.5 * vol;
  for (let k = 0; k < nodes; k++) squares[k] = gaps[k]! * gaps[k]!;
  for (let i = 0; i < nodes; i++) {
    const rootTau = roots[i]! * rootHorizon;
    const ownGap = gaps[i]!;
    const invDeviation = 1 / (vol * rootTau);
    for (let j = 0; j < points; j++) {
      const p = i * points + j;
      let square = 0;
      for (let k = 0; k < nodes; k++) square += cardinals[p * nodes + k]! * squares[k]!;
      const gap = square > 0 ? Math.sqrt(square) : 0;
      const rootT = rootTau * sines[j]!;
      gapAt[p] = gap;
      distances[p] = (gap - ownGap) * invDeviation * cosecants[j]! + drift * rootT;
      discounts[p] = -dividendYield * rootT * rootT;
    }
  }
}

/** e^{−qt}N(d₊) at every point. */
function evaluateTails(count: number): void {
  for (let p = 0; p < count; p++) {
    const x = Math.abs(distances[p]!);
    const tail = (densities[p]! * millsNumerator(x)) / millsDenominator(x);
    tails[p] = distances[p]! < 0 ? tail : discounts[p]! - tail;
  }
}

/** A and ∂A/∂(ln B) without the integrals, of the node last given to {@link writeResidual}. */
let smoothPart = 0;
let smoothSlope = 0;
/** √(AC), which turns A − C into ln(A/C) to first order. */
let magnitude = 0;

/**
 * Smooth pasting V_S(τ, B(τ)) = −1, strike 1, reads A = C with
 *   A = e^{−qτ}N(d₊(τ, B)) + q∫₀^τ e^{−qt}N(d₊(t, B/B(τ−t))) dt,
 *   C = ∫₀^τ (r/B(τ−t) − q) e^{−qt} n(d₊)/(σ√t) dt,
 * since r e^{−rt}n(d₋)/B(τ) = r e^{−qt}n(d₊)/B(τ−t). Both are positive; the residual is ln(A/C).
 */
function writeResidual(boundary: Boundary, i: number): void {
  const { points, roots, sines, measures } = boundary.grid;
  const { rate, dividendYield, vol } = boundary.input;
  const rootTau = roots[i]! * Math.sqrt(boundary.horizon);
  const deviation = vol * rootTau;
  const d =
    (Math.log(boundary.limit) - boundary.gaps[i]!) / deviation + ((rate - dividendYield) / vol + 0.5 * vol) * rootTau;
  const discount = Math.exp(-dividendYield * rootTau * rootTau);
  smoothPart = discount * normalCdf(d);
  smoothSlope = (discount * normalPdf(d)) / deviation;
  let integral = 0;
  let kernelSum = 0;
  for (let j = 0; j < points; j++) {
    const p = i * points + j;
    integral += tails[p]! * measures[j]! * sines[j]!;
    kernelSum += excesses[p]! * densities[p]! * measures[j]!;
  }
  if (dividendYield !== 0) smoothPart += dividendYield * rootTau * rootTau * integral;
  kernelSum *= rootTau / vol;
  magnitude = Math.sqrt(smoothPart * kernelSum);
  residuals[i] = Math.log(smoothPart / kernelSum);
}

/** ∂(A − C)/∂(gap k)/√(AC), k = 0 … nodes − 1: at the solution the derivative of ln(A/C). */
function writeJacobianRow(boundary: Boundary, i: number): void {
  const { nodes, points, roots, cosecants, measures, cardinals } = boundary.grid;
  const { dividendYield, vol } = boundary.input;
  const rootTau = roots[i]! * Math.sqrt(boundary.horizon);
  const measure = rootTau / (vol * magnitude);
  const invDeviation = 1 / (vol * rootTau);
  let own = smoothSlope / magnitude;
  weights.fill(0, 0, nodes);
  for (let j = 0; j < points; j++) {
    const p = i * points + j;
    const kernel = densities[p]! * measures[j]! * measure;
    const excess = excesses[p]!;
    const tilt = excess * distances[p]! * kernel * invDeviation * cosecants[j]!;
    own += dividendYield * kernel + tilt;
    const gap = gapAt[p]!;
    const byGap = gap > 0 ? (tilt - excess * kernel) / gap : 0;
    for (let k = 0; k < nodes; k++) weights[k] = weights[k]! + byGap * cardinals[p * nodes + k]!;
  }
  for (let k = 0; k < nodes; k++) jacobian[i * nodes + k] = boundary.gaps[k]! * weights[k]!;
  jacobian[i * nodes + i] = jacobian[i * nodes + i]! - own;
}

/** Takes the Newton step within {@link LARGEST_FACTOR}, and answers the largest relative step asked for. */
function newtonStep(nodes: number, gaps: Float64Array): number {
  factorise(jacobian, pivots, nodes);
  solveFactorised(jacobian, pivots, residuals, nodes);
  let largest = 0;
  for (let k = 0; k < nodes; k++) {
    const gap = gaps[k]!;
    const next = gap - residuals[k]!;
    largest = Math.max(largest, Math.abs(residuals[k]!) / gap);
    gaps[k] = Math.min(Math.max(next, gap / LARGEST_FACTOR, LEAST_GAP), gap * LARGEST_FACTOR);
  }
  return largest;
}

/**
 * The boundaries at terms close to those of a solved one, to first order: `neighbours[m]` replaces the rates and vol (the
 * time must be the same), and each gets one step with the Jacobian of `base`. The error is of second order in the change,
 * and its even part cancels in a central difference.
 */
export function neighbouringBoundaries(base: Boundary, neighbours: readonly BoundaryInput[]): Boundary[] {
  const { nodes } = base.grid;
  linearise(base);
  factorise(jacobian, pivots, nodes);
  return neighbours.map((input) => {
    const { rate, dividendYield, vol } = input;
    const limit = dividendYield > rate ? rate / dividendYield : 1;
    const boundary = { ...base, input, limit, perpetualGap: perpetualGap(rate, dividendYield, vol) };
    evaluatePoints(boundary);
    for (let i = 0; i < nodes; i++) writeResidual(boundary, i);
    solveFactorised(jacobian, pivots, residuals, nodes);
    return { ...boundary, gaps: base.gaps.map((gap, k) => Math.max(gap - residuals[k]!, LEAST_GAP)) };
  });
}
