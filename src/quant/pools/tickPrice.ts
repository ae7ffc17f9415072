// Uniswap v3 prices: a tick is a price of 1.0001^tick, and √price is kept as a Q64.96 integer. Every rounding is the contract's, so
// amounts are exact to the last unit (Uniswap v3 core, TickMath; whitepaper §6.1).

export const MIN_TICK = -887_272;
export const MAX_TICK = 887_272;
export const MIN_SQRT_PRICE = 4295128739n;
export const MAX_SQRT_PRICE = 1461446703485210103287273052203988822378723970342n;
export const Q96 = 1n << 96n;

/** √1.0001^(−2^i) in Q128.128, i = 0 … 19, as the contract has them. */
const POWERS = [
  0xfffcb933bd6fad37aa2d162d1a594001n,
  0xfff97272373d413259a46990580e213an,
  0xfff2e50f5f656932ef12357cf3c7fdccn,
  0xffe5caca7e10e4e61c3624eaa0941cd0n,
  0xffcb9843d60f6159c9db58835c926644n,
  0xff973b41fa98c081472e6896dfb254c0n,
  0xff2ea16466c96a3843ec78b326b52861n,
  0xfe5dee046a99a2a811c461f1969c3053n,
  0xfcbe86c7900a88aedcffc83b479aa3a4n,
  0xf987a7253ac413176f2b074cf7815e54n,
  0xf3392b0822b70005940c7a398e4b70f3n,
  0xe7159475a2c29b7443b29c7fa6e889d9n,
  0xd097f3bdfd2022b8845ad8f792aa5825n,
  0xa9f746462d870fdf8a65dc1f90e061e5n,
  0x70d869a156d2a1b890bb3df62baf32f7n,
  0x31be135f97d08fd981231505542fcfa6n,
  0x9aa508b5b7a84e1c677de54f3e99bc9n,
  0x5d6af8dedb81196699c329225ee604n,
  0x2216e584f5fa1ea926041bedfe98n,
  0x48a170391f7dc42444e8fa2n,
];
const ONE_Q128 = 1n << 128n;
const LARGEST_UINT256 = (1n << 256n) - 1n;
const LOG_TICK_BASE = Math.log(1.0001);

/**
 * √1.0001^tick in Q64.96, rounded up as the contract rounds.
 *
 * @throws RangeError not a whole tick in MIN_TICK … MAX_TICK
 */
export function sqrtPriceAtTick(tick: number): bigint {
  if (!Number.isInteger(tick) || Math.abs(tick) > MAX_TICK) throw new RangeError(`no such tick: ${tick}`);
  const size = Math.abs(tick);
  let ratio = ONE_Q128;
  for (let i = 0; i < POWERS.length; i++) if (size & (1 << i)) ratio = (ratio * POWERS[i]!) >> 128n;
  if (tick > 0) ratio = LARGEST_UINT256 / ratio;
  return (ratio >> 32n) + (ratio & 0xffffffffn ? 1n : 0n);
}

/**
 * The greatest tick whose √price is not above the given one.
 *
 * @throws RangeError outside [MIN_SQRT_PRICE, MAX_SQRT_PRICE)
 */
export function tickAtSqrtPrice(sqrtPrice: bigint): number {
  if (sqrtPrice < MIN_SQRT_PRICE || sqrtPrice >= MAX_SQRT_PRICE) throw new RangeError('√price is out of range');
  const estimate = Math.floor((2 * Math.log(Number(sqrtPrice) / 2 ** 96)) / LOG_TICK_BASE);
  let tick = Math.min(Math.max(estimate, MIN_TICK), MAX_TICK - 1);
  while (sqrtPriceAtTick(tick) > sqrtPrice) tick -= 1;
  while (sqrtPriceAtTick(tick + 1) <= sqrtPrice) tick += 1;
  return tick;
}
