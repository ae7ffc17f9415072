import type { Exchange } from './exchange.ts';

const MOST_STEPS = 255;

/**
 * D of Curve's StableSwap, the root of D^{n+1}/(nⁿΠx) + (Ann − 1)D = Ann·Σx (Egorov 2019). Newton's steps come down to it from Σx, as
 * the left side is convex.
 *
 * @param balances each > 0; @param ann A·n > 0
 */
export function realInvariant(balances: readonly number[], ann: number): number {
  const n = balances.length;
  const total = balances.reduce((sum, x) => sum + x, 0);
  let d = total;
  for (let step = 0; step < MOST_STEPS; step++) {
    const product = balances.reduce((p, x) => (p * d) / (n * x), d);
    const next = ((ann * total + n * product) * d) / ((ann - 1) * d + (n + 1) * product);
    if (!(Math.abs(next - d) > 2e-16 * d)) return next;
    d = next;
  }
  return d;
}

/**
 * A StableSwap pool in real numbers. With K = D^{n+1}/(nⁿΠx) and c = K·y/Ann the new balance solves y² + by = c·x/(x + d), and what is
 * paid out, z, solves z² − (y + c/y + d)z + d(y + c/(x + d)) = 0: without differences of large numbers, so that it is exact for small
 * amounts too.
 *
 * @param balances in one unit of account, each > 0; @param ann A·n > 0, A as the contract has it
 * @param fee of what is paid out, 0 <= fee < 1; @param i token paid in; @param j token paid out
 * @throws RangeError balances too far apart for binary floats
 */
export function stableSwap(balances: readonly number[], ann: number, fee: number, i: number, j: number): Exchange {
  const n = balances.length;
  const [x, y] = [balances[i]!, balances[j]!];
  const d = realInvariant(balances, ann);
  const kOverAnn = balances.reduce((p, balance) => (p * d) / (n * balance), d) / ann;
  if (!Number.isFinite(kOverAnn * y * x) || !(kOverAnn > 0)) throw new RangeError('the balances are too far apart');
  const kept = 1 - fee;

  /** z, z′, z″ at d, before the fee. What stays, y − z, has its own root, or z near y would leave nothing of it. */
  const at = (amount: number) => {
    const after = x + amount;
    const c = (kOverAnn * y) / after;
    const excess = kOverAnn - y + amount;
    const root = Math.sqrt(excess * excess + 4 * c * x);
    const z = (2 * amount * (y + c)) / (y + kOverAnn + amount + root);
    const rest = excess > 0 ? (2 * c * x) / (excess + root) : 0.5 * (root - excess);
    const slope = (rest + (c * x) / after) / root;
    const bend = (-(2 * c * x) / (after * after) - 2 * slope * (1 - slope)) / root;
    return { z, slope, bend };
  };
  const best = kept * at(0).slope;

  const amountAt = (price: number): number => {
    if (price >= best) return 0;
    const wanted = Math.log(price / kept);
    let [low, high] = [0, y];
    while (Math.log(at(high).slope) > wanted) [low, high] = [high, 4 * high];
    let amount = low === 0 ? 0.5 * high : low;
    for (let step = 0; step < MOST_STEPS; step++) {
      const { slope, bend } = at(amount);
      const miss = Math.log(slope) - wanted;
      if (miss > 0) low = amount;
      else high = amount;
      const newton = amount - (miss * slope) / bend;
      const next = newton > low && newton < high ? newton : 0.5 * (low + high);
      if (Math.abs(next - amount) <= 1e-15 * next) return next;
      amount = next;
    }
    return amount;
  };
  return {
    mostIn: Infinity,
    mostOut: kept * y,
    outputOf: (amountIn) => kept * (amountIn === Infinity ? y : at(amountIn).z),
    inputFor(amountOut) {
      const z = amountOut / kept;
      if (z >= y) return Infinity;
      const b = x + kOverAnn - z;
      const constant = z * (x + (kOverAnn * x) / (y - z));
      const root = Math.sqrt(b * b + 4 * constant);
      return b > 0 ? (2 * constant) / (b + root) : 0.5 * (root - b);
    },
    priceAt: (amountIn) => kept * at(amountIn).slope,
    amountAt,
    slopeAt(price) {
      if (price >= best) return 0;
      return 1 / (kept * at(amountAt(price)).bend);
    },
    kinksBefore: () => [best],
  };
}
