import type { Exchange } from './exchange.ts';

/** A pool in one direction; the other direction is an edge of its own. */
export interface Edge {
  /** Token paid in, by its place. */
  readonly from: number;
  readonly to: number;
  /** Its price has to move with every amount, as those of pools do and those of books do not: elsewhere the dual has corners. */
  readonly exchange: Exchange;
}

export interface NetworkRoute {
  /** By edge. */
  readonly amountsIn: Float64Array;
  readonly amountsOut: Float64Array;
  /** Of the token wanted, net. */
  readonly amountOut: number;
  /** What no route pays more than: the dual's value, above `amountOut` by rounding only unless the search was cut short. */
  readonly bound: number;
  /** By token, in the token wanted; 0 where nothing leads to it. */
  readonly prices: Float64Array;
  /** By token, what is left of it: 0 up to rounding, more where selling it does not pay; of the token wanted `amountOut`. */
  readonly balance: Float64Array;
}

/** Where the search ended. */
interface Found {
  readonly amounts: Float64Array;
  readonly prices: Float64Array;
  readonly bound: number;
}

const MOST_STEPS = 200;
/** Of the dual's value: the fall still promised (Newton's decrement) that its rounding hides. Whole steps go on as long as it shrinks. */
const HIDDEN = 1e-13;
/** Armijo's share of the fall that the slope promises. */
const ARMIJO = 1e-4;
/** Of log price, in one step. */
const LONGEST_STEP = 2;

/**
 * Turns what is held into one token through pools between many, arbitrage on the way included: the dual decomposition of Diamandis, Resnick,
 * Chitra & Angeris 2023 (An Efficient Algorithm for Optimal Routing Through Constant Function Market Makers, arXiv:2302.04938, §3). The
 * dual g(ν) = Σ holdings·ν + Σ arb(ν) falls over token prices ν until every token balances. Newton's steps in log prices, where the
 * Hessian is a graph's Laplacian with the pools as springs, instead of L-BFGS: tokens are far fewer than pools, and the steps do not
 * lengthen with the depths' ratio.
 *
 * @param tokens how many; @param holdings by token, >= 0; @param target the token wanted
 */
export function routeThroughNetwork(
  tokens: number,
  edges: readonly Edge[],
  holdings: Float64Array,
  target: number,
): NetworkRoute {
  const prices = startPrices(tokens, edges, target);
  const live = edges
    .map(({ from, to }, i) => ({ from, to, i }))
    .filter(({ from, to }) => prices[from]! > 0 && prices[to]! > 0);
  const amounts = new Float64Array(edges.length);
  const open = Array.from(prices.keys()).filter((k) => k !== target && prices[k]! > 0);
  const place = new Int32Array(tokens).fill(-1);
  open.forEach((token, k) => (place[token] = k));

  /** g at the prices; the amounts paid in are left in `amounts`, each token's worth of imbalance in `excess`. */
  const value = (at: Float64Array, excess: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < tokens; k++) sum += excess[k] = at[k]! * holdings[k]!;
    for (const { from, to, i } of live) {
      const { exchange } = edges[i]!;
      const amountIn = Math.min(exchange.amountAt(at[from]! / at[to]!, true), exchange.mostIn);
      amounts[i] = amountIn;
      if (!(amountIn > 0)) continue;
      const [paid, got] = [at[from]! * amountIn, at[to]! * exchange.outputOf(amountIn)];
      excess[from] = excess[from]! - paid;
      excess[to] = excess[to]! + got;
      sum += got - paid;
    }
    return sum;
  };

  const n = open.length;
  const excess = new Float64Array(tokens);
  const trial = new Float64Array(tokens);
  let dual = value(prices, excess);
  let promised = Infinity;
  for (let step = 0; step < MOST_STEPS; step++) {
    const laplacian = laplacianOf(edges, live, prices, amounts, place, n);
    const direction = Float64Array.from(open, (token) => -excess[token]!);
    // As much again on the diagonal keeps a token that no pool yet holds in place from leaping.
    open.forEach((token, k) => (laplacian[k * n + k] = laplacian[k * n + k]! + Math.abs(excess[token]!)));
    solveInPlace(laplacian, direction, n);
    const slope = open.reduce((sum, token, k) => sum + excess[token]! * direction[k]!, 0);
    const longest = direction.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const isHidden = -slope <= HIDDEN * dual;
    if (isHidden && !(-slope < promised / 4)) break;
    promised = -slope;
    let share = Math.min(1, LONGEST_STEP / longest);
    let next = dual;
    for (; share > 1e-9; share /= 2) {
      trial.set(prices);
      open.forEach((token, k) => (trial[token] = prices[token]! * Math.exp(share * direction[k]!)));
      next = value(trial, excess);
      if (isHidden || next <= dual + ARMIJO * share * slope) break;
    }
    if (!isHidden && !(next < dual)) break;
    prices.set(trial);
    dual = next;
  }
  dual = value(prices, excess);
  return recovered(edges, holdings, target, { amounts, prices, bound: dual });
}

