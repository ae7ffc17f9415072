import {
  MAX_SQRT_PRICE,
  MAX_TICK,
  MIN_SQRT_PRICE,
  MIN_TICK,
  Q96,
  sqrtPriceAtTick,
  tickAtSqrtPrice,
} from './tickPrice.ts';

/** A Uniswap v3 pool as the chain holds it; amounts are in base units of the tokens. */
export interface ConcentratedPool {
  readonly sqrtPriceX96: bigint;
  readonly tickSpacing: number;
  /** Parts per million. */
  readonly feePips: number;
  /** Active at the present price. */
  readonly liquidity: bigint;
  /** Initialised ticks, ascending, with what crossing each upwards adds to the liquidity. */
  readonly ticks: readonly { readonly index: number; readonly liquidityNet: bigint }[];
}

export interface LiquidityRange {
  readonly tickLower: number;
  readonly tickUpper: number;
  readonly liquidity: bigint;
}

/** What a swap does to the pool. Amounts are what the pool gains (positive) or pays. */
export interface Swap {
  readonly amount0: bigint;
  readonly amount1: bigint;
  readonly sqrtPriceX96: bigint;
  readonly tick: number;
  readonly liquidity: bigint;
  /** Fees per unit of liquidity that the swap leaves behind, Q128.128, in the token paid in. */
  readonly feeGrowthX128: bigint;
}

const PIPS = 1_000_000n;
const Q128 = 1n << 128n;

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** L(1/√a − 1/√b) of token 0 between two prices, rounded as told. Whitepaper eq 6.16. */
export function amount0Between(a: bigint, b: bigint, liquidity: bigint, up: boolean): bigint {
  const [low, high] = a < b ? [a, b] : [b, a];
  const numerator = liquidity * Q96 * (high - low);
  return up ? divideUp(divideUp(numerator, high), low) : numerator / high / low;
}

/** L(√b − √a) of token 1 between two prices, rounded as told. Whitepaper eq 6.14. */
export function amount1Between(a: bigint, b: bigint, liquidity: bigint, up: boolean): bigint {
  const numerator = liquidity * (a < b ? b - a : a - b);
  return up ? divideUp(numerator, Q96) : numerator / Q96;
}

/** What a position would pay out if it were withdrawn at this price, rounded down as the contract does. Whitepaper eq 6.29, 6.30. */
export function positionAmounts({ tickLower, tickUpper, liquidity }: LiquidityRange, sqrtPriceX96: bigint) {
  const low = sqrtPriceAtTick(tickLower);
  const high = sqrtPriceAtTick(tickUpper);
  const at = sqrtPriceX96 < low ? low : sqrtPriceX96 > high ? high : sqrtPriceX96;
  return {
    amount0: amount0Between(at, high, liquidity, false),
    amount1: amount1Between(low, at, liquidity, false),
  };
}

/**
 * The pool that these positions make at a price.
 *
 * @throws RangeError price or ticks out of range
 */
export function poolOfPositions(
  sqrtPriceX96: bigint,
  tickSpacing: number,
  feePips: number,
  positions: readonly LiquidityRange[],
): ConcentratedPool {
  const tick = tickAtSqrtPrice(sqrtPriceX96);
  const net = new Map<number, bigint>();
  let liquidity = 0n;
  for (const position of positions) {
    net.set(position.tickLower, (net.get(position.tickLower) ?? 0n) + position.liquidity);
    net.set(position.tickUpper, (net.get(position.tickUpper) ?? 0n) - position.liquidity);
    if (position.tickLower <= tick && tick < position.tickUpper) liquidity += position.liquidity;
  }
  const ticks = [...net].map(([index, liquidityNet]) => ({ index, liquidityNet })).sort((a, b) => a.index - b.index);
  return { sqrtPriceX96, tickSpacing, feePips, liquidity, ticks };
}

interface Step {
  next: bigint;
  amountIn: bigint;
  amountOut: bigint;
  fee: bigint;
}

/** √price after `amount` of the token paid in, whose direction decides the rounding: never past what was paid for. */
function priceAfterInput(price: bigint, liquidity: bigint, amount: bigint, zeroForOne: boolean): bigint {
  if (!zeroForOne) return price + (amount * Q96) / liquidity;
  const numerator = liquidity * Q96;
  return divideUp(numerator * price, numerator + amount * price);
}

function priceAfterOutput(price: bigint, liquidity: bigint, amount: bigint, zeroForOne: boolean): bigint {
  if (zeroForOne) return price - divideUp(amount * Q96, liquidity);
  const numerator = liquidity * Q96;
  const denominator = numerator - amount * price;
  if (denominator <= 0n) throw new RangeError('the range does not hold so much');
  return divideUp(numerator * price, denominator);
}

/**
 * One step of a swap, within one range of liquidity and no farther than the target price (SwapMath.computeSwapStep).
 *
 * @param remaining what is still to be paid in (positive) or to be got out (negative)
 */
