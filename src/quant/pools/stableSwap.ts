// Curve's StableSwap, in integers of 18 decimals as its contracts count (Egorov 2019, StableSwap): A·n·Σx + D = A·n·D + D^{n+1}/(nⁿ·Πx),
// where the contract's "A" is the paper's A·n^{n−1}. Balances x are scaled to 18 decimals and to one unit of account.

const FEE_DENOMINATOR = 10_000_000_000n;
/** The contract's own bound; it converges in a handful. */
const MOST_STEPS = 255;

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function near(a: bigint, b: bigint): boolean {
  return a - b <= 1n && b - a <= 1n;
}

/**
 * D: what the pool would hold in all if every price were 1. Newton's steps of the contract, integer division included.
 *
 * @param balances scaled, each > 0; @param amplification A of the contract
 */
export function invariant(balances: readonly bigint[], amplification: bigint): bigint {
  const n = BigInt(balances.length);
  const ann = amplification * n;
  const total = sum(balances);
  let d = total;
  for (let i = 0; i < MOST_STEPS; i++) {
    const product = balances.reduce((p, x) => (p * d) / (n * x), d);
    const before = d;
    d = ((ann * total + product * n) * d) / ((ann - 1n) * d + (n + 1n) * product);
    if (near(d, before)) break;
  }
  return d;
}

/** The balance of token j at which D stays as it is once token i has the balance x. */
export function balanceFor(
  balances: readonly bigint[],
  amplification: bigint,
  i: number,
  j: number,
  x: bigint,
  d = invariant(balances, amplification),
): bigint {
  const n = BigInt(balances.length);
  const ann = amplification * n;
  const others = balances.map((balance, k) => (k === i ? x : balance)).filter((_, k) => k !== j);
  const c = others.reduce((p, balance) => (p * d) / (balance * n), d);
  const b = sum(others) + d / ann - d;
  const constant = (c * d) / (n * ann);
  let y = d;
  for (let step = 0; step < MOST_STEPS; step++) {
    const before = y;
    y = (y * y + constant) / (2n * y + b);
    if (near(y, before)) break;
  }
  return y;
}

/**
 * What a swap pays out of token j for dx of token i, scaled, after the fee, which is taken from what is paid out.
 *
 * @param fee parts of 10^10
 */
export function swapOut(
  balances: readonly bigint[],
  amplification: bigint,
  fee: bigint,
  i: number,
  j: number,
  dx: bigint,
): bigint {
  const y = balanceFor(balances, amplification, i, j, balances[i]! + dx);
  const gross = balances[j]! - y - 1n; // one unit for the pool, in case of rounding
  return gross - (gross * fee) / FEE_DENOMINATOR;
}

/** A pool as its contract holds it, balances in base units. */
export interface StableSwapPool {
  readonly balances: readonly bigint[];
  /** By token, what brings its base units to 18 decimals of one unit of account, times 10^18; when left out they are there already. */
  readonly rates?: readonly bigint[];
  /** A of the contract. */
  readonly amplification: bigint;
  /** Parts of 10^10. */
  readonly fee: bigint;
}

export const RATE_UNIT = 10n ** 18n;

export function ratesOf({ rates, balances }: StableSwapPool): readonly bigint[] {
  return rates ?? balances.map(() => RATE_UNIT);
}

/** What the contract pays of token j for dx of token i, in base units; its rounding comes before the fee (get_dy). */
export function stableSwapQuote(pool: StableSwapPool, i: number, j: number, dx: bigint): bigint {
  const { balances, amplification, fee } = pool;
  const rates = ratesOf(pool);
  const scaled = balances.map((balance, k) => (balance * rates[k]!) / RATE_UNIT);
  const y = balanceFor(scaled, amplification, i, j, scaled[i]! + (dx * rates[i]!) / RATE_UNIT);
  const gross = ((scaled[j]! - y - 1n) * RATE_UNIT) / rates[j]!;
  return gross - (gross * fee) / FEE_DENOMINATOR;
}
