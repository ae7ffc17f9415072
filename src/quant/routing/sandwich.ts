/** A pool of constant product and an order in it, in one unit each. */
export interface ExposedOrder {
  /** x > 0, y > 0 */
  readonly reserveIn: number;
  readonly reserveOut: number;
  /** Of what is paid in, kept in the pool; 0 <= fee < 1. */
  readonly fee: number;
  /** v > 0 */
  readonly amountIn: number;
  /** s: how much less than quoted the order accepts, as a fraction; 0 <= s < 1. */
  readonly slippage: number;
}

export interface Sandwich {
  /** What the order is quoted. */
  readonly quote: number;
  /** The most that can be paid in before the order without making it fail. */
  readonly largestFrontRun: number;
  /** What that leaves whoever sells again behind the order, in the token paid in; below 0 where fees eat it. */
  readonly profit: number;
  /** Of the token paid out, what the order can lose to it at most: s·quote, or 0 where no sandwich of whatever size pays. */
  readonly lossBound: number;
}

/**
 * The worst that a sandwich can do to an order, γ = 1 − fee. The front-run a takes y·γa/(x + γa), the order then gets
 * xyγv/((x + γa)(x + a + γv)), and the largest a is where that comes to (1 − s) of its quote, a quadratic equation. The first unit of a
 * front-run pays when γ²(1 + v/x)(1 + γv/x) > 1; when it does not, none does.
 */
export function sandwich({ reserveIn: x, reserveOut: y, fee, amountIn: v, slippage }: ExposedOrder): Sandwich {
  const g = 1 - fee;
  const quote = (y * g * v) / (x + g * v);
  const least = (1 - slippage) * quote;
  const linear = x + g * (x + g * v);
  // Where least is that of no slippage the constant is 0: written so that it is exactly that.
  const constant = x * (x + g * v) * (slippage / (1 - slippage));
  const a = (2 * constant) / (linear + Math.sqrt(linear * linear + 4 * g * constant));
  const bought = (y * g * a) / (x + g * a);
  const sold = ((x + a + v) * g * bought) / (y - bought - least + g * bought);
  const paysAtAll = g * g * (1 + v / x) * (1 + (g * v) / x) > 1;
  return { quote, largestFrontRun: a, profit: sold - a, lossBound: paysAtAll ? quote - least : 0 };
}
