// What a share of a pool is worth, and how that changes, when arbitrage keeps the pool at the market's price. All numbers are in whole
// tokens; the price P is of the base token in quote tokens. By the envelope theorem delta is the amount of base held (Milionis et
// al. 2022, Automated Market Making and Loss-Versus-Rebalancing, §3).

export interface LiquidityGreeks {
  /** In quote tokens, fees included. */
  readonly value: number;
  /** ∂value/∂P: the base tokens held, fees included. */
  readonly delta: number;
  /** ∂²value/∂P² <= 0: a provider is short convexity. */
  readonly gamma: number;
}

/** Fees earned and not yet collected, in whole tokens. */
export interface Fees {
  readonly base: number;
  readonly quote: number;
}

export const NO_FEES: Fees = { base: 0, quote: 0 };

function withFees({ value, delta, gamma }: LiquidityGreeks, price: number, fees: Fees): LiquidityGreeks {
  return { value: value + fees.base * price + fees.quote, delta: delta + fees.base, gamma };
}

/**
 * Uniswap v2: V = 2s√(kP), where fees stay in the reserves.
 *
 * @param price P > 0; @param share s of the pool, 0 to 1; @param product k = x·y of the reserves, > 0
 */
export function constantProductGreeks(price: number, share: number, product: number): LiquidityGreeks {
  const base = share * Math.sqrt(product / price);
  return { value: 2 * base * price, delta: base, gamma: -base / (2 * price) };
}

/**
 * Uniswap v3: V = L(2√P − √a − P/√b) within the range, all base below it, all quote above it (whitepaper eq 6.29, 6.30). At an edge the
 * gamma is that of the inside.
 *
 * @param price P > 0; @param lower a > 0 and @param upper b > a, prices; @param liquidity L >= 0
 */
export function concentratedGreeks(
  price: number,
  lower: number,
  upper: number,
  liquidity: number,
  fees: Fees = NO_FEES,
): LiquidityGreeks {
  const at = Math.min(Math.max(price, lower), upper);
  const root = Math.sqrt(at);
  const base = (liquidity * (Math.sqrt(upper) - root)) / (root * Math.sqrt(upper));
  const quote = liquidity * (root - Math.sqrt(lower));
  const gamma = at === price ? -liquidity / (2 * price * root) : 0;
  return withFees({ value: base * price + quote, delta: base, gamma }, price, fees);
}

const MOST_STEPS = 200;

/** The prices of a pool's coins where all but the first are worth 1. */
export function pegged(price: number, coins: number): number[] {
  return [price, ...new Array<number>(coins - 1).fill(1)];
}

/**
 * Curve StableSwap: the cheapest balances x with the invariant D at the market's prices p, V = s·Σ p·x. They are x_k = K/(μp_k − Ann)
 * with K = D^{n+1}/(nⁿΠx) (from ∂F/∂x_k = Ann + K/x_k = μp_k); μ is the one root of the invariant, which falls in μ.
 *
 * @param prices of the tokens in quote, each > 0, at least two; @param base which of them is the underlying
 * @param invariant D > 0; @param ann A·n, > 0; @param share s of the pool, 0 to 1
 */
export function stableSwapGreeks(
  prices: readonly number[],
  base: number,
  invariant: number,
  ann: number,
  share: number,
): LiquidityGreeks {
  const n = prices.length;
  const cheapest = Math.min(...prices);
  // Logarithms, because D^{n+1} overflows for pools of many tokens.
  const logInvariant = (n + 1) * Math.log(invariant) - n * Math.log(n);
  const at = (excess: number) => {
    const mu = (ann + excess) / cheapest;
    const c = prices.map((p) => 1 / (mu * p - ann));
    const k = Math.exp((logInvariant - c.reduce((sum, each) => sum + Math.log(each), 0)) / (n + 1));
    const total = c.reduce((sum, each) => sum + each, 0);
    return { mu, c, k, total, error: ann * k * total + invariant * (1 - ann) - k };
  };
  let low = 1e-12;
  let high = 1;
  while (at(high).error > 0) high *= 4;
  while (at(low).error < 0) low /= 4;
  for (let i = 0; i < MOST_STEPS && high / low > 1 + 4e-16; i++) {
    const middle = Math.sqrt(low * high);
    if (at(middle).error > 0) low = middle;
    else high = middle;
  }
  const { mu, c, k, total } = at(Math.sqrt(low * high));
  const value = share * k * prices.reduce((sum, p, i) => sum + p * c[i]!, 0);
  const held = k * c[base]!;
  return { value, delta: share * held, gamma: share * held * slopeOfHolding(prices, base, ann, mu, c, total) };
}

/** ∂ ln x/∂p of the base token, by implicit differentiation of the invariant at fixed D. */
function slopeOfHolding(
  prices: readonly number[],
  base: number,
  ann: number,
  mu: number,
  c: readonly number[],
  total: number,
): number {
  const n = prices.length;
  const own = c[base]!;
  // Derivatives of ln K, and of the invariant over K.
  const kMu = prices.reduce((sum, p, i) => sum + p * c[i]!, 0) / (n + 1);
  const kPrice = (mu * own) / (n + 1);
  const fMu = ann * (kMu * total - prices.reduce((sum, p, i) => sum + p * c[i]! * c[i]!, 0)) - kMu;
  const fPrice = ann * (kPrice * total - mu * own * own) - kPrice;
  const muPrice = -fPrice / fMu;
  return kPrice - mu * own + (kMu - prices[base]! * own) * muPrice;
}