/** The price of each token along the best path to the target for a first unit; without end where arbitrage goes round, so n rounds at most. */
function startPrices(tokens: number, edges: readonly Edge[], target: number): Float64Array {
  const prices = new Float64Array(tokens);
  prices[target] = 1;
  const first = edges.map(({ exchange }) => (exchange.mostIn > 0 ? exchange.priceAt(0) : 0));
  for (let round = 0, isChanged = true; isChanged && round < tokens; round++) {
    isChanged = false;
    edges.forEach(({ from, to }, i) => {
      const price = prices[to]! * first[i]!;
      if (from === target || !(price > prices[from]! * (1 + 1e-12))) return;
      prices[from] = price;
      isChanged = true;
    });
  }
  return prices;
}

/** The Hessian of g in log prices, of the tokens whose price is sought: −amountAt′·ν²/ν′ of each pool in use. */
function laplacianOf(
  edges: readonly Edge[],
  live: readonly { from: number; to: number; i: number }[],
  prices: Float64Array,
  amounts: Float64Array,
  place: Int32Array,
  n: number,
): Float64Array {
  const matrix = new Float64Array(n * n);
  for (const { from, to, i } of live) {
    if (!(amounts[i]! > 0)) continue;
    const { exchange } = edges[i]!;
    const stiffness = (-exchange.slopeAt(prices[from]! / prices[to]!) * prices[from]! * prices[from]!) / prices[to]!;
    const [a, b] = [place[from]!, place[to]!];
    if (a >= 0) matrix[a * n + a] = matrix[a * n + a]! + stiffness;
    if (b >= 0) matrix[b * n + b] = matrix[b * n + b]! + stiffness;
    if (a < 0 || b < 0) continue;
    const [row, column] = a > b ? [a, b] : [b, a];
    matrix[row * n + column] = matrix[row * n + column]! - stiffness;
  }
  return matrix;
}

/** Cholesky on the lower half, and both substitutions; a pivot of nothing leaves its unknown at 0. */
function solveInPlace(matrix: Float64Array, x: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      if (i === j) matrix[i * n + i] = sum > 0 ? Math.sqrt(sum) : Infinity;
      else matrix[i * n + j] = sum / matrix[j * n + j]!;
    }
    for (let k = 0; k < i; k++) x[i] = x[i]! - matrix[i * n + k]! * x[k]!;
    x[i] = x[i]! / matrix[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = x[i]! - matrix[k * n + i]! * x[k]!;
    x[i] = x[i]! / matrix[i * n + i]!;
  }
}

/**
 * Flows that can be had. Amounts found by their price are rounded to parts of a pool, and what is paid out to a token then misses what is
 * paid in of it: along the tree of the largest flows each token, leaves first, hands its difference on towards the target, at a cost
 * of the square of it, as prices are equal on both sides.
 */
function recovered(edges: readonly Edge[], holdings: Float64Array, target: number, found: Found): NetworkRoute {
  const { prices, bound } = found;
  const tree = largestFlows(edges, found.amounts, prices, target);
  // What does not come to the target is rounding about prices at which nothing need flow.
  const reached = new Set([target, ...tree.map(({ token }) => token)]);
  const amountsIn = found.amounts.map((amountIn, i) => (reached.has(edges[i]!.from) ? amountIn : 0));
  const amountsOut = amountsIn.map((amountIn, i) => (amountIn > 0 ? edges[i]!.exchange.outputOf(amountIn) : 0));
  const balance = holdings.slice();
  edges.forEach(({ from, to }, i) => {
    balance[from] = balance[from]! - amountsIn[i]!;
    balance[to] = balance[to]! + amountsOut[i]!;
  });
  for (const { token, edge } of tree.reverse()) {
    const { from, to, exchange } = edges[edge]!;
    const [paid, got] = [amountsIn[edge]!, amountsOut[edge]!];
    const wanted = from === token ? paid + balance[token]! : exchange.inputFor(Math.max(got - balance[token]!, 0));
    const amountIn = Math.min(Math.max(wanted, 0), exchange.mostIn);
    amountsIn[edge] = amountIn;
    amountsOut[edge] = exchange.outputOf(amountIn);
    balance[from] = balance[from]! + paid - amountIn;
    balance[to] = balance[to]! - got + amountsOut[edge];
  }
  return { amountsIn, amountsOut, amountOut: balance[target]!, bound, prices, balance };
}

/** Prim's tree from the target over the edges in use, the most valuable flow first, as the tokens join it. */
function largestFlows(edges: readonly Edge[], amountsIn: Float64Array, prices: Float64Array, target: number) {
  const flows = Array.from(edges.keys())
    .filter((i) => amountsIn[i]! > 0)
    .map((edge) => ({ edge, worth: amountsIn[edge]! * prices[edges[edge]!.from]! }))
    .sort((a, b) => b.worth - a.worth);
  const joined = new Uint8Array(prices.length);
  joined[target] = 1;
  const tree: { token: number; edge: number }[] = [];
  for (let left = flows; ;) {
    const at = left.findIndex(({ edge }) => joined[edges[edge]!.from] !== joined[edges[edge]!.to]);
    if (at < 0) return tree;
    const { edge } = left[at]!;
    const { from, to } = edges[edge]!;
    const token = joined[from] ? to : from;
    joined[token] = 1;
    tree.push({ token, edge });
    left = left.filter((flow) => joined[edges[flow.edge]!.from]! + joined[edges[flow.edge]!.to]! < 2);
  }
}