export function swapStep(price: bigint, target: bigint, liquidity: bigint, remaining: bigint, feePips: number): Step {
  const zeroForOne = price >= target;
  const exactIn = remaining >= 0n;
  const fee = BigInt(feePips);
  const input = (to: bigint) =>
    zeroForOne ? amount0Between(to, price, liquidity, true) : amount1Between(price, to, liquidity, true);
  const output = (to: bigint) =>
    zeroForOne ? amount1Between(to, price, liquidity, false) : amount0Between(price, to, liquidity, false);
  const spendable = exactIn ? (remaining * (PIPS - fee)) / PIPS : 0n;
  const whole = exactIn ? input(target) : output(target);
  const reached = exactIn ? spendable >= whole : -remaining >= whole;
  const next = reached
    ? target
    : exactIn
      ? priceAfterInput(price, liquidity, spendable, zeroForOne)
      : priceAfterOutput(price, liquidity, -remaining, zeroForOne);
  const amountIn = reached && exactIn ? whole : input(next);
  const got = reached && !exactIn ? whole : output(next);
  const amountOut = !exactIn && got > -remaining ? -remaining : got;
  // An exact input that stops short of the target pays all that is left as the fee.
  const charged = exactIn && next !== target ? remaining - amountIn : divideUp(amountIn * fee, PIPS - fee);
  return { next, amountIn, amountOut, fee: charged };
}

/** The place of the last tick at or below `tick`; −1 where there is none. */
function placeBelow(ticks: ConcentratedPool['ticks'], tick: number): number {
  let low = -1;
  let high = ticks.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ticks[middle]!.index <= tick) low = middle;
    else high = middle;
  }
  return low;
}

/** The next tick to stop at: the contract looks no farther than one word of 256 ticks, and that shows in the rounding. */
function nextTick({ ticks, tickSpacing }: ConcentratedPool, tick: number, down: boolean) {
  const compressed = Math.floor(tick / tickSpacing);
  const word = (down ? compressed : compressed + 1) >> 8;
  const edge = (down ? word * 256 : word * 256 + 255) * tickSpacing;
  let place = placeBelow(ticks, tick);
  if (!down) place++;
  while (ticks[place]?.liquidityNet === 0n) place += down ? -1 : 1;
  const found = ticks[place];
  const isWithin = found !== undefined && (down ? found.index >= edge : found.index <= edge);
  const index = isWithin ? found.index : edge;
  return { index: Math.min(Math.max(index, MIN_TICK), MAX_TICK), net: isWithin ? found.liquidityNet : undefined };
}

/**
 * A swap through as many ranges as it takes, exact to the last unit (UniswapV3Pool.swap).
 *
 * @param zeroForOne whether token 0 is paid in, which lowers the price
 * @param amount to be paid in, fee included (positive), or to be got out (negative); not 0
 * @param limit √price not to be passed; as far as there is a price when left out
 * @throws RangeError the limit lies on the wrong side of the price, or the amount is 0
 */
export function swap(pool: ConcentratedPool, zeroForOne: boolean, amount: bigint, limit?: bigint): Swap {
  const bound = limit ?? (zeroForOne ? MIN_SQRT_PRICE + 1n : MAX_SQRT_PRICE - 1n);
  const isAhead = zeroForOne
    ? bound < pool.sqrtPriceX96 && bound > MIN_SQRT_PRICE
    : bound > pool.sqrtPriceX96 && bound < MAX_SQRT_PRICE;
  if (!isAhead) throw new RangeError('the price limit is not ahead of the price');
  if (amount === 0n) throw new RangeError('nothing to swap');
  const exactIn = amount > 0n;
  let { sqrtPriceX96: price, liquidity } = pool;
  let tick = tickAtSqrtPrice(price);
  let remaining = amount;
  let paid = 0n;
  let got = 0n;
  let feeGrowthX128 = 0n;
  while (remaining !== 0n && price !== bound) {
    const next = nextTick(pool, tick, zeroForOne);
    const edge = sqrtPriceAtTick(next.index);
    const target = (zeroForOne ? edge < bound : edge > bound) ? bound : edge;
    const step = swapStep(price, target, liquidity, remaining, pool.feePips);
    paid += step.amountIn + step.fee;
    got += step.amountOut;
    remaining += exactIn ? -(step.amountIn + step.fee) : step.amountOut;
    if (liquidity > 0n) feeGrowthX128 += (step.fee * Q128) / liquidity;
    if (step.next === edge) {
      if (next.net !== undefined) liquidity += zeroForOne ? -next.net : next.net;
      tick = zeroForOne ? next.index - 1 : next.index;
    } else if (step.next !== price) tick = tickAtSqrtPrice(step.next);
    price = step.next;
  }
  const [amount0, amount1] = zeroForOne ? [paid, -got] : [-got, paid];
  return { amount0, amount1, sqrtPriceX96: price, tick, liquidity, feeGrowthX128 };
}
